package import Foundation

/// Writes files with mode 0600, completely or not at all.
package enum SafeFile {
    /// Replaces or creates a file.
    ///
    /// - Throws: ``CommandFailure`` when the directory or its file system refuses; the old file is then unchanged.
    package static func write(_ text: String, to path: String) throws(CommandFailure) {
        try write(Data(text.utf8), to: path)
    }

    /// Replaces or creates a file.
    ///
    /// - Throws: ``CommandFailure`` when the directory or its file system refuses; the old file is then unchanged.
    package static func write(_ data: Data, to path: String) throws(CommandFailure) {
        try write(data, to: path, placing: { rename($0, $1) })
    }

    /// Creates a file.
    ///
    /// - Throws: ``CommandFailure`` when the directory or its file system refuses, or the file exists.
    package static func create(_ text: String, at path: String) throws(CommandFailure) {
        try write(Data(text.utf8), to: path, placing: { link($0, $1) })
    }

    private static func write(
        _ data: Data,
        to path: String,
        placing place: (String, String) -> Int32
    ) throws(CommandFailure) {
        removeAbandoned(beside: path)
        let temporary = "\(path).\(getpid()).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(path, errno) }
        var problem = writeAll(data, to: descriptor)
        if problem == 0, fsync(descriptor) != 0 { problem = errno }
        close(descriptor)
        if problem == 0, place(temporary, path) != 0 { problem = errno }
        unlink(temporary)
        if problem != 0 { throw failure(path, problem) }
    }

    /// Returns the error number of the first write that fails, or 0.
    private static func writeAll(_ data: Data, to descriptor: Int32) -> Int32 {
        let bytes = Array(data)
        var start = 0
        while start < bytes.count {
            let count = bytes[start...].withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 {
                start += count
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }

    /// Removes the temporary files of processes that were killed before they placed them.
    private static func removeAbandoned(beside path: String) {
        let directory = (path as NSString).deletingLastPathComponent
        let prefix = (path as NSString).lastPathComponent + "."
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: directory.isEmpty ? "." : directory)) ?? []
        for name in names where name.hasPrefix(prefix) && name.hasSuffix(".tmp") {
            guard let process = Int32(name.dropFirst(prefix.count).dropLast(4)), kill(process, 0) != 0,
                errno == ESRCH
            else { continue }
            unlink((directory as NSString).appendingPathComponent(name))
        }
    }

    private static func failure(_ path: String, _ number: Int32) -> CommandFailure {
        CommandFailure(
            .notPermitted,
            code: "not-written",
            "\(path) cannot be written: \(String(cString: strerror(number))).",
            fix: "Check the permissions of its directory and the free space of its file system."
        )
    }
}
