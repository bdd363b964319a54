import TrustPolicy

// The reasons that conditions fail that name another identity, or other values than the token's, by a key that the
// request does not have.

extension ConditionVerdict {
    /// The reason that the condition fails, without a change that would allow the token; `nil` if the condition refuses no
    /// claim.
    func refusedReason(in context: DiagnosisContext) -> DenialReason? {
        guard let refusedClaim else { return nil }
        let found = refusedClaim.found.isEmpty ? "absent" : refusedClaim.found.joined(separator: ", ")
        return DenialReason(
            id: refusedClaim.causeID(isExclusion: isIgnoredExclusion),
            summary: refusedClaim.summary(isExclusion: isIgnoredExclusion),
            evidence:
                ": \(requirementText)\(nearMiss.map { "; \($0)" } ?? ""); the token's \(refusedClaim.name) is \(found)",
            advice: isIgnoredExclusion ? "" : refusedClaim.advice(on: condition, in: context)
        )
    }
}

extension RefusedClaim {
    fileprivate func causeID(isExclusion: Bool) -> String {
        if isExclusion { return "sub-excluded" }
        if identifiesCaller { return "sub-mismatch" }
        return name == "aud" ? "aud-mismatch" : "condition-key-unsupported"
    }

    fileprivate func summary(isExclusion: Bool) -> String {
        if isExclusion { return "The condition excludes this identity." }
        if identifiesCaller { return "The role trusts another identity." }
        return name == "aud"
            ? "The trust policy requires a different audience."
            : "The condition requires a value of \(name) that the token does not have, and AWS cannot test this claim."
    }

    /// The advice, which does not allow this token.
    fileprivate func advice(on condition: Condition, in context: DiagnosisContext) -> String {
        let isEntra = context.issuerKind.isEntra
        switch name {
        case _ where identifiesCaller:
            let value =
                ["sub", "oid"].contains(name)
                ? condition.values.joined(separator: " or ") : "its \(isEntra ? "object ID" : "sub")"
            return
                "To trust the identity that the policy names, the condition must test \(context.providerKey("sub")) "
                + "with \(value)."
        case "aud": return ""
        case "roles" where isEntra:
            return
                "The token would not meet the condition if AWS could test it. To require an app role, set "
                + "appRoleAssignmentRequired of the enterprise application in Entra to true."
        default: return "The token would not meet the condition if AWS could test it."
        }
    }
}
