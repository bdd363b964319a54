// IAM shows the ID of a deleted role or user in place of its ARN, and refuses a new document that contains such an ID.

extension TrustPolicy {
    /// The IDs of deleted roles and users among the principals, in the document's order.
    package var deletedPrincipals: [String] {
        statements.flatMap { $0.principal.members[.aws, default: []] }.filter(\.isPrincipalID)
    }

    /// The policy without the IDs of deleted principals; `nil` if no statement would remain.
    ///
    /// A statement for deleted principals alone applies to no request and is removed.
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
