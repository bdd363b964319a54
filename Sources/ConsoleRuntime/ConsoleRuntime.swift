import Azure
import ConfigurationFile
import Console
import CursesTerminal
import Diagnosis
import Discovery
package import Drawing
import ExchangeEngine
package import Federation
import FoundationEssentials
import LabInterface
import Operations
import Propagation
import Transport

/// Runs a console: opens the services, shows the state on a terminal, and performs the effects.
///
/// The first frame does not wait for the services. Messages deliver the results of the services later.
package actor ConsoleRuntime {
    /// The maximum age of a token that a refresh accepts.
    ///
    /// Mappings of one identity and audience that are refreshed together share a token.
    private static let freshness = Duration.seconds(5)
    /// The maximum number of exchanges that the detail of another node's mapping shows.
    private static let fleetHistoryLimit = 50

    let options: ConsoleOptions
    nonisolated let mailbox = Mailbox()
    private nonisolated let exchanges = ExchangeQueue(width: CredentialRefresher.width)
    let time: any TimeSource
    private let localTime: LocalTime
    private(set) var services: ConsoleServices?
    private var work: Task<Void, Never>?
    private var proposals: DiscoveryAddition?
    /// The fleet of the configuration, and the task that reads the state of the fleet.
    private var fleet: (service: FleetService, work: Task<Void, Never>)?
    /// Opens the configuration or the lab.
    private var opening: Task<Void, Never>?
    private var historyRead: Task<Result<[ExchangeRecord], HistoryProblem>, Never>?

    package init(
        _ options: ConsoleOptions,
        time: any TimeSource = SystemTime(),
        localTime: LocalTime = .host
    ) {
        self.options = options
        self.time = time
        self.localTime = localTime
    }

    // MARK: The screen

    /// Shows the console until it ends; draws the first frame while the services open.
    ///
    /// At the end, restores the terminal and cancels the effects. The services continue until ``close()``.
    ///
    /// - Parameters:
    ///   - terminal: The terminal.
    ///   - characters: The characters that the terminal can show.
    ///   - ended: Called on the terminal's thread once the terminal is restored.
    /// - Returns: The reason for the end.
    package func show<Display: Terminal>(
        on terminal: Display,
        characters: TerminalCharacterSet,
        ended: @escaping @Sendable (ConsoleExitReason) -> Void
    ) async -> ConsoleExitReason {
        let loop = ConsoleLoop(
            terminal: terminal,
            time: time,
            characters: options.isASCII ? .ascii : characters,
            mailbox: mailbox,
            perform: { self.perform($0, on: $1) },
            ended: ended
        )
        opening = Task { await open() }
        return await loop.run(initialState(size: await terminal.size))
    }

    /// Returns the state before the configuration is open.
    func initialState(size: Size) -> ConsoleState {
        ConsoleState(
            now: time.now,
            size: size,
            localTime: localTime,
            theme: options.theme,
            usesMouse: options.usesMouse,
            isReadOnly: options.isReadOnly,
            host: HostFacts(variables: options.context.variables),
            hostName: FleetAccess.hostName,
            reference: options.reference
        )
    }

    /// Stops and closes every service.
    package func close() async {
        // This stops a lab that is still starting.
        opening?.cancel()
        await opening?.value
        work?.cancel()
        fleet?.work.cancel()
        // Without this wait, the history would lack the exchanges that end after the store is closed.
        if let work {
            _ = await withDeadline(ApplicationContext.nodeStopLimit, time: time) { await work.value }
        }
        await services?.runner.close()
        await services?.context.close()
        await services?.lab?.stop()
    }

    // MARK: Effects

    /// Performs a terminal effect immediately; returns the work of any other effect.
    func perform<Display: Terminal>(
        _ effect: Effect,
        on terminal: isolated Display
    ) -> (@Sendable () async -> Void)? {
        switch effect {
        case .quit: mailbox.end(.quit)
        case .suspend: terminal.suspend()
        case .redraw: terminal.redraw()
        case .requestBackground: terminal.requestBackground()
        case .copy(let text, let label):
            return { await self.copy(text, label: label) { await terminal.copy($0) } }
        case .announce(let notification):
            if notification.ringsBell { terminal.ring() }
            switch notification.channel {
            case .off: break
            case .osc9: terminal.notify(notification.text)
            case .command(let command): return { await self.run(command, for: notification.watch) }
            }
        case .openLab:
            return { await self.openOrExplain { () throws(CommandFailure) in try await self.openLab() } }
        case .discover(let path):
            return {
                await self.openOrExplain { () throws(CommandFailure) in try await self.discover(for: path) }
            }
        case .addProposals:
            return { await self.openOrExplain { () throws(CommandFailure) in try await self.addProposals() } }
        case .writeStarter(let path):
            return {
                await self.openOrExplain { () throws(CommandFailure) in try await self.writeStarter(to: path)
                }
            }
        case .reloadConfiguration: return { await self.reload() }
        case .edit(let id): return { await self.edit(id) { await terminal.run($0) } }
        case .surveySources: return { await self.surveySources() }
        case .exchange(let id, let request, let purpose):
            let entry = ExchangeQueue.Entry(mapping: id, request: request, purpose: purpose)
            guard exchanges.add(entry) else { return nil }
            return { await self.runExchanges() }
        case .dropCredentials(let id): return { await self.dropCredentials(of: id) }
        case .explain(let id, let request, let issuer, let asksClouds, let isFresh):
            return {
                await self.inspectRole(of: id, request, issuer, asksClouds: asksClouds, isFresh: isFresh)
            }
        case .verifySignature(let id, let fingerprint):
            return { await self.verifySignature(of: id, fingerprint) }
        case .compare(let id, let source, let request): return { await self.compare(id, source, request) }
        case .readHistory(let page, let request): return { await self.readHistory(page, request) }
        case .watch(let id): return { await self.watch(id) }
        case .endWatch(let id): return { await self.services?.runner.stop(id) }
        case .requestFromNode(let verb, let target, let request):
            return { await self.request(verb, target, request) }
        case .readFleetRecord(let id, let target, let request):
            return { await self.readFleetRecord(id, target, request) }
        case .readFleetHistory(let target, let request):
            return { await self.readFleetHistory(of: target, request) }
        case .planSetup(let ids, let request): return { await self.planSetup(ids, request) }
        case .applySetup(let ids, let plan, let objects, let request):
            return { await self.applySetup(ids, plan, objects, request) }
        case .copyExports(let id):
            return { await self.exports(of: id) { await terminal.copy($0) } }
        case .signIn(let id):
            return { await self.signInURL(of: id) { await terminal.copy($0) } }
        }
        return nil
    }

    func notice(_ level: Notice.Level, _ text: String) {
        mailbox.send(.noticed(Notice(level, text)))
    }

    private func run(_ command: [String], for watch: Watch) async {
        let hook = NotificationHook(
            time: time,
            variables: options.context.variables,
            reference: options.reference
        )
        if let problem = await hook.run(command, for: watch) { notice(.warning, problem) }
    }

    private func runExchanges() async {
        services?.context.forgetFailedHosts()
        while let next = exchanges.next() { await exchange(next.mapping, next.request, next.purpose) }
    }

    private func exchange(_ id: RoleMapping.ID, _ request: Request, _ purpose: Purpose) async {
        guard let services, let mapping = services.context.configuration.mapping(id) else { return }
        let exchange = await services.refresher.exchange(
            mapping,
            options: ExchangeOptions(tokenAge: purpose == .refresh ? Self.freshness : nil),
            storing: purpose == .refresh
        ) { [mailbox] step in
            mailbox.send(.stepped(id, request, step))
        }
        mailbox.send(.exchanged(request, exchange.record))
    }

    private func dropCredentials(of id: RoleMapping.ID) async {
        await services?.refresher.drop(id)
        guard let context = services?.context, let mapping = context.configuration.mapping(id) else { return }
        context.removeStoredCredentials(of: mapping)
        await context.engine.removeSession(ofHub: id)
    }

    private func surveySources() async {
        guard let context = services?.context else { return }
        mailbox.send(.surveyed(await context.tokens.survey()))
    }

    private func inspectRole(
        of id: RoleMapping.ID,
        _ request: Request,
        _ issuer: String?,
        asksClouds: Bool,
        isFresh: Bool
    ) async {
        guard let context = services?.context, let mapping = context.configuration.mapping(id) else { return }
        let inspection =
            asksClouds
            ? await HTTPRequest.$mapping.withValue(id) {
                await context.explain.inspection(of: mapping, issuer: issuer, isFresh: isFresh)
            } : await context.roles.fileInspection(of: mapping)
        mailbox.send(.explained(id, request, inspection))
    }

    /// Checks the signature of a mapping's token, if the fingerprint is still that of the token.
    private func verifySignature(of id: RoleMapping.ID, _ fingerprint: String) async {
        guard let context = services?.context, let mapping = context.configuration.mapping(id) else { return }
        let finding: SignatureFinding
        if let token = try? await context.engine.token(for: mapping).token, token.fingerprint == fingerprint {
            finding = SignatureFinding(await context.signature(of: token))
        } else {
            finding = .unverified(reason: "The source returned a newer token or no token.")
        }
        mailbox.send(.signatureChecked(fingerprint: fingerprint, finding))
    }

    // MARK: History

    private func compare(_ id: RoleMapping.ID, _ source: ClaimComparison.Source, _ request: Request) async {
        guard let history = services?.context.history else { return }
        let home = options.context.variables["HOME"]
        mailbox.send(.compared(request, await history.comparison(of: id, with: source, home: home)))
    }

    /// Reads a page of the history; cancels an earlier request that is still running.
    private func readHistory(_ page: HistoryPage, _ request: Request) async {
        guard let history = services?.context.history else { return }
        historyRead?.cancel()
        let task = Task { await history.page(page) }
        historyRead = task
        mailbox.send(.historyRead(request, await task.value))
    }

    // MARK: Watches

    /// Starts a watch of a mapping and pauses the automatic renewal of the mapping's credentials.
    func watch(_ id: RoleMapping.ID, changed: Date? = nil) async {
        await services?.refresher.pauseRenewal(of: id)
        await services?.runner.watch(id, changed: changed)
    }

    // MARK: Fleet

    /// Starts to read the fleet's state in the background, if the configuration names a database.
    private func followFleet() {
        fleet?.work.cancel()
        fleet = services?.context.fleet.map { service in
            let work = Task { [mailbox] in
                for await snapshot in service.snapshots { mailbox.send(.fleetRead(snapshot)) }
            }
            return (service, work)
        }
        mailbox.send(.fleetConfigured(fleet != nil))
    }

    private func request(_ verb: FleetRequest.Verb, _ target: FleetMapping.ID, _ request: Request) async {
        guard let service = fleet?.service else { return }
        mailbox.send(.requestedFromNode(target, request, await service.request(verb, target)))
    }

    private func readFleetRecord(_ id: FleetRecordID, _ target: FleetMapping.ID, _ request: Request) async {
        guard let service = fleet?.service else { return }
        mailbox.send(.fleetRecordRead(target, request, await service.record(id)))
    }

    private func readFleetHistory(of target: FleetMapping.ID, _ request: Request) async {
        guard let service = fleet?.service else { return }
        let exchanges = await service.exchanges(of: target, limit: Self.fleetHistoryLimit)
        mailbox.send(.fleetHistoryRead(target, request, exchanges))
    }

    // MARK: Configuration

    /// Opens the lab or the configuration; without `--config`, a missing file leads to the welcome screen.
    func open() async {
        do throws(CommandFailure) {
            if options.isLab { return try await openLab() }
            let location = options.context.location
            guard options.context.configurationPath == nil,
                !FileManager.default.fileExists(atPath: location.file)
            else { return try await use(try ConfigurationText.find(options.context)) }
            mailbox.send(.unconfigured(path: location.file))
        } catch {
            mailbox.end(.failed(error))
        }
    }

    private func openOrExplain(_ body: () async throws(CommandFailure) -> Void) async {
        do throws(CommandFailure) {
            try await body()
        } catch {
            mailbox.send(.unconfigured(path: options.context.location.file))
            notice(.error, error.lines.joined(separator: " "))
        }
    }

    private func openLab() async throws(CommandFailure) {
        mailbox.send(.opening("Starting the lab …"))
        let variables = options.context.variables
        let lab = try await LabProcess.start(options.scenario, variables: variables) { [mailbox] message in
            mailbox.send(.noticed(Notice(.error, message)))
        }
        let text = ConfigurationText(
            text: lab.report.configuration,
            path: "lab",
            variables: lab.report.environment(over: variables),
            options: options.context
        )
        do throws(CommandFailure) {
            try await use(text, of: lab)
        } catch {
            await lab.stop()
            throw error
        }
    }

    private func writeStarter(to path: String) async throws(CommandFailure) {
        try options.writeStarter(path)
        try await use(try ConfigurationText.find(options.context))
        // The starter file assigns no keys to actions, so the standard keys apply.
        notice(.info, "Wrote \(path). Edit it, then press \(Keymap.standard.label(of: .reload)).")
    }

    /// Reads both clouds without a configuration, and sends the proposed mappings to the console for approval.
    private func discover(for path: String) async throws(CommandFailure) {
        let text = ConfigurationText(text: "", path: path, options: options.context)
        let context = try ApplicationContext.open(text, options.context)
        let report = await context.discovery.report { [mailbox] step in
            mailbox.send(.opening("\(step) …"))
        }
        await context.close()
        let addition = DiscoveryAddition(report, to: "", path: path, options.context)
        guard !addition.isEmpty else {
            let reason =
                (report.omissions + report.unreadable).first.map { " \($0.subject): \($0.reason)" } ?? ""
            throw CommandFailure(
                .no,
                code: "nothing-found",
                "No mapping is proposed.\(reason)",
                fix: "`cambist discover` lists the findings with their reasons."
            )
        }
        proposals = addition
        mailbox.send(.proposed(ProposedConfiguration(addition)))
    }

    private func addProposals() async throws(CommandFailure) {
        guard let proposals else { return }
        try proposals.write()
        try await use(try ConfigurationText.find(options.context))
        notice(.info, "\(proposals.path) is written: \(Count(proposals.report.mappings.count, "mapping")).")
    }

    /// Opens and starts the services of a configuration, and starts the lab's watches.
    private func use(_ text: ConfigurationText, of lab: LabProcess? = nil) async throws(CommandFailure) {
        var contextOptions = options.context
        contextOptions.observe = { [mailbox] in mailbox.send(.transferred($0)) }
        contextOptions.warn = { [mailbox] in mailbox.send(.noticed(Notice(.warning, $0))) }
        let context = try ApplicationContext.open(text, contextOptions)
        do throws(CommandFailure) {
            try context.configuration.current.console.check(theme: options.theme)
        } catch {
            await context.close()
            throw error
        }
        let services = ConsoleServices(
            context,
            of: lab,
            isReadOnly: options.isReadOnly,
            mailbox: mailbox,
            time: time
        )
        self.services = services
        mailbox.send(.configured(context.configuration.current, origin: context.origin))
        followFleet()
        work = Task { await services.run() }
        if !options.isReadOnly { for id in lab?.report.watched ?? [] { await watch(id) } }
        await services.applyConfiguration()
        CursesTerminal.trimMemory()
    }

    private func edit(_ id: RoleMapping.ID?, show: @Sendable (String) async -> Int) async {
        guard let services, let place = services.context.configurationLocation(of: id) else {
            return notice(.warning, "The configuration is not in a file, so it cannot be edited.")
        }
        let variables = options.context.variables
        guard let editor = EditorCommand(variables: variables) else {
            return notice(.warning, "Neither VISUAL nor EDITOR is set, and vi is not installed.")
        }
        let status = await show(editor.command(path: place.path, line: place.line))
        if status != 0 { notice(.warning, "The editor \(editor.program) exited with status \(status).") }
        await reload()
    }

    private func reload() async {
        guard let context = services?.context else { return }
        do throws(CommandFailure) {
            let (configuration, warning) = try await context.reload()
            mailbox.send(.configured(configuration, origin: context.origin))
            if let warning { notice(.warning, warning) }
            await services?.applyConfiguration()
        } catch {
            mailbox.send(.configurationRefused(error.lines))
        }
    }
}
