package import Federation
package import Transport

/// A way to obtain tokens on this host.
package protocol TokenSource: Sendable {
    var kind: TokenSourceKind { get }

    /// Requests a token for the identity and audience of the request.
    ///
    /// The token is not verified; ``TokenCheck`` compares it with the request.
    ///
    /// - Throws: ``TokenSourceError`` after the source's own retries.
    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken
}

/// The token sources of this host.
package struct TokenSources: Sendable {
    /// The endpoints of the clouds; replaced when the configuration is reloaded.
    package var endpoints: Endpoints
    /// The configured identities; replaced when the configuration is reloaded.
    ///
    /// An identity may refer to another identity through `federated_identity`.
    package var identities: [ManagedIdentity]
    let environment: SourceEnvironment
    let transport: HTTPTransport
    let time: any TimeSource
    /// The limiter for IMDS, which accepts 5 concurrent requests and 20 per second.
    let imdsLimiter: RequestLimiter

    package init(
        transport: HTTPTransport,
        endpoints: Endpoints,
        environment: SourceEnvironment,
        time: any TimeSource,
        identities: [ManagedIdentity] = []
    ) {
        self.transport = transport
        self.endpoints = endpoints
        self.environment = environment
        self.time = time
        self.identities = identities
        imdsLimiter = RequestLimiter(concurrent: 5, perSecond: 20, time: time)
    }

    /// Returns the source of an identity on this host, and the reason for the selection.
    package func choice(for identity: ManagedIdentity) -> SourceChoice {
        SourceChoice(for: identity, environment)
    }

    /// Creates the source of an identity on this host without sending a request.
    ///
    /// - Throws: ``TokenSourceError/unavailable(source:reason:)`` if the host or the identity lacks something that
    ///   the source requires.
    package func source(for identity: ManagedIdentity) throws(TokenSourceError) -> any TokenSource {
        try SourceDeclaration.of(choice(for: identity).kind).make(context(of: identity))
    }

    /// Returns the claims of the federated token in the identity's token file, if any.
    package func assertion(of identity: ManagedIdentity) -> Claims? {
        guard choice(for: identity).kind == .workloadIdentity, identity.settings.federatedIdentity == nil,
            let file = WorkloadIdentitySource.file(context(of: identity)),
            let text = try? BoundedFile.text(file, limit: TokenAnswer.size)
        else { return nil }
        return try? Claims(decoding: Secret(text))
    }

    /// Reports the known obstacles to each token source and to the source of each configured identity.
    ///
    /// No token is requested. Only the instance metadata service receives a request (see ``IMDSSource/isReachable()``).
    package func survey() async -> SourceReportList {
        let hasMetadata = await hasInstanceMetadata()
        let chosen = choice(for: Self.probe(.auto))
        let reports = SourceDeclaration.all.map { declaration in
            SourceReport(
                kind: declaration.kind,
                isChosen: declaration.kind == chosen.kind,
                obstacle: obstacle(declaration, hasMetadata: hasMetadata),
                reason: declaration.kind == chosen.kind ? chosen.reason : nil
            )
        }
        let identities = identities.map { ($0.id, report(for: $0, hasMetadata: hasMetadata)) }
        return SourceReportList(
            sources: reports,
            identities: Dictionary(identities) { first, _ in first },
            variables: environment.sourceVariables
        )
    }

    private func hasInstanceMetadata() async -> Bool {
        let source = try? IMDSSource(context(of: Self.probe(.imds)))
        return await source?.isReachable() ?? false
    }

    private func report(for identity: ManagedIdentity, hasMetadata: Bool) -> SourceReport {
        let choice = choice(for: identity)
        let declaration = SourceDeclaration.of(choice.kind)
        return SourceReport(
            kind: choice.kind,
            isChosen: true,
            obstacle: obstacle(declaration, of: identity, hasMetadata: hasMetadata),
            reason: choice.reason
        )
    }

    /// Returns the reason that a source cannot work for an identity without settings, if any.
    private func obstacle(_ declaration: SourceDeclaration, hasMetadata: Bool) -> String? {
        if declaration.requiresDetection, !environment.detects(declaration) {
            let names = declaration.detectionVariables.joined(separator: " and ")
            return "neither the variables \(names) nor the agent's files exist"
        }
        return obstacle(declaration, of: Self.probe(declaration.kind), hasMetadata: hasMetadata)
    }

    private func obstacle(
        _ declaration: SourceDeclaration,
        of identity: ManagedIdentity,
        hasMetadata: Bool
    ) -> String? {
        if let missing = missing(for: identity) { return missing }
        if declaration.kind == .imds, !hasMetadata { return "the service does not respond" }
        return declaration.obstacle(context(of: identity))
    }

    /// Returns the missing variable or setting that the source requires, if any.
    private func missing(for identity: ManagedIdentity) -> String? {
        do throws(TokenSourceError) {
            _ = try source(for: identity)
            return nil
        } catch {
            if case .unavailable(_, let reason) = error { return reason }
            return error.description
        }
    }

    private func context(of identity: ManagedIdentity) -> SourceContext {
        SourceContext(identity: identity, sources: self)
    }

    /// Returns an identity with the given source and no other settings.
    private static func probe(_ kind: TokenSourceKind) -> ManagedIdentity {
        ManagedIdentity(id: "", source: kind)
    }
}
