import TrustPolicy

extension ConditionVerdict {
    /// The condition with what it required and found, in one line.
    var text: String {
        let required = condition.values.joined(separator: " or ")
        let seen =
            outcome == .unknown ? "not known here" : found.isEmpty ? "absent" : found.joined(separator: ", ")
        return "\(condition.operator) on \(condition.key) requires \(required); the request's is \(seen)"
    }

    /// Why it did not pass, and what would make it.
    var reason: TrustDenial.Reason {
        TrustDenial.Reason(
            id: nearMiss?.title.id ?? title.id,
            summary: nearMiss?.title.summary ?? title.summary,
            evidence: text + (nearMiss.map { "; \($0)" } ?? ""),
            advice: nearMiss?.advice ?? advice
        )
    }

    /// The stable name and the one sentence of a cause without a near miss.
    private var title: (id: String, summary: String) {
        if found.isEmpty { return ("key-absent", "The request does not carry the condition's key.") }
        switch name {
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

    private var advice: String {
        let required = condition.values.joined(separator: " or ")
        let carried = found.joined(separator: ", ")
        if found.isEmpty {
            return
                "Remove the condition: a token of Entra's never brings \(condition.key), whatever its value."
        }
        switch name {
        case "sub": return "If this identity is to be let in, add its object id \(carried)."
        case "aud": return "If tokens for this audience are to be let in, add \(carried)."
        case "sts:rolesessionname":
            return
                "Set the mapping's session_name to what the policy demands (\(required)), or add \(carried) to it."
        case "aws:sourceip": return "Exchange from an address in \(required), or add \(carried)."
        case "aws:currenttime", "aws:epochtime": return "Change the dates of the condition."
        default: return "Change the condition, or what the request carries (\(carried))."
        }
    }

    /// The claim of a provider's key, or the key itself, in lower case.
    private var name: String {
        OIDCKey(condition.key)?.name.lowercased() ?? condition.foldedKey
    }
}

extension NearMiss {
    /// The stable name and the one sentence of a cause.
    fileprivate var title: (id: String, summary: String) {
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

    fileprivate var advice: String {
        switch self {
        case .keySlash(let correct), .otherIssuer(let correct): "Write the key as \(correct)."
        case .unsupportedClaim: "Test sub in its place, which is the identity's object id."
        case .finalSlash(let found), .letterCase(let found), .blanks(let found), .uriForGUID(let found),
            .guidForURI(let found):
            "Write the value as \(found)."
        case .clientID(let found): "If this identity is to be let in, write its object id \(found)."
        case .authorizedParty(let found): "Write \(found), and move the aud to the provider's :oaud."
        case .wildcardUnderEquals: "Use StringLike."
        case .setOperatorMissing: "Put ForAnyValue: before the operator."
        case .variableInOldVersion: "Set \"Version\" to \"2012-10-17\"."
        }
    }
}
