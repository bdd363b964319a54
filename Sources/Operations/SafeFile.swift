import Federation
package import FoundationEssentials
import Glibc
import Transport

/// Writes files atomically, with mode 0600.
package enum SafeFile {
    /// Replaces or creates a file.
    ///
    /// - Throws: ``CommandFailure`` when the directory or its file system refuses the write; the old file is kept.
    package static func write(_ text: String, to path: String) throws(CommandFailure) {
        try write(Data(text.utf8), to: path)
    }

    /// Replaces or creates a file.
    ///
    /// - Throws: ``CommandFailure`` when the directory or its file system refuses the write; the old file is kept.
    package static func write(_ data: Data, to path: String) throws(CommandFailure) {
        try write(data, to: path, replacing: true)
    }

    /// Creates a file.
    ///
    /// - Throws: ``CommandFailure`` when the directory or its file system refuses the write, or the file exists.
    package static func create(_ text: String, at path: String) throws(CommandFailure) {
        try write(Data(text.utf8), to: path, replacing: false)
    }

    /// Creates the directory of a file and its missing parents with mode 0700; existing directories are unchanged.
    ///
    /// - Throws: ``CommandFailure`` with `fix` when a directory cannot be created.
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
                "The directory \(directory.path) cannot be created: \(error.systemReason).",
                fix: fix
            )
        }
    }

    private static func write(_ data: Data, to path: String, replacing: Bool) throws(CommandFailure) {
        removeAbandoned(beside: path)
        var problem = writeUnnamed(data, to: path, replacing: replacing)
        if unnamedFileErrors.contains(problem) {
            problem = writeNamed(data, to: path, replacing: replacing)
        }
        if problem != 0 { throw failure(path, problem) }
    }

    /// The errors after which a named temporary file is used (for example, the file system has no unnamed files).
    private static let unnamedFileErrors: Set = [EOPNOTSUPP, EISDIR, EINVAL, ENOENT, EACCES, EPERM]
    /// `O_TMPFILE`, which Swift does not import.
    private static let unnamed = 0o20_000_000 | O_DIRECTORY

    /// Writes an unnamed file, and links the complete file to a name; a killed process leaves no incomplete file.
    ///
    /// Returns an error number; 0 for success.
    private static func writeUnnamed(_ data: Data, to path: String, replacing: Bool) -> Int32 {
        let descriptor = open(directory(of: path), unnamed | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        var problem = FileDescriptors.writeAll(data, to: descriptor)
        if problem == 0, fsync(descriptor) != 0 { problem = errno }
        guard problem == 0 else { return problem }
        let temporary = temporary(beside: path)
        let name = replacing ? temporary : path
        let link = linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, name, AT_SYMLINK_FOLLOW)
        guard link == 0 else { return errno }
        guard replacing, rename(temporary, path) != 0 else { return 0 }
        problem = errno
        unlink(temporary)
        return problem
    }

    /// Writes a temporary file, and renames or links the complete file; returns an error number, or 0.
    private static func writeNamed(_ data: Data, to path: String, replacing: Bool) -> Int32 {
        let temporary = temporary(beside: path)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return errno }
        var problem = FileDescriptors.writeAll(data, to: descriptor)
        if problem == 0, fsync(descriptor) != 0 { problem = errno }
        close(descriptor)
        if problem == 0, (replacing ? rename(temporary, path) : link(temporary, path)) != 0 {
            problem = errno
        }
        unlink(temporary)
        return problem
    }

    private static func temporary(beside path: String) -> String { "\(path).\(getpid()).tmp" }

    private static func directory(of path: String) -> String {
        let directory = path.directoryName
        return directory.isEmpty ? "." : directory
    }

    /// Removes temporary files that killed processes left behind.
    private static func removeAbandoned(beside path: String) {
        let directory = directory(of: path)
        let prefix = path.fileName + "."
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        for name in names where name.hasPrefix(prefix) && name.hasSuffix(".tmp") {
            guard let process = Int32(name.dropFirst(prefix.count).dropLast(4)) else { continue }
            // A restarted container gives its process the ID of the killed process.
            let isAbandoned = process == getpid() || kill(process, 0) != 0 && errno == ESRCH
            if isAbandoned { unlink("\(directory)/\(name)") }
        }
    }

    private static func failure(_ path: String, _ number: Int32) -> CommandFailure {
        CommandFailure(
            .notPermitted,
            code: "not-written",
            "\(path) cannot be written: \(String(cString: strerror(number))).",
            fix: "Check that its directory exists and is writable, and that its file system has free space."
        )
    }
}

extension Error {
    /// The error number of a failed operation on a file; 0 if the error has none.
    private var systemErrorNumber: Int32 {
        let error = (self as? CocoaError)?.underlying ?? self
        return (error as? POSIXError)?.code.rawValue ?? 0
    }

    /// The reason for a failed operation on a file, as the system states it.
    fileprivate var systemReason: String {
        systemErrorNumber == 0 ? "\(self)" : String(cString: strerror(systemErrorNumber))
    }
}
