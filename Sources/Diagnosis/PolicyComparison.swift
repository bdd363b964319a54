import Federation
import TrustPolicy

/// Compares the access under a changed trust policy with the access under the old policy.
///
/// The comparison evaluates statements for sample tokens of other callers. A sample token combines a subject and an
/// audience, either from the statements or unrelated to them. Any other value (for example, the source address) is
/// unknown, because another caller can have any value.
struct PolicyComparison {
    let old: TrustPolicy
    let new: TrustPolicy
    /// The claims of the token for which the policy is changed.
    private let claims: Claims
    private let context: DiagnosisContext

    /// The maximum number of sample tokens; a change that needs more fails the checks.
    private static let tokenLimit = 5000

    init?(of new: TrustPolicy, with old: TrustPolicy, in context: DiagnosisContext) {
        guard let claims = context.claims else { return nil }
        self.old = old.withoutDeletedPrincipals ?? old.replacingStatements(by: [])
        self.new = new.withoutDeletedPrincipals ?? new.replacingStatements(by: [])
        self.claims = claims
        self.context = context
    }

    private var actions: [String] { ["sts:AssumeRoleWithWebIdentity"] + claims.additionalActions }

    /// Checks that the change bypasses no restriction on the token, such as a condition on the source address.
    ///
    /// Restrictions are conditions on keys other than the subject and the audience. A new statement for the token must
    /// have all restrictions of at least one existing statement about the token.
    ///
    /// - Parameter edited: The index of a statement that the change edits; the edit may remove restrictions of this
    ///   statement.
    /// - Throws: ``NoProposal`` if a new statement lacks the restrictions.
    func checkRestrictions(editing edited: Int? = nil) throws(NoProposal) {
        let added = Self.statements(of: new, beyond: old, for: .token)
        guard !added.isEmpty else { return }
        for action in actions {
            guard let policy = context.policy, let before = context.verdict(of: policy, action: action),
                before.decision != .allow
            else { continue }
            let restrictions = before.statements.filter { $0.isAboutCaller && $0.index != edited }.map {
                outcome in
                let statement = policy.statements[outcome.index]
                // A condition also restricts the token if the request lacks the condition's key.
                let refusing = outcome.conditions.filter { $0.refusedClaim != nil }.map(\.condition)
                return (
                    index: outcome.index, conditions: statement.conditions,
                    kept: statement.conditionsToKeep(for: claims) + refusing
                )
            }
            .filter { !$0.kept.isEmpty }
            guard let first = restrictions.first else { continue }
            let bypasses = added.contains { statement in
                mayMatch(statement, claims, action)
                    && !restrictions.contains { restriction in
                        statement.conditions.contains(all: restriction.kept)
                            || statement.conditions.contains(all: restriction.conditions)
                    }
            }
            if bypasses {
                throw .restricted(statement: first.index, keys: Set(first.kept.map(\.key)).sorted())
            }
        }
    }

    /// Whether the new policy certainly allows only callers that the old policy allows, apart from this token.
    ///
    /// If `ownSubject` is true, the new policy may also allow other tokens with this token's subject.
    func allowsNoOthers(exceptOwnSubject ownSubject: Bool = false) -> Bool {
        allows(new, noMoreThan: old, exceptOwnSubject: ownSubject)
    }

    /// Whether each caller with another subject certainly keeps access.
    var keepsOthers: Bool { allows(old, noMoreThan: new, exceptOwnSubject: true) }

    private func allows(
        _ policy: TrustPolicy,
        noMoreThan other: TrustPolicy,
        exceptOwnSubject: Bool
    ) -> Bool {
        guard denies(policy, asMuchAs: other, exceptOwnSubject: exceptOwnSubject) else { return false }
        let mayAllowOthers = Self.statements(of: policy, beyond: other, for: .other).contains {
            $0.mayMatchOtherCallers(thanTokensOf: provider)
        }
        guard !mayAllowOthers else { return false }
        return Self.statements(of: policy, beyond: other, for: .token).allSatisfy { statement in
            otherTokens(for: [statement], exceptOwnSubject: exceptOwnSubject)?.allSatisfy { token in
                (["sts:AssumeRoleWithWebIdentity"] + token.additionalActions).allSatisfy { action in
                    !mayMatch(statement, token, action)
                        || Self.allows(other, asMuchAs: statement, token, action, in: context)
                }
            } ?? false
        }
    }

    /// Returns the Allow statements for which no single statement of `other` certainly allows as much.
    private static func statements(
        of policy: TrustPolicy,
        beyond other: TrustPolicy,
        for callers: TrustStatement.Callers
    ) -> [TrustStatement] {
        policy.statements.filter { statement in
            statement.effect == .allow
                && !other.statements.contains { statement.isAsNarrow(as: $0, for: callers) }
        }
    }

