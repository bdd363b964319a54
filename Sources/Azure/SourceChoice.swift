package import Federation

/// Which source serves an identity, and why that one.
package struct SourceChoice: Hashable, Sendable {
    package let kind: TokenSourceKind
    /// What decided: the configuration, the variables that are set, or that none is.
    package let reason: String

    /// The source that the identity names, or the first that this host's variables announce.
    ///
    /// Workload identity comes first, then the order of Microsoft's libraries, the instance metadata
    /// service last.
    init(for identity: ManagedIdentity, _ environment: SourceEnvironment) {
        guard identity.source == .auto else {
            kind = identity.source
            reason = "the configuration says source: \(identity.source.rawValue)"
            return
        }
        let found = Self.rules.first { rule in rule.variables.allSatisfy { environment.value($0) != nil } }
        if let found {
            kind = found.kind
            let names = found.variables.joined(separator: ", ")
            reason = found.variables.count == 1 ? "\(names) is set" : "\(names) are set"
        } else if let agent = Self.agents.first(where: environment.fileExists) {
            kind = .azureArc
            reason = "\(agent) exists"
        } else {
            kind = .imds
            reason = "no variable names another source"
        }
    }

    /// The variables that announce a source, in the order they are looked at.
    private static let rules: [(kind: TokenSourceKind, variables: [String])] = [
        (.workloadIdentity, ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"]),
        (.serviceFabric, ["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT"]),
        (.appService, ["IDENTITY_ENDPOINT", "IDENTITY_HEADER"]),
        (.azureML, ["MSI_ENDPOINT", "MSI_SECRET"]),
        (.cloudShell, ["MSI_ENDPOINT"]),
        (.azureArc, ["IDENTITY_ENDPOINT", "IMDS_ENDPOINT"]),
    ]

    /// Where the libraries look for the Arc agent's program, each in its own place.
    private static let agents = ["/opt/azcmagent/bin/himds", "/var/opt/azcmagent/bin/himds"]
}
