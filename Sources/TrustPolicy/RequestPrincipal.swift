package import Federation

/// The principal that requests to assume a role.
package enum RequestPrincipal: Hashable, Sendable {
    /// The ARN of the OIDC provider that issued the token; the provider is in the role's account.
    case federated(String)
    /// A session of another role, which calls AssumeRole.
    case session(RoleSessionPrincipal)
    /// An IAM user, by its ARN.
    case user(ARN)

    /// The ARN of the provider, the role, or the user, as in a policy.
    package var name: String {
        switch self {
        case .federated(let provider): provider
        case .session(let session): session.roleARN.description
        case .user(let arn): arn.description
        }
    }
}

/// A role's session as the principal of a request.
package struct RoleSessionPrincipal: Hashable, Sendable {
    package let roleARN: RoleARN
    package let sessionName: String

    package init(roleARN: RoleARN, sessionName: String) {
        self.roleARN = roleARN
        self.sessionName = sessionName
    }

    /// The session's ARN, which does not contain the role's path.
    package var arn: String {
        "arn:\(roleARN.partition.rawValue):sts::\(roleARN.account):assumed-role/\(roleARN.name)/\(sessionName)"
    }
}

/// The relation of a policy's principal element to a principal.
package enum PrincipalMatch: Hashable, Sendable {
    case none
    /// The element names the principal's account, so the principal's own policies must also allow the request.
    case account
    /// The element names the principal or includes every principal.
    case direct
}

extension PrincipalElement {
    /// Returns the element's relation to a principal; names are compared byte by byte, as in IAM.
    package func match(_ principal: RequestPrincipal) -> PrincipalMatch {
        if includesEveryone { return .direct }
        switch principal {
        case .federated(let provider):
            guard members[.federated] != nil else { return .none }
            if names(.federated, provider) { return .direct }
            return BuiltInProvider.name(ofProvider: provider).map { names(.federated, $0) } == true
                ? .direct : .none
        case .session(let session):
            if names(.aws, session.roleARN.description) || names(.aws, session.arn) { return .direct }
            return names(account: session.roleARN.account, in: session.roleARN.arn.partition)
                ? .account : .none
        case .user(let arn):
            if names(.aws, arn.description) { return .direct }
            return names(account: arn.account, in: arn.partition) ? .account : .none
        }
    }

    private func names(account: String, in partition: String) -> Bool {
        names(.aws, account) || names(.aws, "arn:\(partition):iam::\(account):root")
    }

    private func names(_ kind: Kind, _ text: String) -> Bool {
        members[kind]?.contains { $0.hasSameBytes(as: text) } ?? false
    }
}
