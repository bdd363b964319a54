import Foundation

/// The state of the process that the lab relies on.
enum ProcessSetup {
    /// Descriptors for files, servers and clients, beside those of the event loops.
    private static let descriptorsForConnections: rlim_t = 64
    /// Each event loop holds an epoll descriptor, an event and a timer.
    private static let descriptorsPerLoop: rlim_t = 4

    /// Opens `/dev/null` in place of each closed standard stream, whose number a socket would get otherwise.
    static func completeStandardStreams() {
        for stream in STDIN_FILENO...STDERR_FILENO where fcntl(stream, F_GETFD) < 0 {
            _ = open("/dev/null", O_RDWR)
        }
    }

    /// Raises the soft limit of open files to the hard limit.
    ///
    /// - Throws: ``LabFailure/system(_:)`` when even the hard limit is below what the event loops need: they would
    ///   end the process.
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
