import Federation
import TrustPolicy

/// The reason that cambist proposes no change of a trust policy.
enum NoProposal: Error {
    /// cambist does not know a required fact.
    case unknown(String)
    case otherToken
    /// The Allow statements at these indexes exclude the token's subject or audience.
    case excluded(statements: [Int])
    /// A condition with a misspelled or unsupported key requires a value that the request does not have.
    case refusedClaim(RefusedClaim, statement: Int)
    /// A Deny statement does not match the token, perhaps because of a mistake (for example, a misspelled key).
    case mistakenDenial(DenialMistake, statement: Int)
    case severalAudiences
    /// A condition for the token would have the same operator and key as another condition of the new statement.
    case conflictingConditions
    /// IAM would not accept the changed document.
    case invalid
    /// The changed document would exceed IAM's quota; `size` and `current` are in characters.
    case overQuota(size: Int, current: Int)
    /// The changed trust policy would still deny the request; the text is a clause with the reason.
    case stillDenied(String)
    /// The change would also allow other identities.
    case allowsOthers
    /// The change would also allow roles other than the hub's.
    case allowsOtherRoles
    /// The change would remove the access of other identities.
    case removesOthers
    /// The lint would report a new finding of high severity.
    case weakness(String)
    /// The statement has NotAction, a list of excluded actions, so no allowed action can be added.
    case negatedAction
    /// AWS manages the role; the text names the kind of role.
    case managedRole(String)
    /// No statement would remain.
    case noStatement
    /// The IDs to remove occur only in conditions that exclude the IDs, so the IDs grant no access.
    case excludedSubjects
    /// The change would bypass a condition on this caller (for example, a condition on the source address).
    case restricted(statement: Int, keys: [String])
    /// The Allow statement that is closest to a match trusts only IAM users.
    case trustsUsers(statement: Int)
    /// A statement trusts only one session of the hub's role; the text is the session's name.
    case sessionRequired(String)

    /// The reason as a sentence, followed by ``decision``, if any.
    var text: String {
        let sentence =
            "cambist proposes no command to change the trust policy, because \(clause.trimmingSuffix("."))."
        return [sentence, decision].compactMap(\.self).joined(separator: " ")
    }

    /// The reason as a clause.
    var clause: String {
        switch self {
        case .unknown(let fact): "\(fact) is not known"
        case .otherToken: "another token is needed"
        case .excluded(let statements):
            "\(Self.exclusionText(statements)), and another statement would undo this decision"
        case .refusedClaim(let claim, let index):
            claim.identifiesCaller
                ? "Statement[\(index)] is meant for another identity: it requires a value of \(claim.name) other than the "
                    + "token's"
                : "Statement[\(index)] requires a value of \(claim.name) that this "
                    + "\(claim.isOfAWSKey ? "request" : "token") does not have"
        case .mistakenDenial(.nearMiss(let nearMiss), let index):
            "Statement[\(index)] is meant to deny the token's identity, but has no effect because of a mistake: \(nearMiss)"
        case .mistakenDenial(.ineffective(let reason), let index):
            "the Deny statement Statement[\(index)] does not match the token, perhaps because of a mistake: \(reason)"
        case .severalAudiences: "the token has several audiences"
        case .conflictingConditions:
            "a new statement would need two conditions with the same operator and key: one for the token, and one that "
                + "the policy has already"
        case .invalid: "IAM would refuse the changed trust policy"
        case .overQuota(let size, let current): Self.quotaText(size: size, current: current)
        case .stillDenied(let reason): reason
        case .allowsOthers: "the change would also allow other identities"
        case .allowsOtherRoles: "the change would also allow other roles"
        case .removesOthers: "the change would remove the access of callers that the policy allows now"
        case .weakness(let text): "the changed trust policy would have a weakness: \(text)"
        case .negatedAction:
            "the statement has NotAction, which lists the actions that the statement does not allow"
        case .managedRole(let kind): "IAM refuses to change \(kind)"
        case .noStatement:
            "the changed trust policy would have no statement, and IAM refuses a policy without a statement"
        case .excludedSubjects:
            "the ID is only in a condition that excludes the ID, so the ID grants no access"
        case .restricted(let index, let keys):
            "Statement[\(index)] allows the token's identity only under the \(Self.conditions(on: keys)), and the change "
                + "would bypass \(keys.count == 1 ? "this condition" : "these conditions")"
        case .trustsUsers(let index): "Statement[\(index)] is only for IAM users"
        case .sessionRequired(let name):
            "the policy trusts only the session \(name) of the hub's role, and a statement for the role would "
                + "trust all its sessions"
        }
    }

