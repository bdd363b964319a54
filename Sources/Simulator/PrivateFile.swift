package import FoundationEssentials
import Glibc
import Transport

/// Creates files and directories that only their owner can read.
package enum PrivateFile {
    /// Writes a file with mode 0600; an error leaves no partial file.
    ///
    /// - Throws: ``PrivateFileError`` with the operating system's reason.
    package static func write(_ text: String, to url: URL) throws {
        let path = url.path(percentEncoded: false)
        let draft = "\(path).\(getpid()).\(UUID().uuidString.prefix(8)).draft"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw PrivateFileError(number: errno) }
        do {
            let number = FileDescriptors.writeAll(Data(text.utf8), to: descriptor)
            close(descriptor)
            guard number == 0 else { throw PrivateFileError(number: number) }
            guard rename(draft, path) == 0 else { throw PrivateFileError(number: errno) }
        } catch {
            unlink(draft)
            throw error
        }
    }

    /// Creates a directory with mode 0700, and its missing parents, unless the directory exists.
    static func makeDirectory(_ url: URL) throws {
        try FileManager.default.createDirectory(
            at: url,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
    }
}

/// An operating system error for a file.
struct PrivateFileError: Error, CustomStringConvertible {
    let number: Int32

    var description: String { String(cString: strerror(number)) }
}
