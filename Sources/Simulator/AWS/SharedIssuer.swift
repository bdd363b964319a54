import Federation
import TrustPolicy

/// An issuer whose tenants share one URL, so that a trust policy must select the tenant.
///
/// Source: IAM user guide, "Identity-provider controls for shared OIDC providers". An organization's own Entra
/// tenant is none: its URL names it.
enum SharedIssuer {
    /// A condition key that a statement must evaluate.
    struct Control: Hashable {
        /// The issuer's URL without its scheme.
        let issuer: String
        let key: String
    }

    /// The first control that a statement for such an issuer lacks; `nil` when it lacks none.
    static func unmetControl(in statement: TrustStatement) -> Control? {
        guard statement.effect == .allow, statement.action.matches("sts:AssumeRoleWithWebIdentity") else {
            return nil
        }
        return statement.principal.members[.federated, default: []].lazy.compactMap(control).first {
            control in
            !statement.conditions.contains { $0.evaluates(control.key) }
        }
    }

    /// The control of a federated principal: a provider's ARN, or the name of one that AWS knows by itself.
    private static func control(of principal: String) -> Control? {
        let resource = ARN(principal)?.resource
        let issuer = resource.map { String($0.dropFirst("oidc-provider/".count)) } ?? principal
        guard let rule = rules.first(where: { issuer == $0.issuer || issuer.hasPrefix($0.issuer + "/") })
        else {
            return nil
        }
        return Control(issuer: issuer, key: rule.claim.contains(":") ? rule.claim : "\(issuer):\(rule.claim)")
    }

    /// The claim or condition key that distinguishes the tenants of an issuer.
    private static let rules: [(issuer: String, claim: String)] = [
        ("agent.buildkite.com", "sub"),
        ("api.pulumi.com/oidc", "aud"),
        ("app.terraform.io", "sub"),
        ("cognito-identity.amazonaws.com", "aud"),
        ("gitlab.com", "sub"),
        ("oidc.vercel.com", "aud"),
        // Microsoft Sentinel's and Defender's own tenant, which serves every customer.
        ("sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d", "sts:RoleSessionName"),
        ("token.actions.githubusercontent.com", "sub"),
    ]
}

extension Condition {
    /// Whether it allows some values of the key but not all, and requires the key.
    fileprivate func evaluates(_ key: String) -> Bool {
        let positive: Set<Comparison> = [.stringEquals, .stringEqualsIgnoreCase, .stringLike]
        return self.key.lowercased() == key.lowercased() && positive.contains(`operator`.comparison)
            && !`operator`.ifExists && `operator`.quantifier != .forAllValues && !values.contains("*")
    }
}
