package import Federation
import Store

/// Reports that a process may have written to a directory.
package enum StateChanges {
    /// Returns a stream that yields immediately, after changes in the directory, and after each interval.
    package static func stream(
        of directory: String,
        every interval: Duration,
        time: any TimeSource
    ) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        continuation.yield()
        let ticks = Task {
            while (try? await time.sleep(for: interval)) != nil { continuation.yield() }
        }
        let changes = Task {
            guard let changes = FileChanges.stream(of: directory) else { return }
            for await _ in changes { continuation.yield() }
        }
        continuation.onTermination = { _ in
            ticks.cancel()
            changes.cancel()
        }
        return stream
    }
}
