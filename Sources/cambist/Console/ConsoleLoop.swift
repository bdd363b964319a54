import Console
import Drawing
import Federation
import Foundation

/// Joins the terminal, what happens elsewhere and what is to be done into one console.
///
/// It runs on the terminal's own thread, so that a tick wakes one thread and no more.
struct ConsoleLoop<Display: Terminal> {
    /// Why it came to an end.
    enum Ending: Hashable, Sendable {
        case quit
        /// A signal asked for it: its number.
        case signal(Int32)
        case terminalLost
    }

    let terminal: Display
    let time: any TimeSource
    let repertoire: Repertoire
    /// What happens, the terminal's events included; whoever works for the console holds the continuation.
    let messages: AsyncStream<Message>
    let continuation: AsyncStream<Message>.Continuation
    /// Does what the console wants done outside of it; each effect gets a task of its own.
    let perform: @Sendable (Effect) async -> Void

    /// Shows the state and keeps it up to date until the operator leaves; the terminal is then as it was.
    func run(_ state: ConsoleState) async -> Ending {
        await run(state, on: terminal)
    }

    private func run(_ state: ConsoleState, on terminal: isolated Display) async -> Ending {
        let forwarding = Task { await forwardEvents(of: terminal) }
        await withDiscardingTaskGroup { group in
            await answer(state, on: terminal, effects: &group)
            terminal.close()
            group.cancelAll()
        }
        return await forwarding.value ?? .quit
    }

    /// Applies all messages that wait, then draws once, until there is nothing more to answer to.
    private func answer(
        _ initial: ConsoleState,
        on terminal: isolated Display,
        effects: inout DiscardingTaskGroup
    ) async {
        var state = initial
        _ = update(&state, .resized(terminal.size))
        draw(state, on: terminal)
        var isFrameDue = false
        for await message in messages {
            for effect in update(&state, message) {
                switch effect {
                case .quit: return
                case .suspend: terminal.suspend()
                case .redraw: terminal.redraw()
                default: effects.addTask { await perform(effect) }
                }
            }
            if case .settled = message {
                draw(state, on: terminal)
                isFrameDue = false
            } else if !isFrameDue {
                continuation.yield(.settled)
                isFrameDue = true
            }
        }
    }

    private func draw(_ state: ConsoleState, on terminal: isolated Display) {
        terminal.show(view(state, repertoire: repertoire))
        terminal.setAlarm(after: state.nextTick.map { delay(until: $0) })
    }

    /// The time until the first whole second that is not before `date`.
    private func delay(until date: Date) -> Duration {
        let second = Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(.up))
        return max(.zero, second.since(time.now))
    }

    /// Turns events into messages until the terminal is closed; what ends the console ends the messages.
    private func forwardEvents(of terminal: isolated Display) async -> Ending? {
        var ending: Ending?
        for await event in terminal.events {
            switch event {
            case .key(let key): continuation.yield(.key(key))
            case .resized(let size): continuation.yield(.resized(size))
            case .alarm, .resumed: continuation.yield(.ticked(time.now))
            case .terminated(let signal): ending = ending ?? .signal(signal)
            case .lost: ending = ending ?? .terminalLost
            }
            if ending != nil { continuation.finish() }
        }
        return ending
    }
}
