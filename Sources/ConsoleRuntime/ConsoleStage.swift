import ConfigurationFile
import Console
import CursesTerminal
import ExchangeEngine
import Federation
import LabInterface

/// What works behind the console: nothing at first, then a configuration's engine, or a lab's.
///
/// The screen is drawn before any of it exists, and hears of it by messages.
actor ConsoleStage {
    private let options: GlobalOptions
    /// The options of the lab's scenario, as they are typed.
    private let scenario: [String]
    private let theme: String?
    private let isReadOnly: Bool
    private let mailbox: Mailbox
    private var session: ConsoleSession?
    private var work: Task<Void, Never>?
    private var lab: LabProcess?
    /// Why the console could not be opened, once it ended for that.
    private(set) var failure: CommandFailure?

    /// Opens nothing yet; `theme` is what the command line wants instead of the configuration's.
    init(options: GlobalOptions, scenario: [String], theme: String?, isReadOnly: Bool, mailbox: Mailbox) {
        self.options = options
        self.scenario = scenario
        self.theme = theme
        self.isReadOnly = isReadOnly
        self.mailbox = mailbox
    }

    /// Opens the lab, or the configuration; without one the operator chooses.
    func open(isLab: Bool) async {
        do throws(CommandFailure) {
            if isLab { return try await openLab() }
            let path = location.file
            guard options.config == nil, !ProcessEnvironment.isFile(path) else {
                return try await use(try ConfigurationText.find(options))
            }
            mailbox.send(.unconfigured(path: path))
        } catch {
            failure = error
            mailbox.end(.failed)
        }
    }

    /// Does what the console wants done; returns when it is done.
    ///
    /// `copy` puts a text on the operator's clipboard.
    func perform(_ effect: Effect, copy: @Sendable (String) async -> Void) async {
        do throws(CommandFailure) {
            switch effect {
            case .openLab:
                try await openLab()
            case .writeStarter(let path):
                try ConfigInitCommand.create(at: path)
                try await use(try ConfigurationText.find(options))
                mailbox.send(
                    .noticed(Notice(.info, "\(path) is written: fill it in with an editor, then press C-r."))
                )
            default:
                await session?.runner.perform(effect, copy: copy)
            }
        } catch {
            mailbox.send(.unconfigured(path: location.file))
            mailbox.send(.noticed(Notice(.error, error.lines.joined(separator: " "))))
        }
    }

    /// Returns when nothing runs, or when so much time has passed.
    func idle(atMost limit: Duration) async {
        await session?.keeper.idle(atMost: limit)
    }

    /// Ends all that was opened.
    func close() async {
        work?.cancel()
        await session?.watcher.close()
        await session?.workspace.close()
        await lab?.stop()
    }

    private var location: ConfigurationLocation {
        ConfigurationLocation(named: options.config, environment: ProcessEnvironment.variables)
    }

    private func openLab() async throws(CommandFailure) {
        mailbox.send(.opening("Starting the lab …"))
        let lab = try await LabProcess.start(scenario) { [mailbox] message in
            mailbox.send(.noticed(Notice(.error, message)))
        }
        self.lab = lab
        try await use(
            ConfigurationText(
                text: lab.report.configuration,
                path: "lab",
                environment: lab.report.environment(over: ProcessEnvironment.variables)
            ),
            watching: isReadOnly ? [] : lab.report.watched
        )
    }

    /// Makes an engine of a configuration, tells the console, and lets it work.
    private func use(
        _ text: ConfigurationText,
        watching watched: [RoleMapping.ID] = []
    ) async throws(CommandFailure) {
        let workspace = try Workspace.open(
            text,
            options,
            observe: { [mailbox] in mailbox.send(.transferred($0)) },
            complain: { [mailbox] in mailbox.send(.noticed(Notice(.warning, $0))) },
            toleratesAuthorities: false
        )
        do throws(CommandFailure) {
            try workspace.configuration.console.check(theme: theme)
        } catch {
            await workspace.close()
            throw error
        }
        let session = ConsoleSession(workspace, text, mailbox, isReadOnly: isReadOnly)
        self.session = session
        mailbox.send(.configured(workspace.configuration, origin: text.path))
        await session.begin(watching: watched)
        CursesTerminal.giveBackMemory()
        work = Task { [mailbox] in await session.work(mailbox) }
    }
}
