package import Federation

/// Whether a source can be used here, and why.
package struct SourceReport: Hashable, Sendable, Identifiable {
    package let kind: TokenSourceKind
    /// Whether it is the one that is asked.
    package let isChosen: Bool
    /// What stands in the way; `nil` when it can be asked.
    package let obstacle: String?
    /// What decided that it is asked: the configuration, or the variables that are set.
    package let reason: String?

    package var id: TokenSourceKind { kind }

    package var isUsable: Bool { obstacle == nil }

    /// The order in which `auto` looks, then the sources that only the configuration chooses.
    static let order: [TokenSourceKind] = [
        .workloadIdentity, .serviceFabric, .appService, .azureML, .cloudShell, .azureArc, .imds,
        .clientSecret,
        .clientCertificate, .azureCLI, .command, .file,
    ]

    /// An identity that names nothing but a source.
    static func probe(_ kind: TokenSourceKind) -> ManagedIdentity {
        ManagedIdentity(id: "", source: kind)
    }
}
