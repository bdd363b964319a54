import Federation
import TrustPolicy

/// The reasons that no statement of a trust policy allows a token, and the changes that would allow the token.
struct TrustDenial {
    let policy: TrustPolicy
    let verdict: TrustVerdict
    let context: DiagnosisContext

    /// The causes in the Allow statement that is closest to a match.
    ///
    /// The principal, the action, and each failed condition can be a cause. One proposal corrects all causes, and the
    /// first cause has the command of the proposal. A statement for other principals has a single cause, because that
    /// statement should not change for this token.
    var causes: [Cause] {
        let proposal = Result { () throws(NoProposal) in
            let proposal = try PolicyProposal(for: verdict, in: context)
            return ProposedChange(policy: proposal.policy, advice: proposal.advice)
        }
        guard let index = verdict.decidingStatement else { return [noAllowStatement(proposal)] }
        let principal = principalMismatch(index)
        let reasons = reasons(index, principal)
        let fixes = DenialFixes(proposal, for: reasons, in: index, context)
        return reasons.enumerated().map { order, reason in
            Cause(
                reason.id,
                reason.summary,
                evidence: "Statement[\(index)]\(reason.evidence)",
                fix: order == 0 || context.withheldChange != nil
                    ? fixes.fix(for: reason, after: principal?.transition ?? "Alternatively")
                    : fixes.furtherFix(for: reason)
            )
        }
    }

    /// The changes that the causes describe in sentences; empty if the changes fail ``PolicyEdit/check(_:of:in:)``.
    var describedEdits: [PolicyEdit] {
        guard let index = verdict.decidingStatement else { return [] }
        let edits = reasons(index, principalMismatch(index)).compactMap(\.edit)
        return PolicyEdit.refusal(of: edits, in: index, context) == nil ? edits : []
    }

    private func principalMismatch(_ index: Int) -> PrincipalMismatch? {
        verdict.statements[index].matchesPrincipal
            ? nil : PrincipalMismatch(verdict.statements[index], in: policy, context)
    }

    private func reasons(_ index: Int, _ principal: PrincipalMismatch?) -> [DenialReason] {
        let statement = verdict.statements[index]
        let reason = [principal?.reason].compactMap(\.self)
        guard principal?.isForOthers != true else { return reason }
        // AWS ignores an exclusion if no request has the key, but the exclusion is a decision of the policy's author.
        let exclusions = statement.conditions.filter { $0.outcome == .yes && $0.isIgnoredExclusion }
        return reason + (statement.matchesAction ? [] : [actionReason(index)])
            + (statement.failedConditions + exclusions).map {
                $0.reason(in: policy.statements[index], context)
            }
    }

    private func noAllowStatement(_ proposal: Result<ProposedChange, NoProposal>) -> Cause {
        let reason = DenialReason(
            id: "no-allow",
            summary: "The trust policy has no Allow statement.",
            evidence: policy.denyOnlyText,
            advice: "Decide which identities may assume the role: each of them needs an Allow statement."
        )
        let fixes = DenialFixes(proposal, for: [reason], in: 0, context)
        return Cause(reason.id, reason.summary, evidence: reason.evidence, fix: fixes.fix(for: reason))
    }

    private func actionReason(_ index: Int) -> DenialReason {
        let action = policy.statements[index].action
        return DenialReason(
            id: "action-mismatch",
            summary: "Statement[\(index)] of the trust policy does not allow sts:AssumeRoleWithWebIdentity.",
            evidence: " has \(action.elementName) \(action.names.joined(separator: ", "))",
            edit: PolicyEdit(
                words:
                    "Add sts:AssumeRoleWithWebIdentity to the actions if the statement is meant for this token.",
                part: .actions(["sts:AssumeRoleWithWebIdentity"])
            )
        )
    }
}

/// The reason that the principals of a statement do not include a token's provider.
private struct PrincipalMismatch {
    let reason: DenialReason
    /// Whether the statement is for principals other than the token's provider.
    let isForOthers: Bool
    /// The adverb before a proposed statement: `Instead` or `Alternatively`.
    let transition: String

