import Foundation

/// Files that only their owner may read, written whole or not at all.
enum SafeFile {
    /// Writes `text` beside `path` with mode 0600 and renames it into place.
    ///
    /// - Throws: ``CommandFailure`` when the directory does not take it; the old file is then as it was.
    static func write(_ text: String, to path: String) throws(CommandFailure) {
        try write(Data(text.utf8), to: path)
    }

    /// The same for bytes.
    static func write(_ data: Data, to path: String) throws(CommandFailure) {
        try write(data, to: path, placing: { rename($0, $1) })
    }

    /// Writes a file that does not exist yet, with mode 0600.
    ///
    /// - Throws: ``CommandFailure`` when the directory does not take it, or there is such a file by now.
    static func create(_ text: String, at path: String) throws(CommandFailure) {
        try write(Data(text.utf8), to: path, placing: { link($0, $1) })
    }

    private static func write(
        _ data: Data,
        to path: String,
        placing place: (String, String) -> Int32
    ) throws(CommandFailure) {
        let temporary = "\(path).\(ProcessInfo.processInfo.processIdentifier).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: data)
            try handle.synchronize()
            try handle.close()
        } catch {
            unlink(temporary)
            throw failure(path)
        }
        let isPlaced = place(temporary, path) == 0
        let problem = failure(path)
        unlink(temporary)
        if !isPlaced { throw problem }
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure(
            .notPermitted,
            code: "not-written",
            "\(path) cannot be written: \(String(cString: strerror(errno))).",
            fix: "Look at the modes of its directory and at the room left there."
        )
    }
}
