import Console
import Synchronization

/// Where everything that happens waits for the console's loop; anybody may send.
///
/// Unlike a stream it gives all that waits at once, and wakes the thread of its reader and no other.
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

    /// Ends the console; the first to do so says why.
    func end(_ ending: ConsoleEnding) {
        change { $0.ending = $0.ending ?? ending }
    }

    /// Resumes as soon as something was sent since; has one reader.
    func wait(_ reader: CheckedContinuation<Void, Never>) {
        let isReady = state.withLock { state in
            let isReady = !state.messages.isEmpty || state.ending != nil
            if !isReady { state.reader = reader }
            return isReady
        }
        if isReady { reader.resume() }
    }

    /// Whether something was sent since.
    var hasMessages: Bool { state.withLock { !$0.messages.isEmpty } }

    /// All that was sent since, and whether the console has ended.
    func take() -> (messages: [Message], ending: ConsoleEnding?) {
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
