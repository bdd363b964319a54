import Foundation

/// The three standard streams, which a parent may have closed.
enum StandardStreams {
    /// Puts `/dev/null` where a stream is closed, for what is opened next would else be taken for it.
    static func complete() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
