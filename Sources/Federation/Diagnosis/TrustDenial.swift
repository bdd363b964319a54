/// Why no statement of a trust policy lets a token in, and how it would.
struct TrustDenial {
    let policy: TrustPolicy
    let verdict: TrustVerdict
    let examination: Examination

    /// One finding for the principal, one for the action, one for each condition of the statement that came nearest.
    var findings: [Finding] {
        guard let index = verdict.decidingStatement else { return [.blocking(noAllowance)] }
        let statement = verdict.statements[index]
        var causes: [Cause] = []
        if !statement.matchesPrincipal { causes.append(principalCause(index)) }
        if !statement.matchesAction { causes.append(actionCause(index)) }
        causes += statement.conditions.filter { $0.outcome == .no }.map { cause(of: $0, index: index) }
        return causes.map { .blocking($0) }
    }

    private var noAllowance: Cause {
        Cause(
            "no-allow",
            "No statement of the trust policy allows anything.",
            evidence: "all \(policy.statements.count) statements are Deny",
            fix:
                "Add a statement with Effect Allow for the provider, sts:AssumeRoleWithWebIdentity, aud and sub."
        )
    }

    private var provider: String { examination.federatedPrincipal ?? "" }

    private func principalCause(_ index: Int) -> Cause {
        let named = policy.statements[index].principal.members[.federated, default: []]
        let evidence =
            "Statement[\(index)] trusts \(named.isEmpty ? "no OIDC provider" : named.joined(separator: ", ")); "
            + "the token's provider is \(provider)"
        let fix = correction("Name the provider.")
        let wanted = ARN(provider)
        let arns = named.compactMap(ARN.init)
        if named.contains(where: { $0.droppingFinalSlash == provider.droppingFinalSlash }) {
            return Cause(
                "principal-slash",
                "The Federated ARN differs by its final slash.",
                evidence: evidence,
                fix: fix
            )
        }
        if arns.contains(where: { $0.resource == wanted?.resource }) {
            return Cause(
                "principal-account",
                "The Federated ARN names a provider in another account or partition.",
                evidence: evidence,
                fix: fix
            )
        }
        if arns.contains(where: {
            OIDCKey("\($0.resource.dropFirst("oidc-provider/".count)):aud")?.isOfEntra == true
        }) {
            return Cause(
                "principal-tenant",
                "The Federated ARN names a provider of another tenant or token version.",
                evidence: evidence,
                fix: fix
            )
        }
        return Cause(
            "principal-mismatch",
            "The statement does not trust the token's provider.",
            evidence: evidence,
            fix: fix
        )
    }

    private func actionCause(_ index: Int) -> Cause {
        let action = policy.statements[index].action
        return Cause(
            "action-mismatch",
            "The statement does not allow sts:AssumeRoleWithWebIdentity.",
            evidence: "Statement[\(index)] has \(action.elementName) \(action.names.joined(separator: ", "))",
            fix: correction("Allow the action.")
        )
    }

    private func cause(of condition: ConditionVerdict, index: Int) -> Cause {
        let nearMiss = condition.nearMiss
        let evidence = "Statement[\(index)]: \(condition.text)" + (nearMiss.map { "; \($0)" } ?? "")
        let (id, summary) = nearMiss?.causeTitle ?? condition.causeTitle
        return Cause(
            id,
            summary,
            evidence: evidence,
            fix: condition.advice ?? correction("If this identity is to be let in:")
        )
    }

    /// The command that stores the policy with what stands in the way put right.
    private func correction(_ sentence: String) -> String {
        guard
            let corrected = PolicyCorrection(policy: policy, verdict: verdict, examination: examination)
                .policy
        else {
            return "\(sentence) Change the condition to what the request carries."
        }
        let role = examination.request.roleARN?.name ?? "ROLE"
        return
            "\(sentence) aws iam update-assume-role-policy --role-name \(ShellWord.posix(role)) --policy-document "
            + ShellWord.posix(corrected.document.compactText)
    }
}

extension NearMiss {
    /// The stable name and the one sentence of a cause.
    fileprivate var causeTitle: (id: String, summary: String) {
        switch self {
        case .keySlash:
            ("condition-key-slash", "The condition key differs from the provider's URL by its slash.")
        case .otherIssuer:
            ("condition-key-issuer", "The condition key is of another issuer than the token's.")
        case .unsupportedClaim: ("condition-key-unsupported", "AWS makes no condition key of this claim.")
        case .finalSlash: ("value-final-slash", "The value differs by a final slash.")
        case .letterCase: ("value-case", "The value differs by the case of letters.")
        case .blanks: ("value-blanks", "The value differs by blanks.")
        case .uriForGUID: ("value-uri-for-guid", "The policy has a URI where the token has a GUID.")
        case .guidForURI: ("value-guid-for-uri", "The policy has a GUID where the token has a URI.")
        case .clientID:
            ("sub-is-client-id", "The policy has the identity's client id where its object id belongs.")
        case .authorizedParty: ("aud-is-not-azp", "AWS compares the token's azp, and the policy has its aud.")
        case .wildcardUnderEquals:
            ("wildcard-under-equals", "A wildcard stands under StringEquals, where it is a plain character.")
        case .setOperatorMissing:
            ("set-operator-missing", "The request has several values and the condition no set operator.")
        case .variableInOldVersion: ("variable-in-old-version", "The policy's version knows no variables.")
        }
    }
}

extension ConditionVerdict {
    /// The stable name and the one sentence of a cause without a near miss.
    fileprivate var causeTitle: (id: String, summary: String) {
        if found.isEmpty { return ("key-absent", "The request does not carry the condition's key.") }
        switch OIDCKey(condition.key)?.name.lowercased() ?? condition.key.lowercased() {
        case "sub": return ("sub-mismatch", "The policy names other identities than the token's.")
        case "aud": return ("aud-mismatch", "The policy names other audiences than the token's.")
        case "sts:rolesessionname":
            return ("session-name-mismatch", "The policy demands another session name.")
        case "aws:sourceip": return ("source-ip-mismatch", "The policy demands another source address.")
        case "aws:currenttime", "aws:epochtime":
            return ("outside-dates", "The policy's time has passed or not yet come.")
        default: return ("condition-failed", "A condition of the trust policy does not match.")
        }
    }

    /// What to do where the policy may be right and the request wrong.
    fileprivate var advice: String? {
        switch condition.foldedKey {
        case "sts:rolesessionname":
            "Set the mapping's session_name to what the policy demands (\(condition.values.joined(separator: " or "))), or "
                + "add \(found.joined(separator: ", ")) to the policy."
        case "aws:sourceip":
            "Exchange from an address in \(condition.values.joined(separator: ", ")), or add this one to the policy."
        default: nil
        }
    }
}
