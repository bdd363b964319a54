package import Federation
package import Transport

/// Every way to get a token on this host; makes the one that serves an identity.
package struct TokenSources: Sendable {
    /// Where the clouds are; a reload of the configuration replaces it.
    package var endpoints: Endpoints
    private let transport: HTTPTransport
    private let environment: SourceEnvironment
    private let time: any TimeSource
    /// One for the host: its instance metadata service bears five requests at once and twenty a second.
    private let imdsGate: RequestGate

    package init(
        transport: HTTPTransport,
        endpoints: Endpoints,
        environment: SourceEnvironment,
        time: any TimeSource
    ) {
        self.transport = transport
        self.endpoints = endpoints
        self.environment = environment
        self.time = time
        imdsGate = RequestGate(concurrent: 5, perSecond: 20, time: time)
    }

    /// Which source serves an identity here, and what decided it.
    package func choice(for identity: ManagedIdentity) -> SourceChoice {
        SourceChoice(for: identity, environment)
    }

    /// The source that serves an identity here.
    ///
    /// - Parameter identity: Whose tokens are wanted; its `source` names one, or `auto`.
    /// - Returns: A source that has asked nobody yet.
    /// - Throws: ``TokenSourceError/unavailable(source:missing:)`` when the host or the identity lacks what
    ///   the source needs.
    package func source(for identity: ManagedIdentity) throws(TokenSourceError) -> any TokenSource {
        let kind = choice(for: identity).kind
        switch kind {
        case .imds:
            return IMDSSource(
                base: endpoints.imds,
                endpoint: endpoint(.imds, .imds, identity, gate: imdsGate)
            )
        default:
            throw .unavailable(source: kind, missing: "support for it in this build")
        }
    }

    private func endpoint(
        _ kind: TokenSourceKind,
        _ rules: RetryRules,
        _ identity: ManagedIdentity,
        gate: RequestGate? = nil
    ) -> TokenEndpoint {
        var endpoint = TokenEndpoint(kind: kind, transport: transport, time: time, rules: rules, gate: gate)
        if let timeout = identity.settings.timeout { endpoint.limit = timeout }
        return endpoint
    }
}
