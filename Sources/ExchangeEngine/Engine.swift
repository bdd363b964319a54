import AWS
package import Azure
package import Federation
import FoundationEssentials
package import Logging
package import Transport

/// Runs exchanges in timed steps: *token*, *claims*, *trust*, *exchange*, *caller*, and *probe*.
///
/// A mapping with `via` has a hub, another mapping whose credentials assume the role. With a hub, *assume* follows
/// *exchange*.
package actor Engine {
    private let configuration: LiveConfiguration
    private let context: ExchangeContext
    private let hubs: HubSessions
    private var exchangeCount = 0

    package init(configuration: LiveConfiguration, context: ExchangeContext) {
        self.configuration = configuration
        self.context = context
        hubs = HubSessions(time: context.time)
    }

    /// Runs one exchange with the live configuration; `report` receives each step when the step ends.
    ///
    /// A failed step ends the exchange, and the remaining steps are skipped. Writing the record to the history does
    /// not delay the result.
    package func exchange(
        _ mapping: RoleMapping,
        options: ExchangeOptions = ExchangeOptions(),
        report: @escaping @Sendable (StepRecord) -> Void = { _ in }
    ) async -> Exchange {
        exchangeCount += 1
        let current = configuration.current
        let steps = ExchangeSteps(
            mapping: mapping,
            identity: current.identity(of: mapping),
            endpoints: current.endpoints,
            endpointVariant: configuration.aws.variant,
            options: options,
            context: context,
            hubs: hubs,
            isHub: configuration.isHub(mapping.id)
        )
        let number = exchangeCount
        let exchange = await HTTPRequest.$mapping.withValue(mapping.id) {
            await steps.run(number: number, report: report)
        }
        // A failure of a canceled exchange is not recorded, because the history would show the mapping as failed.
        guard !Task.isCancelled || exchange.record.failure == nil else { return exchange }
        log(exchange.record)
        context.record(exchange.record)
        return exchange
    }

    /// Returns a token for a mapping, without an exchange.
    ///
    /// - Throws: ``TokenSourceError`` from the source.
    package func token(
        for mapping: RoleMapping,
        force: Bool = false
    ) async throws(TokenSourceError) -> TokenCache.Entry {
        let identity = configuration.current.identity(of: mapping)
        let request = TokenRequest(identity: identity, audience: mapping.audience)
        return try await context.tokens.token(for: request, force: force)
    }

    /// Stores a hub's credentials from an earlier process, for the exchanges of the hub's spokes.
    package func adopt(_ credentials: SessionCredentials, of hub: RoleMapping) async {
        let note =
            "Credentials of \(hub.id) from the keyring, valid until \(credentials.expiration.utcText)."
        let steps = ExchangeStep.steps(isChained: hub.hub != nil).filter { ![.caller, .probe].contains($0) }
        let session = ObtainedSession(
            steps: steps.map { StepRecord(step: $0, outcome: .skipped, duration: .zero, note: note) },
            at: context.time.uptime,
            credentials: credentials
        )
        await hubs.adopt(session, for: key(of: hub))
    }

    /// The usable credentials of a hub that this engine obtained or adopted, if any.
    package func credentials(ofHub hub: RoleMapping) async -> SessionCredentials? {
        await hubs.credentials(of: key(of: hub))
    }

    /// Drops a hub's session; later exchanges of the hub's spokes obtain a new session.
    package func removeSession(ofHub id: RoleMapping.ID) async {
        await hubs.removeAll(of: id)
    }

    private func key(of hub: RoleMapping) -> HubSessions.Key {
        HubSessions.Key(hub, configuration.current.identity(of: hub))
    }

    private func log(_ record: ExchangeRecord) {
        context.logger.info(
            "exchange",
            metadata: [
                "mapping": "\(record.mapping)", "role": "\(record.roleARN)",
                "outcome": "\(record.outcome.rawValue)",
                "ms": "\(record.duration.milliseconds)", "code": "\(record.failure?.code ?? "none")",
                "token": "\(record.token?.fingerprint ?? "none")",
                "request-id": "\(record.steps.last { $0.requestID != nil }?.requestID ?? "none")",
            ]
        )
    }
}

/// The services that all exchanges share.
package struct ExchangeContext: Sendable {
    package let tokens: TokenCache
    package let transport: HTTPTransport
    package let time: any TimeSource
    package let logger: Logger
    /// The retry budget that all exchanges share.
    package let quota: RetryQuota
    /// The cached inspections of roles; an exchange reads only the cache, unless `readsTrust` is set.
    package let trust: RoleInspector?
    /// The variables that a probe command inherits.
    package let environment: [String: String]
    /// Receives the record of each exchange, except a canceled exchange that failed.
    ///
    /// The closure must return immediately, because the exchange waits for the closure before returning the
    /// credentials.
    package let record: @Sendable (ExchangeRecord) -> Void

    package init(
        tokens: TokenCache,
        transport: HTTPTransport,
        time: any TimeSource,
        logger: Logger,
        quota: RetryQuota = RetryQuota(),
        trust: RoleInspector? = nil,
        environment: [String: String],
        record: @escaping @Sendable (ExchangeRecord) -> Void = { _ in }
    ) {
        self.tokens = tokens
        self.transport = transport
        self.time = time
        self.logger = logger
        self.quota = quota
        self.trust = trust
        self.environment = environment
        self.record = record
    }
}

/// The result of an exchange: its record, which contains no secrets, and the secrets.
package struct Exchange: Sendable {
    package let record: ExchangeRecord
    /// The credentials that STS issued, even when a later step failed.
    package let credentials: SessionCredentials?
    package let token: AccessToken?

    package init(record: ExchangeRecord, credentials: SessionCredentials?, token: AccessToken?) {
        self.record = record
        self.credentials = credentials
        self.token = token
    }
}

/// The options of one exchange.
package struct ExchangeOptions: Hashable, Sendable {
    /// Whether to request a token from the source even if one is cached.
    package var forcesToken: Bool
    /// Whether to verify the credentials with GetCallerIdentity and the probe.
    package var verifies: Bool

    /// Whether to read the trust policy from IAM if it is not cached; `false` if the exchange must not wait for IAM.
    package var readsTrust: Bool

    /// The maximum age at which the source's last token or error is reused; if `nil`, the token cache decides.
    package var tokenAge: Duration?

    /// Whether the options restrict the use of cached tokens.
    var bypassesCache: Bool { forcesToken || tokenAge != nil }

    package init(
        forcesToken: Bool = false,
        verifies: Bool = true,
        readsTrust: Bool = false,
        tokenAge: Duration? = nil
    ) {
        self.forcesToken = forcesToken
        self.verifies = verifies
        self.readsTrust = readsTrust
        self.tokenAge = tokenAge
    }
}
