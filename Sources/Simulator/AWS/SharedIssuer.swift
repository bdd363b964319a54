import Federation
import TrustPolicy

/// An issuer with one URL for all its tenants, so a trust policy must restrict the tenant.
///
/// An organization's own Entra tenant is not a shared issuer, because its URL contains the tenant ID.
///
/// Source: IAM user guide, "Identity-provider controls for shared OIDC providers".
enum SharedIssuer {
    /// A condition key that every statement for a shared issuer must restrict.
    struct Control: Hashable {
        /// The URL of the issuer, without its scheme.
        let issuer: String
        let key: String
    }

    /// Returns the first control that a statement lacks; `nil` if no control is missing.
    static func unmetControl(in statement: TrustStatement) -> Control? {
        guard statement.effect == .allow, statement.action.matches("sts:AssumeRoleWithWebIdentity") else {
            return nil
        }
        return statement.principal.members[.federated, default: []].lazy.compactMap(control).first {
            control in
            !statement.conditions.contains { $0.evaluates(control.key) }
        }
    }

    /// Returns the control for a provider ARN or for the name of a provider built into AWS.
    private static func control(of principal: String) -> Control? {
        let resource = ARN(principal)?.resource
        let issuer = resource.map { String($0.dropFirst("oidc-provider/".count)) } ?? principal
        guard let rule = rules.first(where: { issuer == $0.issuer || issuer.hasPrefix($0.issuer + "/") })
        else {
            return nil
        }
        return Control(issuer: issuer, key: rule.claim.contains(":") ? rule.claim : "\(issuer):\(rule.claim)")
    }

    /// The claim or condition key that distinguishes the tenants of each issuer.
    private static let rules: [(issuer: String, claim: String)] = [
        ("agent.buildkite.com", "sub"),
        ("api.pulumi.com/oidc", "aud"),
        ("app.terraform.io", "sub"),
        ("cognito-identity.amazonaws.com", "aud"),
        ("gitlab.com", "sub"),
        ("oidc.vercel.com", "aud"),
        // All customers of Microsoft Sentinel and Defender share this tenant.
        ("sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d", "sts:RoleSessionName"),
        ("token.actions.githubusercontent.com", "sub"),
    ]
}

extension Condition {
    /// Whether the condition requires a value of the key and does not accept `*`.
    fileprivate func evaluates(_ key: String) -> Bool {
        let positive: Set<Comparison> = [.stringEquals, .stringEqualsIgnoreCase, .stringLike]
        return self.key.lowercased() == key.lowercased() && positive.contains(`operator`.comparison)
            && !`operator`.ifExists && `operator`.quantifier != .forAllValues && !values.contains("*")
    }
}