    /// Whether `policy` certainly refuses every caller that a Deny statement of `other` may deny.
    ///
    /// The caller with this token is not considered.
    private func denies(
        _ policy: TrustPolicy,
        asMuchAs other: TrustPolicy,
        exceptOwnSubject: Bool
    ) -> Bool {
        let kept = policy.statements.filter { $0.effect == .deny }
        let allowing = policy.statements.filter { $0.effect == .allow }
        let anyOther = RequestContext().ofAnyCallerWithSubjectAndAudience
        return other.statements.filter { $0.effect == .deny }.allSatisfy { denial in
            let deniesOthers = kept.contains { denial.isAsNarrow(as: $0, for: .other, in: anyOther) }
            guard
                deniesOthers || !allowing.contains(where: { $0.mayMatchOtherCallers(thanTokensOf: provider) })
            else { return false }
            if kept.contains(where: { denial.isAsNarrow(as: $0, for: .token) }) { return true }
            let tokens = otherTokens(for: [denial] + kept + allowing, exceptOwnSubject: exceptOwnSubject)
            return tokens?.allSatisfy { token in
                let context = context.context(ofCallersWith: token)
                return kept.contains { denial.isAsNarrow(as: $0, for: .token, in: context) }
                    || (["sts:AssumeRoleWithWebIdentity"] + token.additionalActions).allSatisfy { action in
                        !mayMatch(denial, token, action)
                            || !allowing.contains { mayMatch($0, token, action) }
                    }
            } ?? false
        }
    }

    /// The URL of the token's provider, without `https://`.
    private var provider: String { claims.issuer.map(OIDCProvider.hostAndPath) ?? "" }

    /// Whether a statement may match a caller with the token's issuer, subject, and audience.
    private func mayMatch(_ statement: TrustStatement, _ token: Claims, _ action: String) -> Bool {
        let policy = old.replacingStatements(by: [statement])
        let verdict = context.verdict(of: policy, onCallersWith: token, action: action)
        return verdict?.statements[0].outcome != .no
    }

    /// Whether the policy allows or explicitly denies each call that the statement allows for the token.
    private static func allows(
        _ policy: TrustPolicy,
        asMuchAs statement: TrustStatement,
        _ token: Claims,
        _ action: String,
        in context: DiagnosisContext
    ) -> Bool {
        guard let verdict = context.verdict(of: policy, onCallersWith: token, action: action) else {
            return false
        }
        return verdict.decision == .explicitDeny
            || verdict.statements.contains { outcome in
                // Every caller with the token meets the conditions that match the token's subject and audience.
                let open = outcome.conditions.filter { $0.outcome != .yes }.map(\.condition)
                return outcome.effect == .allow && outcome.outcome != .no
                    && statement.conditions.isAsNarrow(as: open)
            }
    }

    /// Returns sample tokens of other callers, for the evaluation of statements.
    ///
    /// The issuers, subjects, and audiences are from the statements, from this token, or unrelated to both. The result
    /// contains each combination except this token's. With `exceptOwnSubject`, the result also excludes this token's
    /// subject from the same issuer, and each subject for which ``isMistaken(_:)`` is true.
    ///
    /// - Returns: The tokens; `nil` if the number of combinations exceeds ``tokenLimit``.
    private func otherTokens(for statements: [TrustStatement], exceptOwnSubject: Bool) -> [Claims]? {
        let unrelated = "00000000-0000-0000-0000-000000000000"
        let anyIssuer =
            statements.contains(where: \.principal.includesEveryone)
            ? ["https://sts.windows.net/\(unrelated)/"] : []
        let ownAudience = claims.effectiveAudiences.first
        let issuers = Set([claims.issuer] + statements.flatMap(\.tokenIssuers) + anyIssuer)
        let subjects = Set([claims.subject, unrelated, nil] + statements.flatMap { $0.texts(of: "sub") })
        let audiences = Set([ownAudience, unrelated, nil] + statements.flatMap { $0.texts(of: "aud") })
        guard issuers.count * subjects.count * audiences.count <= Self.tokenLimit else { return nil }
        return issuers.flatMap { issuer in
            subjects.flatMap { subject -> [Claims] in
                let isOwn = issuer == claims.issuer && subject == claims.subject
                if exceptOwnSubject, isOwn || subject.map(isMistaken) == true { return [] }
                return audiences.compactMap { audience in
                    isOwn && audience == ownAudience
                        ? nil : token(issuer: issuer, subject: subject, audience: audience)
                }
            }
        }
    }

    /// Whether a policy probably contains the text by mistake in place of the token's subject.
    ///
    /// Examples are a misspelled subject, the identity's client ID, and an application's object ID. No token has such a
    /// subject.
    private func isMistaken(_ subject: String) -> Bool {
        guard subject != claims.subject else { return false }
        let ids = [claims.clientID].compactMap { $0?.lowercased() } + context.evidence.applicationIDs
        return ids.contains(subject.lowercased())
            || context.issuerKind.isEntra && claims.claim(withValue: subject) != nil
            || NearMiss(betweenRequired: subject, found: claims.subject ?? "") != nil
    }

    private func token(issuer: String?, subject: String?, audience: String?) -> Claims {
        var payload = claims.payload
        payload["iss"] = issuer.map(JSONValue.string)
        payload["sub"] = subject.map(JSONValue.string)
        payload["aud"] = audience.map(JSONValue.string)
        payload["azp"] = nil
        return Claims(header: claims.header, payload: payload)
    }
}

extension DiagnosisContext {
    /// The verdict of a policy on all actions that the token needs.
    func fullVerdict(of policy: TrustPolicy) -> TrustVerdict? {
        let actions = ["sts:AssumeRoleWithWebIdentity"] + (claims?.additionalActions ?? [])
        return TrustVerdict.deciding(actions.compactMap { verdict(of: policy, action: $0) })
    }
}

extension TrustStatement {
    /// Returns the values of the conditions on this claim, with the letter x in place of each wildcard.
    fileprivate func texts(of name: String) -> [String?] {
        conditions.filter { OIDCKey($0.key)?.name.lowercased() == name }.flatMap(\.values).map {
            $0.replacing("*", with: "x").replacing("?", with: "x")
        }
    }
}