    /// The sentence that asks the policy's author for a decision, if any: `Decide which roles …`.
    var decision: String? {
        switch self {
        case .allowsOthers:
            "Decide which identities may assume the role, and require the exact sub of each of them."
        case .allowsOtherRoles:
            "Decide which roles may assume the role, and allow each of them in a statement that names only that role."
        case .refusedClaim, .trustsUsers:
            "Decide whether the token's identity may assume the role."
        case .mistakenDenial(_, let index):
            "Correct the Deny statement Statement[\(index)], or decide that the token's identity may assume the role."
        case .restricted(_, let keys):
            "Decide whether the token's identity may assume the role without the \(Self.conditions(on: keys))."
        default: nil
        }
    }

    /// Returns the clause about the statements that exclude the token's subject or audience.
    static func exclusionText(_ statements: [Int]) -> String {
        let places = statements.map { "Statement[\($0)]" }.joined(separator: " and ")
        return "\(places) \(statements.count == 1 ? "excludes" : "exclude") the token's subject or audience"
    }

    private static func quotaText(size: Int, current: Int) -> String {
        let quota = TrustPolicy.sizeQuota
        let comparison =
            current > quota
            ? "the current trust policy has \(current), already more than IAM's quota of \(quota) characters"
            : "more than IAM's quota of \(quota) characters"
        return
            "the changed trust policy would have \(size) characters, \(comparison). Decide which identity to remove or which "
            + "statements to merge, or request a higher quota (ACLSizePerRole)"
    }

    /// Creates the reason that a changed document still denies the request.
    ///
    /// - Parameters:
    ///   - verdict: The verdict on the changed document.
    ///   - changed: The changed document.
    ///   - old: The document before the change; the reason refers to the statements of this document.
    init(denial verdict: TrustVerdict, of changed: TrustPolicy, replacing old: TrustPolicy) {
        let keys = verdict.decidingStatement.map { index in
            verdict.statements[index].conditions.filter { $0.outcome == .no }.map(\.condition.key)
        }
        switch verdict.decision {
        case .explicitDeny:
            let denial = verdict.decidingStatement.map { changed.statements[$0] }
            let index = denial.flatMap { old.statements.firstIndex(of: $0) }
            let place = index.map { "Statement[\($0)]" } ?? "a statement"
            let name = denial?.sid.map { $0.isEmpty ? "" : " (Sid \($0))" } ?? ""
            self = .stillDenied("the Deny statement \(place)\(name) would still deny the request")
        case .deny where keys?.isEmpty == false:
            self = .unmetConditions(keys ?? [])
        default:
            self = .stillDenied(
                "the changed trust policy would not allow every action that the request needs"
            )
        }
    }

    /// Returns the reason that the request does not meet the conditions on these keys in the changed document.
    static func unmetConditions(_ keys: [String]) -> NoProposal {
        .stillDenied(
            "every policy that cambist can propose keeps the \(conditions(on: keys)), which the request does not meet"
        )
    }

    private static func conditions(on keys: [String]) -> String {
        "\(keys.count == 1 ? "condition" : "conditions") on \(keys.joined(separator: " and "))"
    }

