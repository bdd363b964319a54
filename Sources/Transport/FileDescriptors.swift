package import FoundationEssentials
import Glibc

/// The file descriptors of the process.
///
/// NIO terminates the process if an event loop gets too few descriptors. Call ``requireFree(_:)`` before creating the
/// first event loop.
package enum FileDescriptors {
    /// Opens `/dev/null` for each closed standard stream, so that no other file gets the stream's number.
    ///
    /// - Parameter discardsOutput: Whether writing to a closed stdout succeeds.
    package static func completeStandardStreams(discardsOutput: Bool) {
        for stream in STDIN_FILENO...STDERR_FILENO where fcntl(stream, F_GETFD) < 0 {
            let isWritable = stream == STDERR_FILENO || stream == STDOUT_FILENO && discardsOutput
            _ = open("/dev/null", isWritable ? O_WRONLY : O_RDONLY)
        }
    }

    /// Raises the soft limit of open files to `wanted`, or to a lower hard limit.
    ///
    /// The function never lowers the soft limit.
    ///
    /// - Returns: The resulting soft limit.
    package static func raiseLimit(to wanted: Int = .max) -> Int {
        var limit = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(kind, &limit) == 0 else { return wanted }
        let found = limit.rlim_cur
        limit.rlim_cur = max(found, min(rlim_t(clamping: wanted), limit.rlim_max))
        let isRaised = limit.rlim_cur > found && setrlimit(kind, &limit) == 0
        return Int(clamping: isRaised ? limit.rlim_cur : found)
    }

    /// Writes all bytes, even to a nonblocking descriptor.
    ///
    /// - Returns: 0, or the value of `errno` after an error.
    package static func writeAll(_ data: Data, to descriptor: Int32) -> Int32 {
        var rest = data[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var writable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&writable, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }

    /// Ends the process with SIGPIPE, even if the process ignores the signal.
    package static func endByPipe() -> Never {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
        exit(128 + SIGPIPE)
    }

    /// The number of descriptors that one event loop, its connections, and a resolver need.
    package static let required = 16

    /// Verifies that `count` more descriptors can be opened.
    ///
    /// - Throws: ``TransportSetupError/tooFewDescriptors(free:required:)``.
    package static func requireFree(_ count: Int = required) throws(TransportSetupError) {
        let free = free(upTo: count)
        guard free >= count else { throw .tooFewDescriptors(free: free, required: count) }
    }

    /// Counts unused descriptor numbers below the soft limit, up to `count`.
    private static func free(upTo count: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return count }
        let end = Int32(clamping: limit.rlim_cur)
        var free = 0
        var descriptor: Int32 = 0
        while descriptor < end, free < count {
            if fcntl(descriptor, F_GETFD) < 0 { free += 1 }
            descriptor += 1
        }
        return free
    }
}
