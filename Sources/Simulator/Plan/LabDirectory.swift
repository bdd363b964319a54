import FoundationEssentials
import Glibc

/// The temporary directory of a lab.
///
/// A lab locks its directory while the lab runs. The kernel releases the lock even after a crash, so a later lab can
/// find and delete the directories of ended labs.
struct LabDirectory: Sendable {
    private static let prefix = "cambist-lab-"
    private static let lockName = "lock"

    let url: URL
    private let lock: OpenFile

    /// Creates a directory with mode 0700 in `parent`.
    ///
    /// - Throws: An error from the file system.
    init(in parent: URL) throws {
        url = parent.appending(path: Self.prefix + UUID().uuidString)
        try PrivateFile.makeDirectory(url)
        // The file is locked before its final name exists, so another lab never finds the file unlocked.
        let draft = url.appending(path: ".draft").path(percentEncoded: false)
        let descriptor = open(draft, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
        lock = OpenFile(descriptor: descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0,
            rename(draft, url.appending(path: Self.lockName).path(percentEncoded: false)) == 0
        else { throw CocoaError(.fileWriteUnknown) }
    }

    func remove() {
        try? FileManager.default.removeItem(at: url)
    }

    /// Deletes the directories in `parent` whose labs no longer run.
    static func removeAbandoned(in parent: URL) {
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: parent.path(percentEncoded: false))) ?? []
        for name in names where name.hasPrefix(prefix) {
            let directory = parent.appending(path: name)
            let file = directory.appending(path: lockName).path(percentEncoded: false)
            let descriptor = open(file, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { continue }
            try? FileManager.default.removeItem(at: directory)
        }
    }
}

/// A file that is closed when its last reference is released.
private final class OpenFile: Sendable {
    private let descriptor: Int32

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
