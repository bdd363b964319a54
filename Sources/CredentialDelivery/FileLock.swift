package import Federation
import Foundation

/// A lock between processes on a file; it ends with the process that holds it.
package struct FileLock: Sendable {
    /// The longest wait for another process; afterwards the work runs without the lock.
    private static let limit = Duration.seconds(30)
    private static let pause = Duration.milliseconds(20)

    private let path: String
    private let time: any TimeSource

    package init(path: String, time: any TimeSource) {
        self.path = path
        self.time = time
    }

    /// Runs `body` while no other process holds the lock of the same path.
    ///
    /// The lock only saves work: `body` also runs where the file cannot be created, and after the limit.
    package func hold<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        let descriptor = await acquire()
        defer { if descriptor >= 0 { close(descriptor) } }
        return try await body()
    }

    private func acquire() async -> Int32 {
        let directory = (path as NSString).deletingLastPathComponent
        try? FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        // A FIFO in the file's place must not block the opening.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        let start = time.uptime
        while descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, time.uptime - start < Self.limit {
            guard (try? await time.sleep(for: Self.pause)) != nil else { break }
        }
        return descriptor
    }
}
