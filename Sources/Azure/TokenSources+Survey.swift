package import Federation

// What the host offers.
extension TokenSources {
    /// The order in which `auto` looks, then the sources that only the configuration chooses.
    private static let order: [TokenSourceKind] = [
        .workloadIdentity, .serviceFabric, .appService, .azureML, .cloudShell, .azureArc, .imds,
        .clientSecret, .clientCertificate, .azureCLI, .command, .file,
    ]

    /// Looks at every source of the host and at that of each configured identity, and asks nobody for a token.
    ///
    /// Only the instance metadata service is asked, without its header, whether it is there.
    package func survey() async -> SourceSurvey {
        let hasMetadata = await hasInstanceMetadata()
        let chosen = choice(for: Self.probe(.auto))
        let sources = Self.order.map { kind in
            SourceReport(
                kind: kind,
                isChosen: kind == chosen.kind,
                obstacle: obstacle(kind, hasMetadata: hasMetadata),
                reason: kind == chosen.kind ? chosen.reason : nil
            )
        }
        let reports = identities.map { ($0.id, report(for: $0, hasMetadata: hasMetadata)) }
        return SourceSurvey(
            sources: sources,
            identities: Dictionary(reports) { first, _ in first },
            variables: environment.announcements
        )
    }

    private func report(for identity: ManagedIdentity, hasMetadata: Bool) -> SourceReport {
        let choice = choice(for: identity)
        return SourceReport(
            kind: choice.kind,
            isChosen: true,
            obstacle: missing(for: identity) ?? absence(choice.kind, of: identity, hasMetadata: hasMetadata),
            reason: choice.reason
        )
    }

    /// What stands in the way of a source for an identity that names nothing but it.
    private func obstacle(_ kind: TokenSourceKind, hasMetadata: Bool) -> String? {
        let probe = Self.probe(kind)
        if let missing = missing(for: probe) { return missing }
        if kind == .azureArc, choice(for: Self.probe(.auto)).kind != .azureArc {
            return "IDENTITY_ENDPOINT and IMDS_ENDPOINT, or the agent, are missing"
        }
        return absence(kind, of: probe, hasMetadata: hasMetadata)
    }

    /// What of the host a source lacks.
    private func absence(_ kind: TokenSourceKind, of identity: ManagedIdentity, hasMetadata: Bool) -> String?
    {
        switch kind {
        case .imds where !hasMetadata:
            return "nothing answers at its address"
        case .azureCLI where !environment.hasProgram("az"):
            return "the program az is missing"
        case .command:
            return identity.settings.command.first.flatMap {
                environment.hasProgram($0) ? nil : "the program \($0) is missing"
            }
        case .file, .workloadIdentity:
            let isFederated = identity.settings.federatedIdentity != nil
            let file = identity.settings.tokenFile ?? environment.value("AZURE_FEDERATED_TOKEN_FILE")
            guard !isFederated, let file, !environment.fileExists(file) else { return nil }
            return "the file \(file) is missing"
        default:
            return nil
        }
    }

    /// What the identity or the variables lack before the source can even be asked.
    private func missing(for identity: ManagedIdentity) -> String? {
        do throws(TokenSourceError) {
            _ = try source(for: identity)
            return nil
        } catch {
            if case .unavailable(_, let missing) = error { return "\(missing) is missing" }
            return error.description
        }
    }

    /// An identity that names nothing but a source.
    private static func probe(_ kind: TokenSourceKind) -> ManagedIdentity {
        ManagedIdentity(id: "", source: kind)
    }
}
