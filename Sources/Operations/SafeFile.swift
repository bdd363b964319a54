package import Foundation
import Transport

/// Writes files atomically, with mode 0600.
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

    /// Creates the directory of a file and its missing parents with mode 0700; existing directories are unchanged.
    ///
    /// - Throws: ``CommandFailure`` with the advice when one cannot be created.
    package static func makeDirectory(of path: String, fix: String) throws(CommandFailure) {
        let directory = URL(filePath: path).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(
                at: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw CommandFailure(
                .notPermitted,
                code: "not-written",
                "The directory \(directory.path) cannot be created: \(error.localizedDescription)",
                fix: fix
            )
        }
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
        var problem = FileDescriptors.writeAll(data, to: descriptor)
        if problem == 0, fsync(descriptor) != 0 { problem = errno }
        close(descriptor)
        if problem == 0, place(temporary, path) != 0 { problem = errno }
        unlink(temporary)
        if problem != 0 { throw failure(path, problem) }
    }

    /// Removes the temporary files of processes that were killed before renaming them.
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
