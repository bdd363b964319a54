import Console
import Drawing
import Federation
import Foundation

/// The console's loop: applies messages to the state, draws frames, and performs effects.
///
/// It runs on the terminal's thread, so that a tick wakes only one thread.
struct ConsoleLoop<Display: Terminal> {
    let terminal: Display
    let time: any TimeSource
    let characters: TerminalCharacterSet
    let mailbox: Mailbox
    /// Performs a terminal effect at once; returns the work of any other effect, which runs in its own task.
    let perform: @Sendable (Effect, isolated Display) -> (@Sendable () async -> Void)?

    /// Shows the state and keeps it current until the console ends; the terminal is then restored.
    func run(_ state: ConsoleState) async -> ConsoleExitReason {
        await withTaskExecutorPreference(terminal.thread) {
            await run(state, on: terminal)
        }
    }

    private func run(_ state: ConsoleState, on terminal: isolated Display) async -> ConsoleExitReason {
        terminal.listen { [mailbox, time] in mailbox.send($0, at: time) }
        return await withDiscardingTaskGroup { group in
            let result = await loop(state, on: terminal, work: &group)
            terminal.close()
            group.cancelAll()
            return result
        }
    }

    /// Applies all waiting messages, then draws once, until the console ends.
    private func loop(
        _ initial: ConsoleState,
        on terminal: isolated Display,
        work: inout DiscardingTaskGroup
    ) async -> ConsoleExitReason {
        var state = initial
        _ = update(&state, .resized(terminal.size))
        while true {
            terminal.show(view(state, characterSet: characters))
            terminal.setAlarm(after: state.nextTick.map(delay))
            await withCheckedContinuation { mailbox.wait($0) }
            let (messages, result) = mailbox.receive()
            if let result { return result }
            // Messages are applied at the current time, not at that of the last tick.
            for effect in ([.ticked(time.now)] + messages).flatMap({ update(&state, $0) }) {
                guard let body = perform(effect, terminal) else { continue }
                work.addTask(executorPreference: globalConcurrentExecutor) { await body() }
            }
            if let result = mailbox.result { return result }
        }
    }

    /// The time until the first whole second that is not before `date`.
    private func delay(until date: Date) -> Duration {
        let second = Instant(unixSeconds: date.timeIntervalSince1970.rounded(.up)) ?? Instant(clamping: date)
        return max(.zero, second.date.since(time.now))
    }
}

extension Mailbox {
    fileprivate func send(_ event: TerminalEvent, at time: any TimeSource) {
        switch event {
        case .key(let key): send(.key(key))
        case .mouse(let event): send(.mouse(event))
        case .resized(let size): send(.resized(size))
        case .background(let isLight): send(.backgroundReported(isLight: isLight))
        case .alarm, .resumed: send(.ticked(time.now))
        case .reload: send(.reloadRequested)
        case .terminated(let signal): end(.signal(signal))
        case .lost: end(.terminalLost)
        }
    }
}
