import Azure
import Console
import CursesTerminal
import Drawing
import Engine
import Federation
import Foundation
import Transport

/// One run of the console: the engine and what it tells, joined to a terminal or to keys that are played.
struct ConsoleSession {
    private let workspace: Workspace
    private let text: ConfigurationText
    private let mailbox: Mailbox
    private let keeper: CredentialKeeper
    private let runner: EffectRunner
    private let appearance: Appearance

    /// How the console is to look and what it may do, as the command line has it.
    struct Appearance {
        /// A theme instead of the configuration's.
        var theme: String?
        var isASCII = false
        var isReadOnly = false

        /// The characters to use on a terminal that shows `best`.
        func repertoire(_ best: Repertoire) -> Repertoire {
            isASCII ? .ascii : best
        }
    }

    /// Joins a workspace whose requests are told to the mailbox; asks nobody yet.
    init(
        _ workspace: Workspace,
        _ text: ConfigurationText,
        _ mailbox: Mailbox,
        appearance: Appearance
    ) {
        self.appearance = appearance
        let keeper = CredentialKeeper(engine: workspace.engine, time: workspace.time) { event in
            mailbox.send(Message(event))
        }
        runner = EffectRunner(
            keeper: keeper,
            reload: { await workspace.reload(text) },
            survey: { await workspace.engine.survey() },
            setup: ConsoleSetup(
                worker: { configuration, mappings throws(CommandFailure) in
                    try await workspace.setupDesk(for: configuration, variables: text.environment)
                        .worker(for: mappings)
                },
                send: { mailbox.send($0) }
            ),
            send: { mailbox.send($0) }
        )
        self.keeper = keeper
        self.workspace = workspace
        self.text = text
        self.mailbox = mailbox
    }

    /// Shows the console until the operator leaves.
    func run(on terminal: CursesTerminal) async -> ConsoleEnding {
        let loop = ConsoleLoop(
            terminal: terminal,
            time: workspace.time,
            repertoire: appearance.repertoire(await terminal.repertoire),
            mailbox: mailbox
        ) { [runner] effect in
            await runner.perform(effect) { await terminal.copy($0) }
        }
        let work = Task { [runner, keeper, configuration = workspace.configuration] in
            await runner.use(configuration)
            await keeper.run()
        }
        defer { work.cancel() }
        return await loop.run(start(size: await terminal.size))
    }

    /// The frame after these keys, each played when all that the one before it began has ended.
    func play(_ keys: [Key], size: Size) async -> Canvas {
        var state = start(size: size)
        await runner.use(workspace.configuration)
        await settle(&state)
        for key in keys {
            for effect in update(&state, .key(key)) { await runner.perform(effect) { _ in } }
            await settle(&state)
        }
        return view(state, repertoire: appearance.repertoire(.unicode))
    }

    private func start(size: Size) -> ConsoleState {
        var state = ConsoleState(
            now: workspace.time.now,
            size: size,
            timeZone: .current,
            theme: appearance.theme,
            isReadOnly: appearance.isReadOnly
        )
        _ = update(&state, .configured(workspace.configuration, origin: text.path))
        return state
    }

    /// Waits until nothing runs, and applies what came of it.
    private func settle(_ state: inout ConsoleState) async {
        await keeper.idle()
        for message in mailbox.take().messages { _ = update(&state, message) }
        _ = update(&state, .ticked(workspace.time.now))
    }
}

extension Workspace {
    /// Reads the configuration again; a bad one changes nothing and says why.
    func reload(_ text: ConfigurationText) async -> Message {
        do throws(CommandFailure) {
            let fresh = try text.reread()
            let configuration = try fresh.read()
            var sources = sources
            sources.endpoints = configuration.endpoints
            sources.identities = configuration.identities
            await engine.use(configuration, sources: sources)
            return .configured(configuration, origin: fresh.path)
        } catch {
            return .configurationRefused(error.lines)
        }
    }
}
