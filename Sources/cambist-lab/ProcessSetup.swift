import Foundation

/// Prepares the process before the lab starts.
enum ProcessSetup {
    /// File descriptors for files, servers, and clients, in addition to those of event loops.
    private static let descriptorsForConnections: rlim_t = 64
    /// The file descriptors reserved for an event loop, which needs them for epoll, an event, and a timer.
    private static let descriptorsPerLoop: rlim_t = 4

    /// Opens `/dev/null` for each closed standard stream, so that no socket gets its number.
    static func completeStandardStreams() {
        for stream in STDIN_FILENO...STDERR_FILENO where fcntl(stream, F_GETFD) < 0 {
            _ = open("/dev/null", O_RDWR)
        }
    }

    /// Raises the soft limit on open files to the hard limit.
    ///
    /// - Throws: ``LabFailure/system(_:)`` if even the hard limit is too low for the event loops, which would
    ///   terminate the process.
    static func raiseDescriptorLimit() throws(LabFailure) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let loops = rlim_t(max(1, ProcessInfo.processInfo.activeProcessorCount))
        let needed = descriptorsForConnections + descriptorsPerLoop * loops
        guard limit.rlim_max >= needed else {
            throw .system(
                "The lab needs \(needed) open files; the limit is \(limit.rlim_max). Raise it: ulimit -n \(needed)"
            )
        }
    }
}
