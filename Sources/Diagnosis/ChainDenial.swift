import Federation
import TrustPolicy

/// The reasons that a trust policy does not allow a hub's role, and the changes that allow the role.
struct ChainDenial {
    let policy: TrustPolicy
    let verdict: TrustVerdict
    let chain: ChainEvidence
    let context: DiagnosisContext

    /// The causes of the denial, from the Allow statement closest to a match.
    ///
    /// The causes are a wrong principal, a missing action, and failed conditions. Failed conditions are ignored if the
    /// principal does not match.
    var causes: [Cause] {
        let proposal = Result { () throws(NoProposal) in
            let proposal = try ChainProposal(for: verdict, in: context)
            return ProposedChange(policy: proposal.policy, advice: proposal.advice)
        }
        let settings =
            if case .failure(let reason) = proposal { requiredSettings(reason) } else { [String]() }
        let index = verdict.decidingStatement
        let reasons = index.map(reasons) ?? [noAllowStatement]
        let fixes = DenialFixes(proposal, for: reasons, in: index ?? 0, alternatives: settings, context)
        return reasons.map { reason in
            Cause(
                reason.id,
                reason.summary,
                evidence: (index.map { "Statement[\($0)]" } ?? "") + reason.evidence,
                fix: fixes.fix(for: reason)
            )
        }
    }

    /// The changes that the causes describe in words; empty if ``PolicyEdit/check(_:of:in:)`` refuses the changes.
    var describedEdits: [PolicyEdit] {
        guard let index = verdict.decidingStatement else { return [] }
        let edits = reasons(index).compactMap(\.edit)
        return PolicyEdit.refusal(of: edits, in: index, context) == nil ? edits : []
    }

    private var noAllowStatement: DenialReason {
        DenialReason(
            id: "no-allow",
            summary: "The trust policy has no Allow statement.",
            evidence: policy.denyOnlyText,
            advice: "Add an Allow statement for all roles that may assume this role."
        )
    }

    private func reasons(_ index: Int) -> [DenialReason] {
        let (outcome, statement) = (verdict.statements[index], policy.statements[index])
        var reasons: [DenialReason] = []
        if !outcome.matchesPrincipal {
            reasons.append(sessionReason(statement) ?? principalReason(statement))
        }
        if !outcome.matchesAction { reasons.append(actionReason(statement, index)) }
        if outcome.matchesPrincipal {
            reasons += outcome.conditions.filter { $0.outcome == .no }.map(conditionReason)
        }
        return reasons
    }

    /// Returns the configuration changes with which the hub's call meets the failed conditions.
    ///
    /// The conditions belong to the statement closest to a match. If this statement trusts the hub's role, the result
    /// is empty, because ``reasons`` already has a reason for each failed condition.
    private func requiredSettings(_ reason: NoProposal) -> [String] {
        guard case .stillDenied = reason,
            verdict.decidingStatement.map({ !verdict.statements[$0].matchesPrincipal }) ?? true
        else { return [] }
        return ChainProposal.unmetConditions(verdict, in: context).compactMap {
            RequiredSetting(of: $0, in: context)?.advice(matching: true)
        }
    }

    /// Returns the reason if a statement trusts the hub's role only in a session with another name.
    private func sessionReason(_ statement: TrustStatement) -> DenialReason? {
        let hub = chain.hub
        let names = statement.principal.sessionNames(of: hub.roleARN)
        guard !names.isEmpty else { return nil }
        let list = names.joined(separator: " or ")
        return DenialReason(
            id: "hub-session-name",
            summary: "The trust policy trusts the hub's role only in a session with another name.",
            evidence: " trusts the session \(list) of \(hub.roleARN); the hub `\(hub.id)` calls STS as "
                + "the session \(hub.sessionName)",
            advice: "Set session_name of `\(hub.id)` to \(list) (`cambist config edit`)."
        )
    }