    /// Checks that a change does not undo a decision of the policy's author.
    ///
    /// The check includes a decision that AWS ignores because of a mistake (for example, a misspelled key).
    ///
    /// - Parameters:
    ///   - index: The index of the Allow statement that the change corrects or copies, if any.
    ///   - context: The evidence.
    /// - Throws: ``NoProposal`` if the Allow statement is for other callers, or if a Deny statement is for this token.
    static func checkDecisions(of index: Int?, in context: DiagnosisContext) throws(NoProposal) {
        guard let policy = context.policy, let claims = context.claims, let verdict = context.verdict,
            verdict.statements.count == policy.statements.count
        else { return }
        for (statement, outcome) in zip(policy.statements, verdict.statements) {
            if let mistake = DenialMistake(in: outcome, statement, of: claims) {
                throw .mistakenDenial(mistake, statement: outcome.index)
            }
        }
        guard let index else { return }
        if policy.statements[index].principal.namesOnlyUsers { throw .trustsUsers(statement: index) }
        guard policy.statements[index].isIntended(for: claims) else { return }
        let conditions = verdict.statements[index].conditions
        guard !conditions.contains(where: \.isIgnoredExclusion) else { throw .excluded(statements: [index]) }
        let refused = conditions.lazy.compactMap(\.refusedClaim)
        if let claim = refused.first(where: \.identifiesCaller) ?? refused.first {
            throw .refusedClaim(claim, statement: index)
        }
    }

    /// Checks that IAM accepts changes of the role.
    ///
    /// Source: IAM user guide, "Create a service-linked role"; IAM Identity Center user guide, roles that it creates.
    ///
    /// - Throws: ``NoProposal`` for a role that only an AWS service can change.
    static func checkRole(_ role: RoleARN?) throws(NoProposal) {
        let resource = role?.arn.resource ?? ""
        if resource.hasPrefix("role/aws-service-role/") { throw .managedRole("a service-linked role") }
        if resource.hasPrefix("role/aws-reserved/") {
            throw .managedRole("a role that IAM Identity Center manages")
        }
    }

    /// Returns the document without the IDs of deleted principals.
    ///
    /// IAM refuses a new document with these IDs.
    ///
    /// - Throws: ``NoProposal`` if no statement would remain.
    static func withoutDeletedPrincipals(_ proposed: TrustPolicy) throws(NoProposal) -> TrustPolicy {
        guard let policy = proposed.withoutDeletedPrincipals else { throw .noStatement }
        return policy
    }

    /// Returns the clause about removed IDs of deleted principals; empty without removed IDs.
    static func deletionRemark(_ old: TrustPolicy) -> String {
        let ids = Set(old.deletedPrincipals).sorted()
        guard !ids.isEmpty else { return "" }
        let noun = ids.count == 1 ? "the ID of a deleted principal" : "the IDs of deleted principals"
        return "; the command also removes \(noun), which IAM refuses in a new document "
            + "(\(ids.joined(separator: ", ")))"
    }

    /// Returns the clause about undocumented condition keys in changed statements; empty without undocumented keys.
    static func undocumentedKeyRemark(_ proposed: TrustPolicy, replacing old: TrustPolicy) -> String {
        let conditions = proposed.statements.filter { !old.statements.contains($0) }.flatMap(\.conditions)
            .filter(\.hasUndocumentedKey)
        guard !conditions.isEmpty else { return "" }
        let keys = Set(conditions.map(\.key)).sorted().joined(separator: " and ")
        let outcomes = Set(conditions.map { $0.evaluate(in: RequestContext()).outcome })
        let effects = [
            outcomes.contains(.yes) ? "restrict nothing" : nil,
            outcomes == [.yes] ? nil : "never hold",
        ].compactMap(\.self).joined(separator: " or ")
        let copied = proposed.statements.count > old.statements.count ? "copied " : ""
        return conditions.count == 1
            ? "; the \(copied)condition on \(keys) has a key that AWS does not document, so that it may \(effects); "
                + "decide whether to keep this condition"
            : "; the \(copied)conditions on \(keys) have keys that AWS does not document, so that they may "
                + "\(effects); decide whether to keep these conditions"
    }

    /// Parses a document by IAM's rules.
    ///
    /// The size limit is IAM's quota or the size of the old policy, whichever is larger.
    ///
    /// - Throws: ``NoProposal`` if IAM would refuse the document.
    static func parsed(_ proposed: TrustPolicy, replacing old: TrustPolicy) throws(NoProposal) -> TrustPolicy
    {
        let quota = max(TrustPolicy.sizeQuota, old.size)
        let text = proposed.document.compactText
        do throws(PolicyError) {
            return try TrustPolicy(parsing: text, quota: quota)
        } catch {
            guard error.code == "LimitExceeded",
                let size = (try? TrustPolicy(parsing: text, quota: nil))?.size
            else { throw .invalid }
            throw .overQuota(size: size, current: old.size)
        }
    }
}
