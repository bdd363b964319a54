import AWS
package import Azure
package import Federation
import Foundation
package import Logging
package import Transport

/// Runs exchanges in six steps, each timed and with its own outcome: token, claims, trust, exchange, caller, probe.
package actor Engine {
    private let configuration: LiveConfiguration
    private let context: ExchangeContext
    private var exchangeCount = 0

    package init(configuration: LiveConfiguration, context: ExchangeContext) {
        self.configuration = configuration
        self.context = context
    }

    /// Runs one exchange by the configuration in force; `report` receives each step as it ends.
    ///
    /// A step that fails ends the exchange; the later ones are then skipped. The record is handed to the history
    /// without waiting for it.
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
            context: context
        )
        let exchange = await steps.run(number: exchangeCount, report: report)
        log(exchange.record)
        context.record(exchange.record)
        return exchange
    }

    /// A token of the mapping's identity for its audience, without any exchange.
    ///
    /// - Throws: ``TokenSourceError`` of the source.
    package func token(
        for mapping: RoleMapping,
        force: Bool = false
    ) async throws(TokenSourceError) -> TokenCache.Entry {
        let identity = configuration.current.identity(of: mapping)
        let request = TokenRequest(identity: identity, audience: mapping.audience)
        return try await context.tokens.token(for: request, force: force)
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
    /// The retries that all exchanges together may spend.
    package let quota: RetryQuota
    /// The roles read from IAM; an exchange only looks them up.
    package let trust: RoleInspector?
    /// The variables that a probe inherits.
    package let environment: [String: String]
    /// Receives the record of every exchange, and must return at once: credentials never wait for it.
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

/// The result of an exchange: a record without secrets, and the secrets.
package struct Exchange: Sendable {
    package let record: ExchangeRecord
    /// The credentials that STS issued, even when a later step failed.
    package let credentials: SessionCredentials?
    /// The token that the source issued.
    package let token: AccessToken?

    package init(record: ExchangeRecord, credentials: SessionCredentials?, token: AccessToken?) {
        self.record = record
        self.credentials = credentials
        self.token = token
    }
}

/// The options of one exchange.
package struct ExchangeOptions: Hashable, Sendable {
    /// Whether the source is asked for a token even when one is cached here.
    package var forcesToken: Bool
    /// Whether the credentials are verified by GetCallerIdentity and the probe.
    package var verifies: Bool

    /// The greatest age of the token source's answer, refusals included; `nil` leaves it to the cache.
    package var tokenAge: Duration?

    /// Whether a cached token does not suffice.
    var asksAnew: Bool { forcesToken || tokenAge != nil }

    package init(forcesToken: Bool = false, verifies: Bool = true, tokenAge: Duration? = nil) {
        self.forcesToken = forcesToken
        self.verifies = verifies
        self.tokenAge = tokenAge
    }
}
