/// Limits how many tasks run a piece of work at a time; the others wait in order.
actor AsyncSemaphore {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(width: Int) {
        free = width
    }

    /// Runs `body` while holding one of the permits.
    func withPermit<Value: Sendable>(_ body: @Sendable () async -> Value) async -> Value {
        await acquire()
        defer { release() }
        return await body()
    }

    private func acquire() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func release() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
