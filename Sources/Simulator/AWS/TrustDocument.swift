import Federation
import FoundationEssentials
import TrustPolicy

/// The validation of trust policies before IAM stores them.
extension IAMRequest {
    /// Refuses a document that IAM would not store.
    ///
    /// Checks the grammar first. For each statement, checks the principals and the required conditions for shared
    /// issuers.
    func checkTrust(_ document: String) throws(AWSFault) {
        let policy: TrustPolicy
        do {
            policy = try TrustPolicy(parsing: document)
        } catch {
            throw AWSFault(error.code == "LimitExceeded" ? 409 : 400, error.code, error.message)
        }
        for statement in policy.statements {
            for name in statement.principal.members[.aws, default: []] where !exists(name) {
                throw .invalidPrincipal("AWS", name)
            }
            for name in statement.principal.members[.service, default: []] where !Self.isService(name) {
                throw .invalidPrincipal("SERVICE", name)
            }
            if let control = SharedIssuer.unmetControl(in: statement) { throw .missingControl(control) }
        }
    }

    /// Whether IAM accepts the principal in a policy.
    ///
    /// Accounts, users, and roles must exist. A new role may not be visible yet, because the check has STS's
    /// replication delay. For a role session, the role must exist.
    private func exists(_ name: String) -> Bool {
        guard name != "*" else { return true }
        guard let arn = ARN(name) else {
            return account(name) != nil
                || allAccounts.contains { $0.entities(at: now).contains { $0.id == name } }
        }
        guard arn.partition == "aws", arn.region.isEmpty, let account = account(arn.account) else {
            return false
        }
        switch (arn.service, arn.resource) {
        case ("iam", "root"): return true
        case ("iam", _): return account.entities(at: now).contains { $0.arn == name }
        case ("sts", let resource):
            let parts = resource.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count >= 2, !parts.contains("") else { return false }
            switch parts[0] {
            case "assumed-role":
                return parts.count == 3 && account.role(String(parts[1]), for: .sts, at: now) != nil
            case "federated-user": return parts.count == 2
            default: return false
            }
        default: return false
        }
    }

    /// Whether the name has the form of a service principal, such as `ec2.amazonaws.com`.
    private static func isService(_ name: String) -> Bool {
        name.wholeMatch(of: #/[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|aws\.internal)/#) != nil
    }
}

extension IAMAccount {
    /// The users and roles of the account, as visible to STS.
    ///
    /// A policy can name an entity by its ARN or by its unique ID.
    fileprivate func entities(at now: Date) -> [(arn: String, id: String)] {
        users.values.map { ($0.arn, $0.id) } + roles.values(for: .sts, at: now).map { ($0.arn, $0.id) }
    }
}

extension AWSFault {
    fileprivate static func invalidPrincipal(_ kind: String, _ name: String) -> AWSFault {
        AWSFault(400, "MalformedPolicyDocument", "Invalid principal in policy: \"\(kind)\":\"\(name)\"")
    }

    /// The error for a missing restriction; AWS documents the rule, but not the message.
    fileprivate static func missingControl(_ control: SharedIssuer.Control) -> AWSFault {
        AWSFault(
            400,
            "MalformedPolicyDocument",
            "The trust policy must evaluate \(control.key) for the shared OIDC provider \(control.issuer)."
        )
    }
}
