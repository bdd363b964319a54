import Federation

/// Lets requests through at the pace that an endpoint bears: so many at once, so many a second.
actor RequestGate {
    private let concurrent: Int
    private let perSecond: Int
    private let time: any TimeSource
    private var running = 0
    /// When the latest requests began, by uptime; at most `perSecond` of them.
    private var starts: [Duration] = []
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(concurrent: Int, perSecond: Int, time: any TimeSource) {
        self.concurrent = concurrent
        self.perSecond = perSecond
        self.time = time
    }

    /// Runs `work` as soon as the pace allows.
    ///
    /// A task that is cancelled while it waits leaves at its turn with `CancellationError`.
    func pass<Value: Sendable>(_ work: @Sendable () async throws -> Value) async throws -> Value {
        try await enter()
        defer { leave() }
        return try await work()
    }

    private func enter() async throws {
        while true {
            if running >= concurrent {
                await withCheckedContinuation { waiting.append($0) }
            } else if let pause = pause() {
                try await time.sleep(for: pause)
            } else {
                break
            }
            if Task.isCancelled {
                wakeNext()
                throw CancellationError()
            }
        }
        running += 1
        starts.append(time.uptime)
        starts = starts.suffix(perSecond)
    }

    private func leave() {
        running -= 1
        wakeNext()
    }

    private func wakeNext() {
        guard !waiting.isEmpty else { return }
        waiting.removeFirst().resume()
    }

    /// How long until one more request stays within the rate; `nil` when it does now.
    private func pause() -> Duration? {
        guard starts.count == perSecond, let oldest = starts.first else { return nil }
        let pause = oldest + .seconds(1) - time.uptime
        return pause > .zero ? pause : nil
    }
}
