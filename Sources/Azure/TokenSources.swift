package import Federation
package import Transport

/// Every way to get a token on this host; makes the one that serves an identity.
package struct TokenSources: Sendable {
    /// Where the clouds are; a reload of the configuration replaces it.
    package var endpoints: Endpoints
    /// All that are configured, for one may name another as its proof; a reload replaces them.
    package var identities: [ManagedIdentity]
    let environment: SourceEnvironment
    private let transport: HTTPTransport
    private let time: any TimeSource
    /// One for the host: its instance metadata service bears five requests at once and twenty a second.
    private let imdsGate: RequestGate

    /// Knows this host.
    ///
    /// - Parameters:
    ///   - transport: How sources are asked.
    ///   - endpoints: Where the clouds are.
    ///   - environment: What of the host decides.
    ///   - time: The clock of pauses and of expiry.
    ///   - identities: All that are configured; one may name another as its proof.
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
        let site = site(of: identity)
        return switch choice(for: identity).kind {
        case .imds, .auto: try IMDSSource(site, gate: imdsGate)
        case .appService: try AppServiceSource(site)
        case .azureArc: try AzureArcSource(site)
        case .azureML: try AzureMLSource(site)
        case .cloudShell: try CloudShellSource(site)
        case .serviceFabric: try ServiceFabricSource(site)
        case .workloadIdentity: try workloadIdentity(site)
        case .clientSecret: try ClientSecretSource(site)
        case .clientCertificate: try ClientCertificateSource(site)
        case .azureCLI: CommandSource(azureCLI: site)
        case .command: try CommandSource(site)
        case .file: try FileSource(site)
        }
    }

    /// The claims of the federated token that proves an identity of a pod; `nil` where there is none to read.
    package func assertion(of identity: ManagedIdentity) -> Claims? {
        let file = identity.settings.tokenFile ?? environment.value("AZURE_FEDERATED_TOKEN_FILE")
        guard choice(for: identity).kind == .workloadIdentity, identity.settings.federatedIdentity == nil,
            let file, let text = try? BoundedFile.text(file, limit: WorkloadIdentitySource.fileSize)
        else { return nil }
        return try? Claims(decoding: Secret(text))
    }

    /// Whether the instance metadata service answers here.
    func hasInstanceMetadata() async -> Bool {
        let source = try? IMDSSource(site(of: ManagedIdentity(id: "", source: .imds)), gate: imdsGate)
        return await source?.answers() ?? false
    }

    private func site(of identity: ManagedIdentity) -> SourceSite {
        SourceSite(
            identity: identity,
            transport: transport,
            endpoints: endpoints,
            environment: environment,
            time: time
        )
    }

    private func workloadIdentity(_ site: SourceSite) throws(TokenSourceError) -> any TokenSource {
        guard let name = site.identity.settings.federatedIdentity else {
            return try WorkloadIdentitySource(site)
        }
        guard let other = identities.first(where: { $0.id == name }), other.settings.federatedIdentity == nil
        else {
            throw .unavailable(
                source: .workloadIdentity,
                missing: "an identity \(name) with a source of its own"
            )
        }
        return try WorkloadIdentitySource(site, trusting: other, try source(for: other))
    }
}
