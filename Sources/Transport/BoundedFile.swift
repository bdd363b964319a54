import Federation
package import FoundationEssentials
import Glibc

/// Reads small regular files whole.
///
/// FIFOs, devices, and directories are rejected, because a read can block the process. A size limit protects the
/// process from large files.
package enum BoundedFile {
    private static let chunk = 64 * 1024

    /// Returns the contents of a regular file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: The largest accepted size, in bytes.
    ///   - followsLinks: Whether the last component of `path` may be a symbolic link.
    /// - Returns: All bytes of the file.
    /// - Throws: ``FileReadError`` if the file is missing, not regular, unreadable, or too large.
    package static func read(
        _ path: String,
        limit: Int,
        followsLinks: Bool = true
    ) throws(FileReadError) -> Data {
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (followsLinks ? 0 : O_NOFOLLOW)
        let descriptor = open(path, flags)
        guard descriptor >= 0 else { throw FileReadError(path, errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileReadError(path, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileReadError(path, .notRegular) }
        // Some files, such as those in /proc, have the size 0, but the buffer needs at least one byte.
        return try read(
            from: descriptor,
            path,
            limit: limit,
            expected: max(1, Int(clamping: status.st_size) &+ 1)
        )
    }

    /// Reads standard input up to its end.
    ///
    /// - Throws: ``FileReadError`` if standard input cannot be read or is too large.
    package static func standardInput(limit: Int) throws(FileReadError) -> Data {
        try read(from: STDIN_FILENO, "stdin", limit: limit)
    }

    private static func read(
        from descriptor: Int32,
        _ path: String,
        limit: Int,
        expected: Int = chunk
    ) throws(FileReadError) -> Data {
        var data = Data()
        var buffer = [UInt8](repeating: 0, count: min(chunk, limit + 1, expected))
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileReadError(path, errno: errno) }
            if count == 0 { return data }
            guard data.count + count <= limit else { throw FileReadError(path, .tooLarge(limit: limit)) }
            data.append(contentsOf: buffer[..<count])
        }
    }

    /// Returns the UTF-8 text of a regular file.
    ///
    /// - Throws: The errors of ``read(_:limit:followsLinks:)``, and ``FileReadError`` for bytes that are not UTF-8.
    package static func utf8(_ path: String, limit: Int) throws(FileReadError) -> String {
        guard let text = String(data: try read(path, limit: limit), encoding: .utf8) else {
            throw FileReadError(path, .notUTF8)
        }
        return text
    }

    /// Returns the text of a regular file without surrounding white space; invalid UTF-8 becomes U+FFFD.
    ///
    /// - Throws: The errors of ``read(_:limit:followsLinks:)``.
    package static func text(
        _ path: String,
        limit: Int,
        followsLinks: Bool = true
    ) throws(FileReadError) -> String {
        let data = try read(path, limit: limit, followsLinks: followsLinks)
        return String(decoding: data, as: UTF8.self).trimmed
    }
}

/// The path of a file that cannot be read, and the reason.
package struct FileReadError: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        case missing
        case unreadable(String)
        case link
        case notRegular
        case notUTF8
        case tooLarge(limit: Int)
    }

    package let path: String
    package let reason: Reason

    package init(_ path: String, _ reason: Reason) {
        self.path = path
        self.reason = reason
    }

    fileprivate init(_ path: String, errno number: Int32) {
        self.path = path
        reason =
            switch number {
            case ENOENT, ENOTDIR: .missing
            case ELOOP: .link
            // The path is a socket. In this case, `open` fails before the function can check the file's type.
            case ENXIO: .notRegular
            default: .unreadable(String(cString: strerror(number)))
            }
    }
}

extension FileReadError: CustomStringConvertible {
    /// The path and the reason, without a final period: `/run/token is larger than 65536 bytes`.
    package var description: String {
        let path = VisibleText.oneLine(path)
        return switch reason {
        case .missing: "\(path) does not exist"
        case .unreadable(let reason): "\(path) cannot be read: \(reason)"
        case .link: "\(path) is a symbolic link"
        case .notRegular: "\(path) is not a regular file"
        case .notUTF8: "\(path) is not UTF-8 text"
        case .tooLarge(let limit): "\(path) is larger than \(limit) bytes"
        }
    }
}
