import Console
import DequeModule
import Synchronization

/// The queue of messages for the console's loop; any task may send.
///
/// Urgent messages leave the queue before all others. Each kind keeps its order.
///
/// Unlike an `AsyncStream`, the queue wakes only the reader's thread.
final class Mailbox: Sendable {
    private struct State {
        var urgent: Deque<Message> = []
        var ordinary: Deque<Message> = []
        var isAwake = false
        var result: ConsoleExitReason?
        var reader: (continuation: CheckedContinuation<Void, Never>, isUrgentOnly: Bool)?

        func hasNews(isUrgentOnly: Bool) -> Bool {
            isAwake || result != nil || !urgent.isEmpty || (!isUrgentOnly && !ordinary.isEmpty)
        }
    }

    private let state = Mutex(State())

    func send(_ message: Message) {
        change { state in
            if message.isUrgent { return state.urgent.append(message) }
            if case .fleetRead = message { state.ordinary.removeAll { $0.isFleet } }
            state.ordinary.append(message)
        }
    }

    /// Resumes the reader once, without a message.
    func wake() {
        change { $0.isAwake = true }
    }

    /// Ends the console; only the first reason is kept.
    func end(_ result: ConsoleExitReason) {
        change { $0.result = $0.result ?? result }
    }

    /// Resumes the only reader as soon as a message, a wake-up, or the end is available.
    ///
    /// With `isUrgentOnly`, messages that are not urgent do not resume the reader.
    func wait(_ reader: CheckedContinuation<Void, Never>, isUrgentOnly: Bool) {
        let isReady = state.withLock { state in
            let isReady = state.hasNews(isUrgentOnly: isUrgentOnly)
            if !isReady { state.reader = (reader, isUrgentOnly) }
            return isReady
        }
        if isReady { reader.resume() }
    }

    /// Whether a message, the end, or a wake-up is pending.
    func hasNews(isUrgentOnly: Bool) -> Bool {
        state.withLock { $0.hasNews(isUrgentOnly: isUrgentOnly) }
    }

    var result: ConsoleExitReason? { state.withLock { $0.result } }

    /// Removes and returns the next urgent message.
    func nextUrgent() -> Message? {
        state.withLock { state in
            state.isAwake = false
            return state.urgent.popFirst()
        }
    }

    /// Removes and returns the next message that is not urgent; `nil` while an urgent message waits.
    func nextOrdinary() -> Message? {
        state.withLock { $0.urgent.isEmpty ? $0.ordinary.popFirst() : nil }
    }

    private func change(_ body: (inout sending State) -> Void) {
        let reader: CheckedContinuation<Void, Never>? = state.withLock { state in
            body(&state)
            guard let reader = state.reader, state.hasNews(isUrgentOnly: reader.isUrgentOnly) else {
                return nil
            }
            state.reader = nil
            return reader.continuation
        }
        reader?.resume()
    }
}

extension Message {
    fileprivate var isFleet: Bool {
        if case .fleetRead = self { true } else { false }
    }
}
