import Federation
import Transport

/// A limit on concurrent requests and on requests per second.
actor RequestLimiter {
    let semaphore: AsyncSemaphore
    private let perSecond: Int
    private let time: any TimeSource
    /// The uptimes at which the most recent requests started; at most `perSecond` values.
    private var starts: [Duration] = []

    init(concurrent: Int, perSecond: Int, time: any TimeSource) {
        semaphore = AsyncSemaphore(width: concurrent)
        self.perSecond = perSecond
        self.time = time
    }

    /// Runs `work` as soon as the limits allow.
    ///
    /// - Throws: `CancellationError` if the task is canceled while it waits, or the error of `work`.
    nonisolated func run<Value: Sendable>(_ work: @Sendable () async throws -> Value) async throws -> Value {
        try await semaphore.withPermit { () async throws in
            try await waitForRate()
            return try await work()
        }
    }

    private func waitForRate() async throws {
        try Task.checkCancellation()
        while let pause = pause() {
            try await time.sleep(for: pause)
        }
        starts.append(time.uptime)
        starts = starts.suffix(perSecond)
    }

    private func pause() -> Duration? {
        guard starts.count == perSecond, let oldest = starts.first else { return nil }
        let pause = oldest + .seconds(1) - time.uptime
        return pause > .zero ? pause : nil
    }
}