    init(_ outcome: StatementVerdict, in policy: TrustPolicy, _ context: DiagnosisContext) {
        let index = outcome.index
        let statement = policy.statements[index]
        let provider = context.federatedPrincipal ?? ""
        let named = statement.principal.members[.federated, default: []]
        let callers = statement.principal.members[.aws, default: []]
        if statement.principal.namesOnlyUsers {
            isForOthers = true
            transition = "Alternatively"
            reason = DenialReason(
                id: "principal-mismatch",
                summary: "The role trusts only IAM users.",
                evidence: " allows \(statement.action.names.joined(separator: ", ")) to "
                    + "\(callers.joined(separator: ", ")), and no OIDC provider"
            )
            return
        }
        if named.isEmpty, !callers.isEmpty, !statement.action.matches("sts:AssumeRoleWithWebIdentity") {
            isForOthers = true
            transition = "Alternatively"
            reason = DenialReason(
                id: "role-chaining",
                summary: "The role trusts only AWS principals: it is intended for role chaining.",
                evidence: " allows \(statement.action.names.joined(separator: ", ")) to "
                    + "\(callers.joined(separator: ", ")), and no OIDC provider",
                advice:
                    "Create a mapping for the trusted role, and set `via` of "
                    + "\(context.request.mapping.map { "`\($0)`" } ?? "this role's mapping") to the new mapping: "
                    + "cambist then assumes this role with the trusted role's credentials."
            )
            return
        }
        let arns = named.compactMap(ARN.init).filter { $0.resource.hasPrefix("oidc-provider/") }
        let own = ARN(provider)
        let difference = context.claims?.issuer.flatMap { issuer in
            IssuerDifference.smallest(
                of: arns.map { String($0.resource.dropFirst("oidc-provider/".count)) },
                from: issuer
            )
        }
        let similar = arns.first { arn in
            let url = String(arn.resource.dropFirst("oidc-provider/".count))
            return context.claims?.issuer.flatMap { IssuerDifference(of: url, from: $0) } == difference
        }
        let sameProvider = arns.first { $0.resource == own?.resource }
        let invalid = arns.lazy.compactMap { arn in
            ProviderURLDefect(in: String(arn.resource.dropFirst("oidc-provider/".count))).map { (arn, $0) }
        }.first
        let (id, summary): (String, String)
        if sameProvider == nil, let (_, defect) = invalid {
            isForOthers = context.claims?.issuer.map(OIDCProvider.hostAndPath) != defect.corrected
            (id, summary) = (
                "principal-url-invalid",
                "IAM has no provider with the URL in the Federated ARN, because the URL contains \(defect.part)."
            )
        } else if let sameProvider {
            isForOthers = false
            (id, summary) =
                sameProvider.partition == own?.partition
                ? (
                    "principal-account",
                    "The Federated ARN names a provider in an account other than the role's."
                )
                : (
                    "principal-partition",
                    "The Federated ARN names a provider in a partition other than the role's."
                )
        } else if outcome.requiresExactSubject(of: context.claims),
            difference == .tenant || difference == .path
                || named.contains(where: { (own?.resource ?? "").hasPrefix("oidc-provider/\($0)") })
        {
            isForOthers = false
            id = "principal-\(difference?.rawValue ?? "mismatch")"
            summary =
                "The Federated principal is misspelled: the statement's condition keys and sub are those of the token."
        } else if let difference {
            isForOthers =
                difference == .tenant || difference == .path
                || difference == .version && context.hasProviderOfVersionTwo
            id = "principal-\(difference.rawValue)"
            summary = "The URL in the Federated ARN \(difference.predicate)."
        } else {
            isForOthers = true
            (id, summary) = (
                "principal-mismatch",
                "Statement[\(index)] of the trust policy does not trust the token's provider."
            )
        }
        transition = isForOthers ? "Instead" : "Alternatively"
        reason = DenialReason(
            id: id,
            summary: summary,
            evidence:
                " trusts \(named.isEmpty ? "no OIDC provider" : named.joined(separator: ", ")); the token's "
                + (context.isAccountKnown
                    ? "provider is \(provider)" : "issuer is \(context.claims?.issuer ?? "unknown")"),
            advice: isForOthers
                ? "Do not change Statement[\(index)], because it is for other principals." : "",
            edit: isForOthers
                ? nil : Self.edit(of: named, replacing: sameProvider ?? invalid?.0 ?? similar, by: provider)
        )
    }

    private static func edit(of named: [String], replacing former: ARN?, by provider: String) -> PolicyEdit {
        let wrong = former.map { [$0.description] } ?? named
        let change =
            wrong.count < named.count
            ? "In Principal.Federated, replace \(wrong.joined(separator: ", ")) with \(provider)"
            : "Set Principal.Federated to \(provider)"
        return PolicyEdit(
            words: "\(change) if the statement is meant for this token.",
            part: .providers(wrong, by: provider)
        )
    }
}

extension StatementVerdict {
    /// Whether a condition with the correct key requires the token's subject, without wildcards.
    fileprivate func requiresExactSubject(of claims: Claims?) -> Bool {
        guard let issuer = claims?.issuer else { return false }
        let provider = OIDCProvider.hostAndPath(of: issuer).lowercased()
        return conditions.contains { outcome in
            outcome.condition.foldedKey == "\(provider):sub" && outcome.outcome == .yes
                && outcome.condition.operator.comparison == .stringEquals && !outcome.found.isEmpty
        }
    }
}

extension PrincipalElement {
    /// Whether the element names IAM users and no other principals.
    var namesOnlyUsers: Bool {
        let names = members[.aws, default: []]
        return members.count == 1 && !names.isEmpty
            && names.allSatisfy {
                ARN($0).map { $0.service == "iam" && $0.resource.hasPrefix("user/") } ?? false
            }
    }
}

extension TrustPolicy {
    /// A clause that says that all statements are Deny statements.
    var denyOnlyText: String {
        statements.count == 1 ? "the only statement is Deny" : "all \(statements.count) statements are Deny"
    }
}
