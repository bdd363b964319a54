package import Federation

/// A token's claims beside those of another token.
package struct ClaimComparison: Hashable, Sendable {
    /// Where the other claims come from.
    package enum Source: Hashable, Sendable {
        /// The last other token of the mapping that the history knows of.
        case previous(than: String)
        /// A file with a token or its claims.
        case file(String)
    }

    /// Whose claims are compared.
    let mapping: RoleMapping.ID
    /// What the others are called.
    let title: String
    let claims: Claims

    package init(mapping: RoleMapping.ID, title: String, claims: Claims) {
        self.mapping = mapping
        self.title = title
        self.claims = claims
    }
}
