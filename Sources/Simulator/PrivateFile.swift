import Foundation

/// Files that only their owner can read.
enum PrivateFile {
    /// Writes a file with mode 0600, whole or not at all.
    static func write(_ text: String, to url: URL) throws {
        let draft = url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).draft")
        try? FileManager.default.removeItem(at: draft)
        let isMade = FileManager.default.createFile(
            atPath: draft.path(percentEncoded: false),
            contents: Data(text.utf8),
            attributes: [.posixPermissions: 0o600]
        )
        guard isMade else { throw CocoaError(.fileWriteUnknown) }
        guard rename(draft.path(percentEncoded: false), url.path(percentEncoded: false)) == 0 else {
            throw CocoaError(.fileWriteUnknown)
        }
    }

    /// Makes a directory with mode 0700, unless it is there.
    static func makeDirectory(_ url: URL) throws {
        try FileManager.default.createDirectory(
            at: url,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
    }
}
