// In a stored policy, IAM replaces the ARN of a deleted role or user by an ID (for example, `AROA…`). IAM refuses a new
// document with this ID.

extension TrustPolicy {
    /// The principals that are IDs of deleted roles or users, in the document's order.
    package var deletedPrincipals: [String] {
        statements.flatMap { $0.principal.members[.aws, default: []] }.filter(\.isPrincipalID)
    }

    /// The policy without the IDs of deleted principals; `nil` if no statement would remain.
    ///
    /// A statement that has only deleted principals is removed, because the statement applies to no request.
    package var withoutDeletedPrincipals: TrustPolicy? {
        guard !deletedPrincipals.isEmpty else { return self }
        let rest = statements.compactMap(\.withoutDeletedPrincipals)
        return rest.isEmpty ? nil : replacingStatements(by: rest)
    }
}

extension TrustStatement {
    fileprivate var withoutDeletedPrincipals: TrustStatement? {
        guard principal.hasDeletedPrincipal else { return self }
        return keeping(.aws, principal.members[.aws, default: []].filter { !$0.isPrincipalID })
    }
}

extension PrincipalElement {
    fileprivate var hasDeletedPrincipal: Bool { members[.aws, default: []].contains(where: \.isPrincipalID) }
}

extension String {
    /// Whether the text begins like the unique ID of a role or a user.
    package var isPrincipalID: Bool { hasPrefix("AROA") || hasPrefix("AIDA") }
}
