import Console
import CursesTerminal
import Diagnosis
import Drawing
import Federation
import Foundation
import Transport

/// One run of the console: the stage behind it, joined to a terminal or to keys that are played.
struct ConsoleRun {
    let stage: ConsoleStage
    let mailbox: Mailbox
    let appearance: Appearance
    /// Whether the lab is wanted rather than a configuration.
    let isLab: Bool
    private let time = SystemTime()
    /// How long the keys that are played wait for what runs by itself: some sources answer after a minute only.
    private static let patience = (opening: Duration.seconds(10), key: Duration.seconds(2))

    /// How the console is to look and what it may do, as the command line has it.
    struct Appearance {
        /// A theme instead of the configuration's.
        var theme: String?
        var usesMouse = false
        var isASCII = false
        var isReadOnly = false

        /// The characters to use on a terminal that shows `best`.
        func repertoire(_ best: TerminalCharacterSet) -> TerminalCharacterSet {
            isASCII ? .ascii : best
        }
    }

    init(stage: ConsoleStage, mailbox: Mailbox, appearance: Appearance, isLab: Bool) {
        self.stage = stage
        self.mailbox = mailbox
        self.appearance = appearance
        self.isLab = isLab
    }

    /// Shows the console until the operator leaves; its first frame waits for nothing.
    func show(on terminal: CursesTerminal) async -> ConsoleEnding {
        let loop = ConsoleLoop(
            terminal: terminal,
            time: time,
            repertoire: appearance.repertoire(await terminal.repertoire),
            mailbox: mailbox
        ) { [stage] effect in
            await stage.perform(effect) { await terminal.copy($0) }
        }
        let opening = Task { [stage, isLab] in await stage.open(isLab: isLab) }
        let ending = await loop.run(start(size: await terminal.size))
        // A lab that is still starting is ended.
        opening.cancel()
        await opening.value
        return ending
    }

    /// The frame after these keys, each played when all that the one before it began has ended.
    ///
    /// What the console runs by itself is waited for a while; what still runs then is shown as such.
    func play(_ keys: [Key], size: Size) async -> Canvas? {
        var state = start(size: size)
        await stage.open(isLab: isLab)
        guard await settle(&state, within: Self.patience.opening) else { return nil }
        for key in keys {
            let effects = update(&state, .key(key))
            for effect in effects { await stage.perform(effect) { _ in } }
            let limit = effects.isEmpty ? .zero : Self.patience.key
            guard await settle(&state, within: limit) else { return nil }
        }
        return view(state, repertoire: appearance.repertoire(.unicode))
    }

    private func start(size: Size) -> ConsoleState {
        ConsoleState(
            now: time.now,
            size: size,
            timeZone: .current,
            theme: appearance.theme,
            usesMouse: appearance.usesMouse,
            isReadOnly: appearance.isReadOnly,
            host: HostFacts(variables: ProcessEnvironment.variables)
        )
    }

    /// Waits until nothing runs, or for so long, and applies what came of it; `false` when that ends the console.
    private func settle(_ state: inout ConsoleState, within limit: Duration) async -> Bool {
        let end = time.uptime + limit
        repeat {
            await stage.idle(atMost: max(.zero, end - time.uptime))
            let (messages, ending) = mailbox.take()
            if ending != nil { return false }
            for message in messages {
                for effect in update(&state, message) { await stage.perform(effect) { _ in } }
            }
        } while mailbox.hasMessages && (limit == .zero || time.uptime < end)
        _ = update(&state, .ticked(time.now))
        return true
    }
}
