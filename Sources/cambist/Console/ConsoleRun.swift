import Console
import CursesTerminal
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

    /// How the console is to look and what it may do, as the command line has it.
    struct Appearance {
        /// A theme instead of the configuration's.
        var theme: String?
        var usesMouse = false
        var isASCII = false
        var isReadOnly = false

        /// The characters to use on a terminal that shows `best`.
        func repertoire(_ best: Repertoire) -> Repertoire {
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
        await opening.value
        return ending
    }

    /// The frame after these keys, each played when all that the one before it began has ended.
    func play(_ keys: [Key], size: Size) async -> Canvas? {
        var state = start(size: size)
        await stage.open(isLab: isLab)
        guard await settle(&state) else { return nil }
        for key in keys {
            for effect in update(&state, .key(key)) { await stage.perform(effect) { _ in } }
            guard await settle(&state) else { return nil }
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
            host: HostFacts(variables: Surroundings.variables)
        )
    }

    /// Waits until nothing runs, and applies what came of it; `false` when that ends the console.
    private func settle(_ state: inout ConsoleState) async -> Bool {
        repeat {
            await stage.idle()
            let (messages, ending) = mailbox.take()
            if ending != nil { return false }
            for message in messages {
                for effect in update(&state, message) { await stage.perform(effect) { _ in } }
            }
        } while mailbox.hasMessages
        _ = update(&state, .ticked(time.now))
        return true
    }
}
