import Federation
package import Foundation
import Synchronization

/// A clock that only a test advances; sleeping tasks wake in the order of their instants.
package final class ManualTime: TimeSource {
    private struct Sleeper {
        let id: Int
        let due: Duration
        /// The date of the wall clock that also wakes the task.
        let date: Date
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var elapsed = Duration.zero
        var skew = Duration.zero
        var nextID = 0
        var sleepers: [Sleeper] = []
        var canceled: Set<Int> = []
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let start: Date
    private let state = Mutex(State())

    package init(start: Date = Date(timeIntervalSince1970: 1_800_000_000)) {
        self.start = start
    }

    package var now: Date {
        state.withLock { now($0) }
    }

    private func now(_ state: State) -> Date { start + (state.elapsed + state.skew).seconds }

    package var uptime: Duration {
        state.withLock { $0.elapsed }
    }

    /// The number of sleeping tasks.
    package var sleeperCount: Int {
        state.withLock { $0.sleepers.count }
    }

    /// Returns the number of tasks that will wake after exactly this time.
    package func sleeperCount(wakingAfter duration: Duration) -> Int {
        state.withLock { state in state.sleepers.count { $0.due - state.elapsed == duration } }
    }

    /// Waits until a task is asleep.
    package func waitForSleeper() async {
        await withCheckedContinuation { continuation in
            let isAsleep = state.withLock { state in
                if state.sleepers.isEmpty { state.waiting.append(continuation) }
                return !state.sleepers.isEmpty
            }
            if isAsleep { continuation.resume() }
        }
    }

    /// The time until the next task wakes.
    package var nextWake: Duration? {
        state.withLock { state in
            state.sleepers.map { min($0.due - state.elapsed, $0.date.since(now(state))) }.min()
        }
    }

    package func sleep(for duration: Duration) async throws {
        try await sleep(for: duration, orUntil: .distantFuture)
    }

    package func sleep(for duration: Duration, orUntil date: Date) async throws {
        try Task.checkCancellation()
        guard duration > .zero, date > now else { return }
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (isCanceled, waiting) = state.withLock { state in
                    if state.canceled.remove(id) != nil {
                        return (true, [CheckedContinuation<Void, Never>]())
                    }
                    let due = state.elapsed + duration
                    let sleeper = Sleeper(id: id, due: due, date: date, continuation: continuation)
                    state.sleepers.append(sleeper)
                    defer { state.waiting = [] }
                    return (false, state.waiting)
                }
                for waiter in waiting { waiter.resume() }
                if isCanceled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    /// Advances both clocks and wakes the tasks that are due.
    package func advance(by duration: Duration) {
        change { $0.elapsed += duration }
    }

    /// Sets only the wall clock, as an administrator or a time server does.
    package func jump(by duration: Duration) {
        change { $0.skew += duration }
    }

    /// Changes the clocks and wakes the tasks that are due.
    private func change(_ body: (inout State) -> Void) {
        let due = state.withLock { state in
            body(&state)
            let (elapsed, date) = (state.elapsed, now(state))
            let due = state.sleepers.filter { $0.due <= elapsed || $0.date <= date }
                .sorted { $0.due < $1.due }
            state.sleepers.removeAll { $0.due <= elapsed || $0.date <= date }
            return due
        }
        for sleeper in due {
            sleeper.continuation.resume()
        }
    }

    private func cancel(_ id: Int) {
        let sleeper: Sleeper? = state.withLock { state in
            guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                state.canceled.insert(id)
                return nil
            }
            return state.sleepers.remove(at: index)
        }
        sleeper?.continuation.resume(throwing: CancellationError())
    }
}
