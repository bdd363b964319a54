/// The usability of a token source on this host.
package struct SourceReport: Hashable, Sendable, Identifiable {
    package let kind: TokenSourceKind
    package let isChosen: Bool
    /// The reason that the source is unusable; `nil` if it is usable.
    package let obstacle: String?
    /// The reason for the selection; `nil` if this source is not selected.
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

/// The token sources of a host, determined without requesting a token.
package struct SourceReportList: Hashable, Sendable {
    /// All sources: first the sources of `auto` in search order, and last the sources that need a configuration.
    package let sources: [SourceReport]
    /// The source of each configured identity.
    package let identities: [ManagedIdentity.ID: SourceReport]
    /// The names of the nonempty environment variables that at least one source reads.
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
