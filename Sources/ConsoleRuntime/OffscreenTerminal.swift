import Console
package import Drawing
import ExchangeEngine
import Federation
import FoundationEssentials
import Glibc

/// A terminal without output, for `--keys`.
private actor OffscreenTerminal: Terminal {
    let size: Size
    nonisolated let thread: any TaskExecutor = globalConcurrentExecutor

    init(size: Size) {
        self.size = size
    }

    func listen(_ listener: @escaping @Sendable (TerminalEvent) -> Void) {}
    func show(_ canvas: Canvas) {}
    func redraw() {}
    func copy(_ text: String) -> Bool { false }
    func requestBackground() {}
    func run(_ command: String) -> Int { 0 }
    func ring() {}
    func notify(_ text: String) {}
    func suspend() {}
    func setAlarm(after delay: Duration?) {}
    func close() {}
}

extension ConsoleRuntime {
    /// The maximum time that ``play(_:size:)`` waits for running exchanges: at the start, and after each key.
    private static let timeout = (opening: Duration.seconds(10), key: Duration.seconds(2))
    private static let pollInterval = Duration.milliseconds(20)

    /// Returns the frame after these keys; waits for the work of each key.
    ///
    /// An automatic exchange that takes too long is shown as running.
    ///
    /// - Throws: ``ConsoleExitReason`` if the console ends, for example by a key that quits.
    package func play(_ keys: [Key], size: Size) async throws(ConsoleExitReason) -> Canvas {
        let terminal = OffscreenTerminal(size: size)
        var state = initialState(size: size)
        await open()
        try await applyMessages(to: &state, terminal, within: Self.timeout.opening)
        for key in keys {
            let effects = tick(&state) + update(&state, .key(key))
            for effect in effects { await perform(effect, on: terminal)?() }
            let limit = effects.isEmpty ? .zero : Self.timeout.key
            try await applyMessages(to: &state, terminal, within: limit)
        }
        // The refresher can be idle while a watch's exchange is pending: before the exchange starts, or after its end
        // until the result arrives.
        let end = time.uptime + Self.timeout.key
        while state.mappings.pendingCount > 0, time.uptime < end {
            guard (try? await time.sleep(for: Self.pollInterval)) != nil else { break }
            try await applyMessages(to: &state, terminal, within: .zero)
        }
        return view(state, characterSet: options.isASCII ? .ascii : .unicode)
    }

    /// Waits for running exchanges up to a time limit, and applies the messages.
    ///
    /// If the limit is positive, also waits until the indicators of the operator's exchanges disappear.
    private func applyMessages(
        to state: inout ConsoleState,
        _ terminal: OffscreenTerminal,
        within limit: Duration
    ) async throws(ConsoleExitReason) {
        let end = time.uptime + limit
        repeat {
            await services?.refresher.waitUntilIdle(atMost: max(.zero, end - time.uptime))
            if let result = mailbox.result { throw result }
            while let message = mailbox.nextUrgent() ?? (state.isFrozen ? nil : mailbox.nextOrdinary()) {
                for effect in update(&state, message) { await perform(effect, on: terminal)?() }
            }
        } while mailbox.hasNews(isUrgentOnly: state.isFrozen) && (limit == .zero || time.uptime < end)
        if let markEnd = state.mappings.markEnd, limit > .zero {
            try? await time.sleep(for: max(.zero, markEnd.since(time.now)))
        }
        for effect in tick(&state) { await perform(effect, on: terminal)?() }
    }

    private func tick(_ state: inout ConsoleState) -> [Effect] {
        state.isFrozen ? [] : update(&state, .ticked(time.now))
    }
}
