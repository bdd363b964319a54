package import AWS
package import Azure
import ConfigurationFile
import CredentialDelivery
package import ExchangeEngine
package import Federation
import FoundationEssentials
import Glibc
import Logging
import Propagation
package import Transport

/// The services that commands and the console share.
///
/// ``reload()`` replaces the current configuration, and the services read the current configuration at each use. New
/// settings of the network, the history, and the fleet take effect only after a restart.
package struct ApplicationContext: Sendable {
    /// The maximum time for storing records after a command has its result.
    private static let recordingLimit = Duration.seconds(2)

    package let configuration: LiveConfiguration
    package let engine: Engine
    package let transport: HTTPTransport
    package let tokens: TokenCache
    package let history: HistoryService
    /// Reads roles from IAM and caches the results.
    package let roles: RoleInspector
    /// Reads the Entra directory for explanations and caches the results.
    package let directory: DirectoryReader
    package let time: any TimeSource
    private let issuerKeys: IssuerKeys
    private let source: ConfigurationText
    private let options: ContextOptions
    private let currentSources: @Sendable () -> TokenSources

    /// Runs `body` with a context, then closes the context.
    ///
    /// - Parameters:
    ///   - options: The options of the command.
    ///   - text: The configuration's text; by default, the text of the file that `options` selects.
    ///   - configuration: The configuration that `text` describes; `nil` to parse the text.
    ///   - body: The work.
    /// - Returns: The value of `body`.
    /// - Throws: ``CommandFailure`` when the context cannot be opened; any error that `body` throws.
    package static func with<Value>(
        _ options: ContextOptions,
        text: ConfigurationText? = nil,
        configuration: Configuration? = nil,
        _ body: (ApplicationContext) async throws -> Value
    ) async throws -> Value {
        let text = if let text { text } else { try ConfigurationText.find(options) }
        let context = try open(text, options, configuration: configuration)
        do {
            let value = try await body(context)
            await context.close()
            return value
        } catch {
            await context.close()
            throw error
        }
    }

    /// Opens a context; the caller closes it.
    ///
    /// - Throws: ``CommandFailure`` when the configuration, the log, or a setting of the network or of an endpoint
    ///   cannot be used.
    package static func open(
        _ text: ConfigurationText,
        _ options: ContextOptions,
        configuration: Configuration? = nil,
        time: any TimeSource = SystemTime()
    ) throws(CommandFailure) -> ApplicationContext {
        let parsed = if let configuration { configuration } else { try text.read() }
        let logger = try LogFile.logger(options)
        let aws = OperatorCredentials.settings(text.variables, parsed)
        let completed = try aws.completing(parsed)
        let live = LiveConfiguration(completed, aws: aws)
        let transport = try transport(parsed.network, options, logger, time)
        let base = TokenSources(
            transport: transport,
            endpoints: completed.endpoints,
            environment: .machine(variables: options.variables),
            time: time,
            identities: completed.identities
        )
        let currentSources: @Sendable () -> TokenSources = {
            let current = live.current
            var sources = base
            sources.endpoints = current.endpoints
            sources.identities = current.identities
            return sources
        }
        let history = HistoryService(
            directory: text.stateDirectory,
            settings: completed.history,
            time: time,
            warn: options.warn
        )
        // `sources` and the later argument `authority` are autoclosures, so each use reads the live configuration.
        let tokens = TokenCache(sources: currentSources(), time: time) { await history.knows($0) }
        let credentials: @Sendable () -> OperatorCredentials = {
            OperatorCredentials(live, variables: text.variables, transport: transport, time: time)
        }
        let roles = RoleInspector(time: time) {
            await credentials().sending(with: transport.avoidingSilentHosts()).iam(of: $0)
        }
        return ApplicationContext(
            configuration: live,
            engine: Engine(
                configuration: live,
                context: ExchangeContext(
                    tokens: tokens,
                    transport: transport,
                    time: time,
                    logger: logger,
                    quota: RetryQuota(attempts: aws.attempts),
                    trust: roles,
                    environment: options.variables,
                    record: { history.record($0) }
                )
            ),
            transport: transport,
            tokens: tokens,
            history: history,
            roles: roles,
            directory: DirectoryReader(time: time),
            time: time,
            issuerKeys: IssuerKeys(
                transport: transport.avoidingSilentHosts(),
                authority: live.current.endpoints.authority,
                time: time
            ),
            source: text.withoutText,
            options: options,
            currentSources: currentSources
        )
    }

    private static func transport(
        _ settings: NetworkSettings,
        _ options: ContextOptions,
        _ logger: Logger,
        _ time: any TimeSource
    ) throws(CommandFailure) -> HTTPTransport {
        var network = settings
        if options.ignoresUnreadableCAFile, !network.hasReadableAuthorities { network.caFile = nil }
        do throws(TransportSetupError) {
            return try HTTPTransport(
                proxy: ProxyRoutes(proxy: network.proxy, exceptions: network.proxyExceptions),
                caFile: network.caFile,
                time: time,
                logger: logger,
                observe: options.observe
            )
        } catch {
            if case .tooFewDescriptors = error {
                throw CommandFailure(
                    .internalError,
                    code: "too-few-descriptors",
                    messagesWithFix: [error.description],
                    fix: "Raise the limit of open files: ulimit -n 256"
                )
            }
            throw CommandFailure(
                .configuration,
                code: "ca-file",
                messagesWithFix: [error.description],
                fix: "Correct network.ca_file, AWS_CA_BUNDLE, or SSL_CERT_FILE."
            )
        }
    }

    /// Waits up to two seconds until pending records are stored, and closes every connection.
    package func close() async {
        await flushHistory()
        await transport.shutDown()
    }

    /// Waits up to two seconds until pending records are stored; prints a warning if the time is too short.
    package func flushHistory() async {
        let isStored: Void? = await withDeadline(Self.recordingLimit, time: time) { [history] in
            await history.waitUntilStored()
        }
        guard isStored == nil else { return }
        options.warn(
            "The history did not store every exchange within \(DurationText.format(Self.recordingLimit)); "
                + "the remaining exchanges may not be recorded."
        )
    }

    /// Reads the configuration again and replaces the current configuration; an invalid file changes nothing.
    ///
    /// - Returns: The new configuration, and a warning if a change takes effect only after a restart.
    /// - Throws: ``CommandFailure`` with every problem.
    package func reload() async throws(CommandFailure) -> (configuration: Configuration, warning: String?) {
        let fresh = try source.reread().read()
        let aws = OperatorCredentials.settings(source.variables, fresh)
        let completed = try aws.completing(fresh)
        let previous = configuration.current
        configuration.replace(with: completed, aws: aws)
        if previous.endpoints != completed.endpoints { await tokens.removeAll() }
        await roles.removeAll()
        await directory.removeAll()
        let needsRestart =
            previous.network != completed.network || previous.history != completed.history
            || previous.fleet != completed.fleet
        return (
            completed,
            needsRestart
                ? "The settings under network:, history:, and fleet: take effect after a restart." : nil
        )
    }

    /// Returns the path of the configuration file and the first line of a mapping's entry; `nil` without a file.
    package func configurationLocation(of id: RoleMapping.ID?) -> (path: String, line: Int?)? {
        source.place(of: id)
    }

    /// The path of the configuration file, or a name such as `lab` for a configuration that is not in a file.
    package var origin: String { source.path }
    package var variables: [String: String] { options.variables }
    /// The directory of the history; `nil` for a configuration that is not in a file.
    var stateDirectory: String? { source.stateDirectory }
    /// Prints a warning that is not part of the output.
    var warn: @Sendable (String) -> Void { options.warn }
    /// The token sources of the current configuration.
    package var sources: TokenSources { currentSources() }

    /// The operator's own credentials for the current configuration.
    package var operatorCredentials: OperatorCredentials {
        OperatorCredentials(configuration, variables: source.variables, transport: transport, time: time)
    }

    /// The clients of both clouds for the current configuration.
    package var clients: CloudClients {
        CloudClients(
            configuration: configuration.current,
            tokens: tokens,
            transport: transport,
            aws: operatorCredentials,
            time: time
        )
    }

    /// The factory of provisioners for the current configuration.
    package var setupFactory: SetupFactory {
        SetupFactory(configuration: configuration.current, clients: clients, time: time)
    }

    /// The changes that setups on this host made.
    private var changeLog: SetupChangeLog { SetupChangeLog(directory: source.stateDirectory) }

    /// Records the progress of a write by a setup; explanations in later processes use the record.
    package func note(_ progress: SetupProgress, of mappings: [RoleMapping]) {
        changeLog.record(progress, of: mappings.map(\.id), at: time.now)
    }

    /// The service that finds existing objects in both clouds and on this host.
    package var discovery: DiscoveryService {
        DiscoveryService(
            configuration: configuration.current,
            clients: clients,
            sources: sources,
            variables: source.variables
        )
    }

    /// The service that collects evidence for explanations.
    package var explain: ExplainService {
        ExplainService(
            engine: engine,
            roles: roles,
            directory: directory,
            sources: sources,
            keys: issuerKeys,
            clients: clients,
            configuration: configuration.current,
            file: source.reference,
            variables: options.variables,
            watches: history,
            changeLog: changeLog,
            time: time
        )
    }

    /// Returns the mapping with a name.
    ///
    /// - Throws: ``CommandFailure`` for an unknown name.
    package func mapping(_ name: String) throws(CommandFailure) -> RoleMapping {
        if let mapping = configuration.mapping(name) { return mapping }
        return try configuration.current.requiredMapping(name)
    }

    /// Checks a token's signature against the keys that its issuer publishes.
    package func signature(of token: AccessToken) async -> TokenSignature {
        await issuerKeys.signature(of: token.rawValue)
    }

    /// Returns a URL that opens the AWS console with a mapping's credentials.
    ///
    /// - Throws: ``SignInError`` if AWS returns no sign-in token.
    package func signInURL(
        for mapping: RoleMapping,
        _ credentials: SessionCredentials
    ) async throws(SignInError) -> Secret {
        let endpoint = try SignInEndpoint(
            region: mapping.region,
            override: configuration.current.endpoints.signin
        )
        return try await SignInClient(transport: transport, endpoint: endpoint)
            .url(for: credentials, duration: mapping.duration)
    }

    /// Removes a mapping's credentials from the keyring, which other processes read.
    package func removeStoredCredentials(of mapping: RoleMapping) {
        let current = configuration.current
        CredentialCache(current, isEnabled: true, variables: options.variables, reportError: { _ in })
            .remove(mapping, of: current.identity(of: mapping))
    }

    /// Returns the dependencies of this process's watches; `exchange` makes one attempt.
    package func watchDependencies(
        isReadOnly: Bool = false,
        exchange: @escaping @Sendable (RoleMapping, ExchangeOptions) async -> ExchangeRecord
    ) -> WatchDependencies {
        WatchDependencies(
            holder: ProcessName.own.description,
            isReadOnly: isReadOnly,
            hasEnded: { ProcessName($0)?.hasEnded ?? false },
            assigned: { await AppRoleAssignmentLookup(clients)?.date(of: $0) },
            role: { [roles] mapping, token, age in
                let issuer = token?.claims.issuer
                return RoleExistence(
                    await roles.inspection(of: mapping, issuer: issuer, noOlderThan: age),
                    of: mapping.roleARN
                )
            },
            exchange: { mapping, options in
                // The watch pauses between attempts, so an attempt sends requests even to hosts that have just failed.
                await HTTPRequest.$triesFailedHosts.withValue(true) { await exchange(mapping, options) }
            }
        )
    }

    /// Forgets the failures of hosts; the next requests are sent even to hosts that have just failed.
    package func forgetFailedHosts() { transport.forgetFailures() }

    /// Stores a watch after a change of a mapping's setup; another process runs the watch.
    package func beginWatch(_ id: RoleMapping.ID) async {
        let now = time.now
        let timing = PropagationTiming(speed: configuration.current.watchSpeed)
        let lease = WatchLease(holder: ProcessName.own.description, until: now)
        let watch = Watch(of: id, at: now, timing: timing, changed: now)
        let stored = await history.begin(watch, lease: lease, now: now)
        // An earlier watch of the mapping has not recorded this change yet.
        var begun = stored.watch
        _ = begun.event(.changed(now))
        if stored.lease == lease { _ = await history.save(begun, lease: lease) }
        await history.release(id, holder: lease.holder)
    }
}

extension AWSSettings {
    /// Returns a copy in which AWS's variables and profiles supply the missing endpoints of STS and IAM.
    ///
    /// - Throws: ``CommandFailure`` when an address cannot be used.
    fileprivate func completing(_ configuration: Configuration) throws(CommandFailure) -> Configuration {
        var completed = configuration
        do throws(AWSEndpointError) {
            if completed.endpoints.sts == nil { completed.endpoints.sts = try address(of: .sts) }
            if completed.endpoints.iam == nil { completed.endpoints.iam = try address(of: .iam) }
        } catch {
            throw CommandFailure(
                .configuration,
                code: "endpoint",
                messagesWithFix: [error.description],
                fix: "Correct the address in the environment or the profile that contains it."
            )
        }
        return completed
    }
}

extension NetworkSettings {
    /// Whether the file of certificate authorities, if any, can be used.
    var hasReadableAuthorities: Bool {
        caFile.map(CertificateAuthorities.areReadable) ?? true
    }
}
