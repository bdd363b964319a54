import Console
import Synchronization

/// The queue of messages for the console's loop; any task may send.
///
/// Unlike a stream, it returns all queued messages at once, and wakes only its reader's thread.
final class Mailbox: Sendable {
    private struct State {
        var messages: [Message] = []
        var result: ConsoleExitReason?
        var reader: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func send(_ message: Message) {
        change { $0.messages.append(message) }
    }

    /// Ends the console; only the first reason is kept.
    func end(_ result: ConsoleExitReason) {
        change { $0.result = $0.result ?? result }
    }

    /// Resumes the only reader as soon as a message or the end is available.
    func wait(_ reader: CheckedContinuation<Void, Never>) {
        let isReady = state.withLock { state in
            let isReady = !state.messages.isEmpty || state.result != nil
            if !isReady { state.reader = reader }
            return isReady
        }
        if isReady { reader.resume() }
    }

    var hasMessages: Bool { state.withLock { !$0.messages.isEmpty } }
    var result: ConsoleExitReason? { state.withLock { $0.result } }

    /// Removes and returns all messages, with the reason for the end, if any.
    func receive() -> (messages: [Message], result: ConsoleExitReason?) {
        state.withLock { state in
            defer { state.messages = [] }
            return (state.messages, state.result)
        }
    }

    private func change(_ body: (inout sending State) -> Void) {
        let reader = state.withLock { state in
            body(&state)
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }
}
