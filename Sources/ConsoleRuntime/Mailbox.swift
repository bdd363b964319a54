import Console
import Synchronization

/// The queue of messages for the console's loop; any task may send.
///
/// Unlike a stream it returns all waiting messages at once, and wakes its reader's thread only.
final class Mailbox: Sendable {
    private struct State {
        var messages: [Message] = []
        var ending: ConsoleEnding?
        var reader: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func send(_ message: Message) {
        change { $0.messages.append(message) }
    }

    /// Ends the console; the first reason counts.
    func end(_ ending: ConsoleEnding) {
        change { $0.ending = $0.ending ?? ending }
    }

    /// Resumes the only reader as soon as a message or the end is available.
    func wait(_ reader: CheckedContinuation<Void, Never>) {
        let isReady = state.withLock { state in
            let isReady = !state.messages.isEmpty || state.ending != nil
            if !isReady { state.reader = reader }
            return isReady
        }
        if isReady { reader.resume() }
    }

    var hasMessages: Bool { state.withLock { !$0.messages.isEmpty } }
    var ending: ConsoleEnding? { state.withLock { $0.ending } }

    /// Removes and returns all messages, with the reason for the end, if any.
    func receive() -> (messages: [Message], ending: ConsoleEnding?) {
        state.withLock { state in
            defer { state.messages = [] }
            return (state.messages, state.ending)
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
