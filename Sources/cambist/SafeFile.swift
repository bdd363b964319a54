import Foundation

/// Files that only their owner may read, written whole or not at all.
enum SafeFile {
    /// Writes `text` beside `path` with mode 0600 and renames it into place.
    ///
    /// - Throws: ``CommandFailure`` when the directory does not take it; the old file is then as it was.
    static func write(_ text: String, to path: String) throws(CommandFailure) {
        let temporary = "\(path).\(ProcessInfo.processInfo.processIdentifier).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data(text.utf8))
            try handle.synchronize()
            try handle.close()
        } catch {
            unlink(temporary)
            throw failure(path)
        }
        guard rename(temporary, path) == 0 else {
            let problem = failure(path)
            unlink(temporary)
            throw problem
        }
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure(
            .notPermitted,
            code: "not-written",
            "\(path) cannot be written: \(String(cString: strerror(errno)))."
        )
    }
}
