import Federation
import FoundationEssentials
import Glibc
import Transport

/// Writes the output of the program.
enum StandardOutput {
    /// Writes all bytes of `data`.
    ///
    /// - Throws: ``LabFailure/closedOutput`` if the reader has closed the pipe, otherwise
    ///   ``LabFailure/output(errno:)``.
    static func write(_ data: Data) throws(LabFailure) {
        // On a closed pipe, the lab first removes its files, then ends with SIGPIPE, as filters do.
        signal(SIGPIPE, SIG_IGN)
        let number = FileDescriptors.writeAll(data, to: STDOUT_FILENO)
        if number == EPIPE { throw .closedOutput }
        if number != 0 { throw .output(errno: number) }
    }
}

/// Writes messages for the operator.
enum StandardError {
    /// Writes a message on one line with visible characters; errors are ignored, because they could not be reported.
    static func print(_ message: String) {
        _ = FileDescriptors.writeAll(Data((VisibleText.line(message) + "\n").utf8), to: STDERR_FILENO)
    }
}
