import AWS
import Azure
import ConfigurationFile
import ExchangeEngine
import Federation
import Foundation
import Logging
import Propagation
import Store
import Transport

/// What a command works with: the configuration, and the engine made of it.
struct Workspace: Sendable {
    let configuration: Configuration
    let engine: Engine
    let transport: HTTPTransport
    let sources: TokenSources
    let tokens: TokenCache
    let historian: HistoryService
    /// What is known of the mappings' roles.
    let trust: RoleInspector
    /// What the operator may do in AWS.
    let access: OperatorCredentials
    let time = SystemTime()

    /// Runs `body` with the workspace that the options and the environment describe, and closes it.
    ///
    /// - Throws: ``CommandFailure`` with every problem of the configuration, and what `body` throws.
    static func with<Value>(
        _ options: GlobalOptions,
        _ body: (Workspace) async throws -> Value
    ) async throws -> Value {
        try await with(try ConfigurationText.find(options), options, body)
    }

    /// The same with a configuration that was found already, and perhaps read.
    ///
    /// `observe` hears of every request, `complain` of what goes wrong beside the work itself. A file of
    /// authorities that cannot be read ends it, unless that is tolerated: it is then left out.
    static func with<Value>(
        _ text: ConfigurationText,
        _ options: GlobalOptions,
        configuration: Configuration? = nil,
        observe: @escaping @Sendable (Transfer) -> Void = { _ in },
        complain: @escaping @Sendable (String) -> Void = Report.complain,
        toleratesAuthorities: Bool = false,
        _ body: (Workspace) async throws -> Value
    ) async throws -> Value {
        let workspace = try open(
            text,
            options,
            configuration: configuration,
            observe: observe,
            complain: complain,
            toleratesAuthorities: toleratesAuthorities
        )
        do {
            let value = try await body(workspace)
            await workspace.close()
            return value
        } catch {
            await workspace.close()
            throw error
        }
    }

    /// Ends what the workspace holds open.
    func close() async {
        await transport.shutDown()
    }

    /// The same for who closes it himself.
    static func open(
        _ text: ConfigurationText,
        _ options: GlobalOptions,
        configuration: Configuration? = nil,
        observe: @escaping @Sendable (Transfer) -> Void,
        complain: @escaping @Sendable (String) -> Void,
        toleratesAuthorities: Bool
    ) throws(CommandFailure) -> Workspace {
        var configuration = if let configuration { configuration } else { try text.read() }
        let logger = try LogFile.logger(options)
        let environment = ProcessEnvironment.variables
        var network = configuration.network
        if toleratesAuthorities, !network.hasReadableAuthorities { network.caFile = nil }
        let transport = try transport(network, logger, observe)
        let access = OperatorCredentials(
            variables: text.environment,
            configuration: configuration,
            transport: transport,
            time: SystemTime()
        )
        configuration.endpoints = try access.settings.completed(configuration.endpoints)
        let trust = RoleInspector(time: SystemTime(), connect: access.iam(of:))
        let sources = TokenSources(
            transport: transport,
            endpoints: configuration.endpoints,
            environment: .machine(variables: environment),
            time: SystemTime(),
            identities: configuration.identities
        )
        let historian = HistoryService(directory: text.stateDirectory, settings: configuration.history) {
            problem in
            complain(problem.description)
        }
        let tokens = TokenCache(sources: sources, time: SystemTime(), isKnown: historian.knows)
        let context = ExchangeContext(
            tokens: tokens,
            transport: transport,
            time: SystemTime(),
            logger: logger,
            endpointVariant: access.settings.variant,
            quota: RetryQuota(attempts: access.settings.attempts),
            trust: trust,
            environment: environment,
            keep: historian.keep
        )
        return Workspace(
            configuration: configuration,
            engine: Engine(configuration: configuration, context: context),
            transport: transport,
            sources: sources,
            tokens: tokens,
            historian: historian,
            trust: trust,
            access: access
        )
    }

    private static func transport(
        _ network: NetworkSettings,
        _ logger: Logger,
        _ observe: @escaping @Sendable (Transfer) -> Void
    ) throws(CommandFailure) -> HTTPTransport {
        do throws(TransportSetupError) {
            return try HTTPTransport(
                proxy: ProxyRoutes(proxy: network.proxy, exceptions: network.proxyExceptions),
                caFile: network.caFile,
                time: SystemTime(),
                logger: logger,
                observe: observe
            )
        } catch {
            throw CommandFailure(
                .configuration,
                code: "ca-file",
                telling: [error.description],
                fix: "Correct network.ca_file, AWS_CA_BUNDLE or SSL_CERT_FILE."
            )
        }
    }

    /// Where the watches of this process run; `exchange` makes one attempt.
    func watchSurroundings(
        drives: Bool = true,
        exchange: @escaping @Sendable (RoleMapping, ExchangeOptions) async -> ExchangeRecord
    ) -> WatchDependencies {
        let assignment = AssignmentDate(
            configuration: configuration,
            tokens: tokens,
            transport: transport,
            time: time
        )
        return WatchDependencies(
            holder: ProcessName.own.description,
            drives: drives,
            isGone: { ProcessName($0)?.isGone ?? false },
            assigned: { await assignment.of($0) },
            role: { [trust] mapping, token, age in
                let issuer = token?.claims.issuer
                return RoleExistence(
                    await trust.knowledge(of: mapping, issuer: issuer, noOlderThan: age),
                    of: mapping.roleARN
                )
            },
            exchange: exchange
        )
    }

    /// Enters a watch of a mapping whose set-up was just changed, for another process to go on with.
    func beginWatch(_ id: RoleMapping.ID) async {
        let now = time.now
        let pace = PropagationTiming(speed: configuration.watchSpeed)
        let lease = WatchLease(holder: ProcessName.own.description, until: now)
        let watch = Watch(of: id, at: now, pace: pace, changed: now)
        let kept = await historian.begin(watch, lease: lease, now: now)
        // One that runs already knows an older change.
        var begun = kept.watch
        _ = begun.event(.changed(now))
        if kept.lease == lease { _ = await historian.save(begun, lease: lease) }
        await historian.release(id, holder: lease.holder)
    }

    /// The mapping of that name.
    ///
    /// - Throws: ``CommandFailure`` that names the mappings there are.
    func mapping(_ name: String) throws(CommandFailure) -> RoleMapping {
        try configuration.requiredMapping(name)
    }
}
