package import Federation
package import Transport

/// A way to obtain tokens on this host.
package protocol TokenSource: Sendable {
    var kind: TokenSourceKind { get }

    /// Obtains a token of the request's identity for the request's audience.
    ///
    /// The token is not checked here: ``TokenCheck`` compares it with the request.
    ///
    /// - Throws: ``TokenSourceError`` after the source's own retries.
    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken
}

/// The token sources of this host.
package struct TokenSources: Sendable {
    /// The addresses of the clouds; replaced when the configuration is reloaded.
    package var endpoints: Endpoints
    /// The configured identities, of which one may be the proof of another; replaced on reload.
    package var identities: [ManagedIdentity]
    let environment: SourceEnvironment
    let transport: HTTPTransport
    let time: any TimeSource
    /// One per host: its instance metadata service accepts 5 concurrent requests and 20 per second.
    let imdsGate: RequestGate

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
        imdsGate = RequestGate(concurrent: 5, perSecond: 20, time: time)
    }

    /// Returns the source that serves an identity on this host, and the reason for it.
    package func choice(for identity: ManagedIdentity) -> SourceChoice {
        SourceChoice(for: identity, environment)
    }

    /// Creates the source that serves an identity on this host, without sending a request.
    ///
    /// - Throws: ``TokenSourceError/unavailable(source:missing:)`` when the host or the identity lacks what the
    ///   source requires.
    package func source(for identity: ManagedIdentity) throws(TokenSourceError) -> any TokenSource {
        try SourceDeclaration.of(choice(for: identity).kind).make(site(of: identity))
    }

    /// Returns the claims of the federated token that proves a pod's identity; `nil` if there is none to read.
    package func assertion(of identity: ManagedIdentity) -> Claims? {
        guard choice(for: identity).kind == .workloadIdentity, identity.settings.federatedIdentity == nil,
            let file = WorkloadIdentitySource.file(site(of: identity)),
            let text = try? BoundedFile.text(file, limit: TokenAnswer.size)
        else { return nil }
        return try? Claims(decoding: Secret(text))
    }

    /// Reports whether each source of the host, and that of each configured identity, is usable.
    ///
    /// No token is requested; only the instance metadata service is probed, without its required header.
    package func survey() async -> SourceSurvey {
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
        return SourceSurvey(
            sources: reports,
            identities: Dictionary(identities) { first, _ in first },
            variables: environment.announcements
        )
    }

    /// Whether the instance metadata service answers on this host.
    private func hasInstanceMetadata() async -> Bool {
        let source = try? IMDSSource(site(of: Self.probe(.imds)))
        return await source?.answers() ?? false
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

    /// Returns the obstacle to a source for an identity that is configured with nothing but it.
    private func obstacle(_ declaration: SourceDeclaration, hasMetadata: Bool) -> String? {
        if declaration.needsAnnouncement, choice(for: Self.probe(.auto)).kind != declaration.kind {
            return "\(declaration.announcement.joined(separator: " and ")), or the agent, are missing"
        }
        return obstacle(declaration, of: Self.probe(declaration.kind), hasMetadata: hasMetadata)
    }

    private func obstacle(
        _ declaration: SourceDeclaration,
        of identity: ManagedIdentity,
        hasMetadata: Bool
    ) -> String? {
        if let missing = missing(for: identity) { return missing }
        if declaration.kind == .imds, !hasMetadata { return "nothing answers at its address" }
        return declaration.obstacle(site(of: identity))
    }

    /// Returns the variable or setting without which the source cannot be created.
    private func missing(for identity: ManagedIdentity) -> String? {
        do throws(TokenSourceError) {
            _ = try source(for: identity)
            return nil
        } catch {
            if case .unavailable(_, let missing) = error { return "\(missing) is missing" }
            return error.description
        }
    }

    private func site(of identity: ManagedIdentity) -> SourceSite {
        SourceSite(identity: identity, sources: self)
    }

    /// Returns an identity that is configured with nothing but a source.
    private static func probe(_ kind: TokenSourceKind) -> ManagedIdentity {
        ManagedIdentity(id: "", source: kind)
    }
}