    private func principalReason(_ statement: TrustStatement) -> DenialReason {
        let hub = chain.hub.roleARN
        let named = statement.principal.members[.aws, default: []]
        let roles = named.compactMap(RoleARN.init)
        let (id, summary): (String, String) =
            if roles.contains(where: { $0.name == hub.name && $0.account != hub.account }) {
                (
                    "hub-account",
                    "The trust policy names a role with the hub's name, but in a different account."
                )
            } else if roles.contains(where: { $0.name == hub.name && $0.partition != hub.partition }) {
                (
                    "hub-partition",
                    "The trust policy names a role with the hub's name, but in a different partition."
                )
            } else if roles.contains(where: { $0.name == hub.name }) {
                ("hub-path", "The trust policy names a role with the hub's name, but under a different path.")
            } else if roles.contains(where: { $0.description.lowercased() == hub.description.lowercased() }) {
                ("hub-case", "The trust policy names the hub's role in different letter case.")
            } else if named.contains(where: \.isPrincipalID) {
                (
                    "hub-recreated",
                    "The trust policy names a principal that was deleted: IAM shows its ID in place of its ARN."
                )
            } else if named.isEmpty {
                ("hub-untrusted", "The trust policy names no AWS principal.")
            } else {
                ("hub-untrusted", "The trust policy does not trust the hub's role.")
            }
        let trusted = named.isEmpty ? "no AWS principal" : named.joined(separator: ", ")
        let isForTokens = trustsTokens(statement)
        return DenialReason(
            id: id,
            summary: summary,
            evidence: " trusts \(trusted); the hub `\(chain.hub.id)` calls STS as \(hub)",
            advice: isForTokens
                ? "If the role is meant for the identity's own token, remove `via` of `\(chain.mapping.id)` "
                    + "(`cambist config edit`)." : "",
            edit: isForTokens ? nil : PolicyEdit(words: addition(of: hub, to: named), part: .role(hub))
        )
    }

    private func addition(of hub: RoleARN, to named: [String]) -> String {
        let ids = named.filter(\.isPrincipalID)
        let removal =
            ids.isEmpty
            ? ""
            : " Remove \(ids.joined(separator: ", ")), because IAM refuses the ID of a deleted principal."
        let others = named.count > ids.count ? "; keep the other principals" : ""
        return "Add \(hub) to Principal.AWS if the statement is meant for this hub\(others).\(removal)"
    }

    /// Whether the statement allows tokens of an OIDC provider and names no AWS principal.
    ///
    /// An identity with such a token assumes the role directly, without a hub.
    private func trustsTokens(_ statement: TrustStatement) -> Bool {
        let providers = statement.principal.members[.federated, default: []]
        return statement.principal.members[.aws] == nil
            && providers.contains { OIDCProvider(arn: $0) != nil }
            && statement.action.matches("sts:AssumeRoleWithWebIdentity")
    }

    private func actionReason(_ statement: TrustStatement, _ index: Int) -> DenialReason {
        let names = statement.action.names.joined(separator: ", ")
        return DenialReason(
            id: "action-mismatch",
            summary: "Statement[\(index)] of the trust policy does not allow sts:AssumeRole.",
            evidence: " has \(statement.action.elementName) \(names)",
            edit: PolicyEdit(
                words: "Add sts:AssumeRole to the actions if the statement is meant for this hub.",
                part: .actions(["sts:AssumeRole"])
            )
        )
    }

    private func conditionReason(_ verdict: ConditionVerdict) -> DenialReason {
        let setting = RequiredSetting(of: verdict, in: context)?.advice(matching: true)
        switch verdict.condition.foldedKey {
        case "sts:externalid" where verdict.found.isEmpty:
            return DenialReason(
                id: "external-id-missing",
                summary: "The trust policy requires an external ID, and the mapping has none.",
                evidence: ": \(verdict.requirementText)",
                advice: setting ?? ""
            )
        case "sts:externalid":
            return DenialReason(
                id: "external-id-mismatch",
                summary: "A condition of the trust policy on the external ID does not match the hub's call.",
                evidence: ": \(verdict.requirementText)",
                advice: setting ?? ""
            )
        case let key where key.hasPrefix("aws:requesttag/") || key == "aws:tagkeys":
            return DenialReason(
                id: "session-tag-mismatch",
                summary: "A condition of the trust policy on session tags does not match the hub's call.",
                evidence:
                    ": \(verdict.requirementText)\(verdict.found.isEmpty ? context.sessionTagClause : "")",
                advice: setting ?? ""
            )
        case "sts:sourceidentity":
            return DenialReason(
                id: "source-identity-mismatch",
                summary:
                    "A condition of the trust policy on the source identity does not match the hub's call.",
                evidence: ": \(verdict.requirementText)",
                advice: setting ?? ""
            )
        case "sts:rolesessionname":
            return DenialReason(
                id: "session-name-mismatch",
                summary: "A condition of the trust policy on the session name does not match the hub's call.",
                evidence: ": \(verdict.requirementText)",
                advice: setting ?? ""
            )
        default:
            return DenialReason(
                id: "condition-mismatch",
                summary: "A condition of the trust policy does not match the hub's call.",
                evidence: ": " + verdict.requirementText + (verdict.nearMiss.map { "; \($0)" } ?? ""),
                edit: PolicyEdit(
                    words: "Correct the condition if the statement is meant for this hub.",
                    part: .condition(verdict.condition, by: [])
                )
            )
        }
    }
}
