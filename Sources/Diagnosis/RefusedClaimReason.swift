import TrustPolicy

// The reasons for conditions with a wrong key that would refuse the request even with the correct key.

extension ConditionVerdict {
    /// Returns the reason that the condition fails, with advice but without a proposed change.
    ///
    /// Returns `nil` if ``refusedClaim`` is `nil`.
    func refusedReason(in context: DiagnosisContext) -> DenialReason? {
        guard let refusedClaim else { return nil }
        let found = refusedClaim.found.isEmpty ? "absent" : refusedClaim.found.joined(separator: ", ")
        return DenialReason(
            id: refusedClaim.causeID(isExclusion: isIgnoredExclusion, hasKey: correctKey != nil),
            summary: refusedClaim.summary(isExclusion: isIgnoredExclusion, hasKey: correctKey != nil),
            evidence:
                ": \(requirementText)\(nearMiss.map { "; \($0)" } ?? ""); the "
                + "\(refusedClaim.isOfAWSKey ? "request's" : "token's") \(refusedClaim.name) is \(found)",
            advice: isIgnoredExclusion && !refusedClaim.isOfAWSKey
                ? "" : refusedClaim.advice(on: condition, correctKey: correctKey, in: context)
        )
    }

    /// The correct key for a misspelled key; `nil` if AWS has no key for the claim.
    private var correctKey: String? {
        guard let refusedClaim else { return nil }
        if refusedClaim.isOfAWSKey { return refusedClaim.name }
        return switch nearMiss {
        case .keySlash(let key), .keyForm(let key), .keyPrefix(_, let key), .keyBlank(_, let key),
            .misspelledClaim(let key):
            key
        default: nil
        }
    }
}

extension RefusedClaim {
    fileprivate func causeID(isExclusion: Bool, hasKey: Bool) -> String {
        if isOfAWSKey { return "condition-key-name" }
        if isExclusion { return "sub-excluded" }
        if identifiesCaller { return "sub-mismatch" }
        if name == "aud" { return "aud-mismatch" }
        return hasKey ? "condition-key-claim" : "condition-key-unsupported"
    }

    fileprivate func summary(isExclusion: Bool, hasKey: Bool) -> String {
        if isOfAWSKey { return "The condition key is misspelled, so no request has the key." }
        if isExclusion { return "The condition excludes the token's identity." }
        if identifiesCaller { return "The role trusts another identity." }
        if name == "aud" { return "The trust policy requires a different audience." }
        return hasKey
            ? "The condition key has a mistake, and the token does not have the required value of \(name)."
            : "The condition requires a value of \(name) that the token does not have, and AWS cannot test this claim."
    }

    /// Returns the small difference between a condition's value and the claim (for example, in letter case), if any.
    private func nearMiss(of condition: Condition) -> NearMiss? {
        condition.values.lazy.flatMap { value in
            found.lazy.compactMap { NearMiss(betweenRequired: value, found: $0, ofClaim: name) }
        }.first
    }

    /// Returns advice that does not make the condition allow this token.
    fileprivate func advice(
        on condition: Condition,
        correctKey: String?,
        in context: DiagnosisContext
    ) -> String {
        let isEntra = context.issuerKind.isEntra
        switch name {
        case _ where identifiesCaller:
            let value =
                ["sub", "oid"].contains(name)
                ? condition.values.joined(separator: " or ") : "its \(isEntra ? "object ID" : "sub")"
            return
                "To trust the identity that the policy names, the condition must test \(context.providerKey("sub")) "
                + "with \(value)."
        case "aud":
            // The value may be another application's audience, so the advice does not propose another value.
            guard let correctKey, let nearMiss = nearMiss(of: condition) else { return "" }
            return
                "With the key \(correctKey), \(nearMiss). Decide whether the statement is meant for the token's audience."
        case _ where correctKey != nil:
            return
                "The correct key is \(correctKey ?? name). Even with the correct key, the "
                + "\(isOfAWSKey ? "request" : "token") does not meet the condition."
        case "roles" where isEntra:
            return
                "Even if AWS could test this claim, the token would not meet the condition. To require an app role, set "
                + "appRoleAssignmentRequired of the enterprise application in Entra to true."
        default: return "Even if AWS could test this claim, the token would not meet the condition."
        }
    }
}
