package import Federation
import Foundation

/// A lock between processes on a file; it ends with the process that holds it, however that ends.
package struct FileLock: Sendable {
    /// How long one waits for another process before going on without the lock.
    private static let patience = Duration.seconds(30)
    private static let pause = Duration.milliseconds(20)

    private let path: String
    private let time: any TimeSource

    package init(path: String, time: any TimeSource) {
        self.path = path
        self.time = time
    }

    /// Runs `body` while no other process does under the same path.
    ///
    /// Where the file cannot be made, or the other process does not come to an end, `body` runs all the same:
    /// the lock saves work, nothing depends on it.
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
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        let start = time.uptime
        while descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, time.uptime - start < Self.patience
        {
            guard (try? await time.sleep(for: Self.pause)) != nil else { break }
        }
        return descriptor
    }
}
