/// A limit on the number of concurrent tasks; further tasks wait and run in order of arrival.
package actor AsyncSemaphore {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []
    /// The callers of ``waitForQueue(_:)``, each with the queue length that the caller waits for.
    private var observers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    package init(width: Int) {
        free = width
    }

    /// Runs `body` as soon as a permit is available.
    ///
    /// A canceled task keeps its place in the queue and still runs `body`. The body can check for cancellation.
    package func withPermit<Value: Sendable, Failure: Error>(
        _ body: @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        await enter()
        defer { leave() }
        return try await body()
    }

    /// Waits until the queue contains at least `count` tasks.
    package func waitForQueue(_ count: Int) async {
        guard waiting.count < count else { return }
        await withCheckedContinuation { observers.append((count, $0)) }
    }

    private func enter() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { continuation in
            waiting.append(continuation)
            for observer in observers where waiting.count >= observer.count { observer.continuation.resume() }
            observers.removeAll { waiting.count >= $0.count }
        }
    }

    private func leave() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
