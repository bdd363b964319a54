/// Whether a token source can be used on this host, and why.
package struct SourceReport: Hashable, Sendable, Identifiable {
    package let kind: TokenSourceKind
    /// Whether it is the one that is asked.
    package let isChosen: Bool
    /// What stands in the way; `nil` when it can be asked.
    package let obstacle: String?
    /// What decided that it is asked: the configuration, or the variables that are set.
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

/// What a look at a host's token sources found; nobody was asked for a token.
package struct SourceSurvey: Hashable, Sendable {
    /// Every source, in the order in which `auto` looks, those that only the configuration chooses after them.
    package let sources: [SourceReport]
    /// The source of each identity that is configured.
    package let identities: [ManagedIdentity.ID: SourceReport]
    /// The names of the variables that are set here and that sources read; never their values.
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
