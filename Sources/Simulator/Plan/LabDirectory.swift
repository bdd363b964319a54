import Foundation

/// The temporary directory of one lab, which others can tell from one whose lab was killed.
///
/// A lab holds a lock on a file in it for as long as it runs, and the kernel lets go of it however the lab ends.
struct LabDirectory: Sendable {
    private static let prefix = "cambist-lab-"
    private static let lockName = "lock"

    let url: URL
    /// The open file whose lock says that the lab runs.
    private let lock: FileHandle

    /// Makes a directory (0700) of its own below `parent`.
    ///
    /// - Throws: What stands in the way of writing there.
    init(in parent: URL) throws {
        url = parent.appending(path: Self.prefix + UUID().uuidString)
        try PrivateFile.makeDirectory(url)
        // The file gets its name when it is locked already: nobody sees it in between.
        let draft = url.appending(path: ".draft").path(percentEncoded: false)
        let descriptor = open(draft, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
        lock = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0,
            rename(draft, url.appending(path: Self.lockName).path(percentEncoded: false)) == 0
        else { throw CocoaError(.fileWriteUnknown) }
    }

    func remove() {
        try? FileManager.default.removeItem(at: url)
    }

    /// Removes what labs left below `parent` that were killed; those that run keep theirs.
    static func sweep(_ parent: URL) {
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
