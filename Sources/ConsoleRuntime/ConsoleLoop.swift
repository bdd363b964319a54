import Console
import Drawing
import Federation
import FoundationEssentials

/// The console's loop: applies messages to the state, draws frames, and performs effects.
///
/// The loop runs on the terminal's thread, so that a tick wakes only one thread.
struct ConsoleLoop<Display: Terminal> {
    /// The maximum time for which the loop applies messages before it draws a frame.
    ///
    /// Also the minimum time between frames that show only results of effects.
    private static var frameTime: Duration { .milliseconds(16) }

    let terminal: Display
    let time: any TimeSource
    let characters: TerminalCharacterSet
    let mailbox: Mailbox
    /// Performs a terminal effect immediately; returns the work of any other effect, for a separate task.
    let perform: @Sendable (Effect, isolated Display) -> (@Sendable () async -> Void)?
    /// Called on the terminal's thread once the terminal is restored.
    var ended: @Sendable (ConsoleExitReason) -> Void = { _ in }
    /// The tasks of the effects; some may continue after the console has ended.
    let work = EffectTasks()

    /// Shows the current state until the console ends, and restores the terminal.
    ///
    /// Cancels the effects without waiting for their end. Some effects, such as token commands, can run for any time.
    func run(_ state: ConsoleState) async -> ConsoleExitReason {
        await withTaskExecutorPreference(terminal.thread) {
            await run(state, on: terminal)
        }
    }

    private func run(_ state: ConsoleState, on terminal: isolated Display) async -> ConsoleExitReason {
        terminal.listen { [mailbox] in mailbox.receive($0) }
        let result = await loop(state, on: terminal)
        terminal.close()
        ended(result)
        work.cancel()
        return result
    }

    /// Draws a frame, waits for messages, and applies them, until the console ends.
    private func loop(
        _ initial: ConsoleState,
        on terminal: isolated Display
    ) async -> ConsoleExitReason {
        var state = initial
        var nextFrame = Duration.zero
        _ = update(&state, .resized(terminal.size))
        while true {
            let layout = state.layout
            terminal.show(view(state, in: layout, characterSet: characters))
            terminal.setAlarm(after: state.nextTick(in: layout).map(delay))
            await waitForMessages(isFrozen: state.isFrozen, nextFrame: nextFrame, terminal)
            if let result = applyMessages(to: &state, terminal) { return result }
            nextFrame = time.uptime + Self.frameTime
            // Under load, the wait above returns at once. This yield lets the thread read keys and run other calls.
            await Task.yield()
        }
    }

    /// Waits for a message; only urgent messages cause a frame before `nextFrame`.
    private func waitForMessages(
        isFrozen: Bool,
        nextFrame: Duration,
        _ terminal: isolated Display
    ) async {
        await withCheckedContinuation { mailbox.wait($0, isUrgentOnly: isFrozen) }
        let rest = nextFrame - time.uptime
        guard rest > .zero, !mailbox.hasNews(isUrgentOnly: true) else { return }
        terminal.setAlarm(after: rest)
        await withCheckedContinuation { mailbox.wait($0, isUrgentOnly: true) }
    }

    /// Applies messages, urgent messages first, until none is left or the time of a frame has passed.
    ///
    /// - Returns: The reason that the console ended; `nil` while it runs.
    private func applyMessages(
        to state: inout ConsoleState,
        _ terminal: isolated Display
    ) -> ConsoleExitReason? {
        let end = time.uptime + Self.frameTime
        var isCurrent = false
        repeat {
            if let result = mailbox.result { return result }
            var effects: [Effect] = []
            // Messages are applied at the current time, not at the time of the last tick.
            var tick: Message? = isCurrent || state.isFrozen ? nil : .ticked(time.now)
            isCurrent = isCurrent || tick != nil
            if let message = mailbox.nextUrgent() {
                if let tick { effects += update(&state, tick) }
                effects += update(&state, message)
            } else if !state.isFrozen {
                effects += update(&state) {
                    if let first = tick.take() { return first }
                    return time.uptime < end ? mailbox.nextOrdinary() : nil
                }
            }
            for effect in effects {
                if let body = perform(effect, terminal) { work.add(body) }
            }
        } while time.uptime < end && mailbox.hasNews(isUrgentOnly: state.isFrozen)
        return mailbox.result
    }

    /// The time until the first whole second that is not before `date`.
    private func delay(until date: Date) -> Duration {
        let second = Instant(unixSeconds: date.timeIntervalSince1970.rounded(.up)) ?? Instant(clamping: date)
        return max(.zero, second.date.since(time.now))
    }
}

/// The tasks of the effects; a task may run longer than the console.
struct EffectTasks: Sendable {
    private let bodies: AsyncStream<@Sendable () async -> Void>.Continuation
    private let tasks: Task<Void, Never>

    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: (@Sendable () async -> Void).self)
        bodies = continuation
        tasks = Task(executorPreference: globalConcurrentExecutor) {
            await withDiscardingTaskGroup { group in
                for await body in stream { group.addTask { await body() } }
                group.cancelAll()
            }
        }
    }

    /// Runs work in a separate task.
    func add(_ body: @escaping @Sendable () async -> Void) { bodies.yield(body) }

    /// Starts the tasks that are still queued and cancels all tasks, without waiting for their end.
    func cancel() { bodies.finish() }

    /// Waits until the canceled tasks have ended.
    func waitUntilEnded() async { await tasks.value }
}

extension Mailbox {
    fileprivate func receive(_ event: TerminalEvent) {
        switch event {
        case .key(let key): send(.key(key))
        case .mouse(let event): send(.mouse(event))
        case .resized(let size): send(.resized(size))
        case .background(let isLight): send(.backgroundReported(isLight: isLight))
        case .alarm, .resumed: wake()
        case .reload: send(.reloadRequested)
        case .terminated(let signal): end(.signal(signal))
        case .lost: end(.terminalLost)
        }
    }
}
