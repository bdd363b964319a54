import Diagnosis
import Drawing
import Federation
import TrustPolicy

/// The result of comparing a claim with the configuration or with the trust policy.
enum ClaimCheck: Hashable, Sendable {
    /// The configuration or the trust policy does not restrict the claim.
    case free
    /// The requirement is not known yet.
    case unknown
    case matches
    /// The claim conflicts with these values (for example, the trust policy denies these values).
    case differs(ConditionValueRole, String)

    var line: Line {
        switch self {
        case .free: Line("–", .faint)
        case .unknown: Line("?", .faint)
        case .matches: Line("✓", .good)
        case .differs(let role, let values):
            (Line("✕ \(role.verb) ", .bad) + Line(values, .bad)).orShort(Line("✕ differs", .bad))
        }
    }

    /// Whether the claim conflicts with the configuration or the trust policy.
    var isDifferent: Bool {
        if case .differs = self { true } else { false }
    }
}

/// Compares the claims of a token with the configuration and with the role's trust policy.
struct ClaimChecks {
    let mapping: RoleMapping
    let identity: ManagedIdentity?
    let claims: Claims
    /// The evaluation of the trust policy for this token; `nil` before the evaluation.
    let trust: TrustPanelModel?

    /// Returns the comparison of a claim with the configuration.
    func configuration(_ name: String) -> ClaimCheck {
        switch name {
        case "sub", "oid": compare(name, with: identity?.principalID)
        case "appid", "azp": compare(name, with: identity?.clientID)
        case "tid": compare(name, with: identity?.tenantID)
        case "aud":
            claims.audiences.contains(mapping.audience) ? .matches : .differs(.required, mapping.audience)
        case "iss":
            identity?.tenantID.map { tenant -> ClaimCheck in
                claims.issuer?.lowercased().contains(tenant.lowercased()) == true
                    ? .matches : .differs(.required, "tenant \(tenant)")
            } ?? .free
        case "roles":
            mapping.appRole.map { role -> ClaimCheck in
                claims.roles.contains(role) ? .matches : .differs(.required, role)
            } ?? .free
        default: .free
        }
    }

    private func compare(_ name: String, with wanted: String?) -> ClaimCheck {
        guard let wanted else { return .free }
        return claims.payload[name]?.string?.lowercased() == wanted.lowercased()
            ? .matches : .differs(.required, wanted)
    }

    /// Returns the comparison of a claim with the deciding statement of the trust policy.
    func trustPolicy(_ name: String) -> ClaimCheck {
        guard let trust, trust.evidence.token.claims == claims, let verdict = trust.explanation.verdict else {
            return ["sub", "aud", "azp", "iss"].contains(name) ? .unknown : .free
        }
        guard let index = verdict.decidingStatement, verdict.statements.indices.contains(index) else {
            return .free
        }
        let statement = verdict.statements[index]
        if name == "iss" { return principal(of: statement, at: index, in: trust) }
        // If the token has azp, AWS compares the condition key aud with azp, and the condition key oaud with aud.
        let key = name == "azp" ? "aud" : name == "aud" && claims.authorizedParty != nil ? "oaud" : name
        let tested = statement.conditions.filter { OIDCKey($0.condition.key)?.name.lowercased() == key }
        guard let condition = tested.first(where: { $0.outcome != .yes }) ?? tested.first else {
            return .free
        }
        switch condition.outcome {
        case .yes where statement.effect == .allow: return .matches
        case .unknown: return .unknown
        // If the conditions of a Deny statement are met, the statement denies the call.
        case .yes, .no:
            let test = condition.condition
            let role = ConditionValueRole(in: statement.effect, isNegated: test.operator.comparison.isNegated)
            return .differs(role, test.values.joined(separator: " or "))
        }
    }

    private func principal(of statement: StatementVerdict, at index: Int, in trust: TrustPanelModel)
        -> ClaimCheck
    {
        if statement.matchesPrincipal { return .matches }
        guard case .parsed(let policy) = trust.evidence.policy, policy.statements.indices.contains(index)
        else {
            return .unknown
        }
        let named = policy.statements[index].principal.members[.federated, default: []]
        return .differs(.required, named.map { ARN($0)?.resource ?? $0 }.joined(separator: " or "))
    }
}
