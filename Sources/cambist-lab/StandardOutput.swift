import Foundation

/// The answer of the program.
enum StandardOutput {
    /// Writes all of `data`.
    ///
    /// - Throws: ``LabFailure/closedOutput`` when the reader has gone, else ``LabFailure/output(errno:)``.
    static func write(_ data: Data) throws(LabFailure) {
        // The lab removes its files first; then it ends as any filter does whose reader has gone.
        signal(SIGPIPE, SIG_IGN)
        let number = writeAll(data, to: STDOUT_FILENO)
        if number == EPIPE { throw .closedOutput }
        if number != 0 { throw .output(errno: number) }
    }

    /// Ends the process by SIGPIPE.
    static func endByPipe() -> Never {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
        exit(128 + SIGPIPE)
    }
}

/// Messages for the operator.
enum StandardError {
    /// Writes one line; a failure to do so has no reader.
    static func print(_ line: String) {
        _ = writeAll(Data((line + "\n").utf8), to: STDERR_FILENO)
    }
}

/// Writes all of `data`, also to a nonblocking descriptor; returns the error number, or 0.
private func writeAll(_ data: Data, to descriptor: Int32) -> Int32 {
    var rest = data[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count > 0 {
            rest = rest.dropFirst(count)
        } else if errno == EAGAIN {
            var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&room, 1, -1)
        } else if errno != EINTR {
            return errno
        }
    }
    return 0
}
