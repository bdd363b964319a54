package import Federation
import FoundationEssentials
import Glibc

/// An exclusive advisory lock on a file that works across processes; released at the latest when the process ends.
package struct FileLock: Sendable {
    /// The maximum wait for the lock; after this time, ``hold(_:)`` runs its `body` without the lock.
    private static let limit = Duration.seconds(30)
    private static let pause = Duration.milliseconds(20)

    private let path: String
    private let time: any TimeSource

    package init(path: String, time: any TimeSource) {
        self.path = path
        self.time = time
    }

    /// Runs `body` while holding the lock.
    ///
    /// The lock only avoids duplicate work, so `body` also runs if the lock is not available in time.
    package func hold<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        let descriptor = await acquire()
        defer { if descriptor >= 0 { close(descriptor) } }
        return try await body()
    }

    private func acquire() async -> Int32 {
        let directory = path.directoryName
        try? FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        // With O_NONBLOCK, a FIFO with this name does not block the process.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        let start = time.uptime
        while descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, time.uptime - start < Self.limit {
            guard (try? await time.sleep(for: Self.pause)) != nil else { break }
        }
        return descriptor
    }
}
