import Foundation

/// Writes the output of the program.
enum StandardOutput {
    /// Writes all bytes of `data`.
    ///
    /// - Throws: ``LabFailure/closedOutput`` if the reader has closed the pipe, otherwise
    ///   ``LabFailure/output(errno:)``.
    static func write(_ data: Data) throws(LabFailure) {
        // On a closed pipe, the lab first removes its files, then ends with SIGPIPE, as filters do.
        signal(SIGPIPE, SIG_IGN)
        let number = writeAll(data, to: STDOUT_FILENO)
        if number == EPIPE { throw .closedOutput }
        if number != 0 { throw .output(errno: number) }
    }

    /// Ends the process with SIGPIPE.
    static func endByPipe() -> Never {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
        exit(128 + SIGPIPE)
    }
}

/// Writes messages for the operator.
enum StandardError {
    /// Writes one line; errors are ignored, because they could not be reported.
    static func print(_ line: String) {
        _ = writeAll(Data((line + "\n").utf8), to: STDERR_FILENO)
    }
}

/// Writes all bytes, even to a nonblocking descriptor; returns the `errno` value, or 0.
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
