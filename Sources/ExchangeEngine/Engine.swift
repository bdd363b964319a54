package import AWS
package import Azure
package import Federation
import Foundation
package import Logging
package import Transport

/// Runs exchanges: token, claims, trust, exchange, caller, probe, each timed, each with its own outcome.
package actor Engine {
    private var configuration: Configuration
    private var exchangeCount = 0
    private let context: ExchangeContext

    package init(configuration: Configuration, context: ExchangeContext) {
        self.configuration = configuration
        self.context = context
    }

    /// Uses another configuration from the next exchange on; tokens that are at hand stay.
    package func use(_ configuration: Configuration, sources: TokenSources) async {
        self.configuration = configuration
        await context.tokens.use(sources)
    }

    /// Runs one exchange; `report` hears of each step as it ends.
    ///
    /// A step that fails ends the exchange; the later ones are then skipped.
    package func exchange(
        _ mapping: RoleMapping,
        options: ExchangeOptions = ExchangeOptions(),
        report: @escaping @Sendable (StepRecord) -> Void = { _ in }
    ) async -> Exchange {
        exchangeCount += 1
        let number = exchangeCount
        let identity = configuration.identity(mapping.identity) ?? ManagedIdentity(id: mapping.identity)
        let steps = ExchangeSteps(
            mapping: mapping,
            identity: identity,
            endpoints: configuration.endpoints,
            options: options,
            context: context
        )
        let exchange = await steps.run(number: number, report: report)
        log(exchange.record)
        await context.keep(exchange.record)
        return exchange
    }

    /// A token of the mapping's identity for its audience, without any exchange.
    ///
    /// - Throws: ``TokenSourceError`` of the source.
    package func token(
        for mapping: RoleMapping,
        force: Bool = false
    ) async throws(TokenSourceError) -> TokenCache.Entry {
        let identity = configuration.identity(mapping.identity) ?? ManagedIdentity(id: mapping.identity)
        let request = TokenRequest(identity: identity, audience: mapping.audience)
        return try await context.tokens.token(for: request, force: force)
    }

    /// Which token sources this host offers, and which one serves each identity; nobody is asked for a token.
    package func survey() async -> SourceSurvey {
        await context.tokens.survey()
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

/// What every exchange of a run shares.
package struct ExchangeContext: Sendable {
    package let tokens: TokenCache
    package let transport: HTTPTransport
    package let time: any TimeSource
    package let logger: Logger
    /// Which of AWS's public endpoints are meant.
    package let endpointVariant: AWSEndpoint.Variant
    /// What all exchanges together may spend on repeating calls.
    package let quota: RetryQuota
    /// What is known of roles beside their files; the exchange itself never fills it.
    package let trust: RoleInspector?
    /// What a probe's environment starts from.
    package let environment: [String: String]
    /// Hears of every exchange when it has ended, before whoever asked for it does.
    package let keep: @Sendable (ExchangeRecord) async -> Void

    package init(
        tokens: TokenCache,
        transport: HTTPTransport,
        time: any TimeSource,
        logger: Logger,
        endpointVariant: AWSEndpoint.Variant = [],
        quota: RetryQuota = RetryQuota(),
        trust: RoleInspector? = nil,
        environment: [String: String],
        keep: @escaping @Sendable (ExchangeRecord) async -> Void = { _ in }
    ) {
        self.tokens = tokens
        self.transport = transport
        self.time = time
        self.logger = logger
        self.endpointVariant = endpointVariant
        self.quota = quota
        self.trust = trust
        self.environment = environment
        self.keep = keep
    }
}
