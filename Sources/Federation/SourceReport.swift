/// Whether a token source can be used on this host, and why.
package struct SourceReport: Hashable, Sendable, Identifiable {
    package let kind: TokenSourceKind
    /// Whether it is the chosen one.
    package let isChosen: Bool
    /// The reason it is unusable; `nil` when it is usable.
    package let obstacle: String?
    /// The reason it was chosen: the configuration, or the variables that are set.
    package let reason: String?

    package init(kind: TokenSourceKind, isChosen: Bool, obstacle: String?, reason: String?) {
        self.kind = kind
        self.isChosen = isChosen
        self.obstacle = obstacle
        self.reason = reason
    }

    package var id: TokenSourceKind { kind }

    package var isUsable: Bool { obstacle == nil }
}

/// The token sources of a host; no token was requested.
package struct SourceSurvey: Hashable, Sendable {
    /// Every source, in the search order of `auto`, then those that only the configuration chooses.
    package let sources: [SourceReport]
    /// The source of each configured identity.
    package let identities: [ManagedIdentity.ID: SourceReport]
    /// The names of the variables that sources read and that are set; never their values.
    package let variables: [String]

    package init(
        sources: [SourceReport],
        identities: [ManagedIdentity.ID: SourceReport],
        variables: [String]
    ) {
        self.sources = sources
        self.identities = identities
        self.variables = variables
    }
}
