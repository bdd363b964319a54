import Foundation

/// Reads small files whole, and no other.
enum BoundedFile {
    /// Why a file is not read; the description continues a sentence that names the file.
    enum Problem: Error, Hashable {
        case absent
        case unreadable(reason: String)
        case link
        case notAFile
        case tooLarge(limit: Int)
    }

    /// The contents of a file of at most `limit` bytes; the last part of `path` may be a link only if asked.
    static func read(_ path: String, limit: Int, followsLinks: Bool = true) throws(Problem) -> Data {
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW)
        let descriptor = open(path, flags)
        guard descriptor >= 0 else { throw Problem(errno) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Problem(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile }
        let data: Data?
        do {
            data = try file.read(upToCount: limit + 1)
        } catch {
            throw .unreadable(reason: "cannot be read")
        }
        guard let data else { return Data() }
        guard data.count <= limit else { throw .tooLarge(limit: limit) }
        return data
    }

    /// The text of such a file without the blanks and line ends around it.
    static func text(_ path: String, limit: Int, followsLinks: Bool = true) throws(Problem) -> String {
        let data = try read(path, limit: limit, followsLinks: followsLinks)
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

extension BoundedFile.Problem: CustomStringConvertible {
    fileprivate init(_ number: Int32) {
        switch number {
        case ENOENT, ENOTDIR: self = .absent
        case ELOOP: self = .link
        default: self = .unreadable(reason: "cannot be read: \(String(cString: strerror(number)))")
        }
    }

    var description: String {
        switch self {
        case .absent: "does not exist"
        case .unreadable(let reason): reason
        case .link: "is a link"
        case .notAFile: "is not a file"
        case .tooLarge(let limit): "is larger than \(limit) bytes"
        }
    }
}
