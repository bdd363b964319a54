import Console
import Drawing
import Federation
import Foundation

/// Joins the terminal, what happens elsewhere and what is to be done into one console.
///
/// It runs on the terminal's own thread, so that a tick wakes one thread and no more.
struct ConsoleLoop<Display: Terminal> {
    let terminal: Display
    let time: any TimeSource
    let repertoire: TerminalCharacterSet
    /// What happens; whoever works for the console sends there too.
    let mailbox: Mailbox
    /// Does what the console wants done outside of it; each effect gets a task of its own.
    let perform: @Sendable (Effect) async -> Void

    /// Shows the state and keeps it up to date until the operator leaves; the terminal is then as it was.
    func run(_ state: ConsoleState) async -> ConsoleEnding {
        await withTaskExecutorPreference(terminal.thread) {
            await run(state, on: terminal)
        }
    }

    private func run(_ state: ConsoleState, on terminal: isolated Display) async -> ConsoleEnding {
        terminal.listen { [mailbox, time] in mailbox.send($0, at: time) }
        return await withDiscardingTaskGroup { group in
            let ending = await answer(state, on: terminal, effects: &group)
            terminal.close()
            group.cancelAll()
            return ending
        }
    }

    /// Applies all messages that wait, then draws once, until something ends the console.
    private func answer(
        _ initial: ConsoleState,
        on terminal: isolated Display,
        effects: inout DiscardingTaskGroup
    ) async -> ConsoleEnding {
        var state = initial
        _ = update(&state, .resized(terminal.size))
        while true {
            terminal.show(view(state, repertoire: repertoire))
            terminal.setAlarm(after: state.nextTick.map(delay))
            await withCheckedContinuation { mailbox.wait($0) }
            let (messages, ending) = mailbox.take()
            if let ending { return ending }
            for effect in messages.flatMap({ update(&state, $0) }) {
                switch effect {
                case .quit: return .quit
                case .suspend: terminal.suspend()
                case .redraw: terminal.redraw()
                case .copy(let text): terminal.copy(text)
                case .announce(let announcement):
                    if announcement.ringsBell { terminal.ring() }
                    if announcement.channel == .osc9 { terminal.notify(announcement.text) }
                    guard case .command = announcement.channel else { continue }
                    effects.addTask(executorPreference: globalConcurrentExecutor) { await perform(effect) }
                default:
                    effects.addTask(executorPreference: globalConcurrentExecutor) { await perform(effect) }
                }
            }
        }
    }

    /// The time until the first whole second that is not before `date`.
    private func delay(until date: Date) -> Duration {
        let second = Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(.up))
        return max(.zero, second.since(time.now))
    }
}

extension Mailbox {
    /// Takes what happened at the terminal.
    fileprivate func send(_ event: TerminalEvent, at time: any TimeSource) {
        switch event {
        case .key(let key): send(.key(key))
        case .mouse(let event): send(.mouse(event))
        case .resized(let size): send(.resized(size))
        case .alarm, .resumed: send(.ticked(time.now))
        case .reload: send(.reloadRequested)
        case .terminated(let signal): end(.signal(signal))
        case .lost: end(.terminalLost)
        }
    }
}
