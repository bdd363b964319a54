import Diagnosis
import Federation
import TrustPolicy

import struct FoundationEssentials.Date

// The failures for calls that a trust policy refuses. Setup must not allow these calls.
extension RoleResource {
    /// Returns the failure for a call that a trust policy denies.
    ///
    /// Setup copies conditions from an existing statement into its new statement. If such a condition fails, the
    /// failure names the existing statement.
    ///
    /// - Parameters:
    ///   - call: The call.
    ///   - verdict: The verdict on the call.
    ///   - policy: The current policy, for a verdict on the policy that setup would write; `nil` for any other verdict.
    /// - Returns: The failure; `nil` if the call is not denied, or if the verdict names no deciding statement.
    func denial(of call: AssumptionCall, _ verdict: TrustVerdict, in policy: TrustPolicy? = nil) -> Failure? {
        guard verdict.decision.isDenial, let index = verdict.decidingStatement else { return nil }
        let statement = verdict.statements[index]
        let isDeny = statement.effect == .deny
        let failed = statement.conditions.filter { $0.outcome == (isDeny ? .yes : .no) }
        let unmet = failed.map(\.condition)
        if let policy, index >= policy.statements.count,
            let origin = policy.statements.firstIndex(where: { $0.conditions.contains(all: unmet) })
        {
            return failure(
                "condition-unmet",
                keptCondition("Statement[\(origin)] of the trust policy of \(role.name)", of: call),
                because: failed,
                for: call.mapping
            )
        }
        return failure(
            isDeny ? "explicit-deny" : "condition-unmet",
            "Statement[\(index)] of the trust policy of \(role.name) \(isDeny ? "denies" : "does not allow") the call of "
                + "`\(call.mapping.id)`",
            because: failed,
            for: call.mapping
        )
    }

    /// Returns the failure; the `fix` lists configuration settings that would change the conditions' outcomes.
    private func failure(
        _ code: String,
        _ event: String,
        because conditions: [ConditionVerdict],
        for mapping: RoleMapping
    ) -> Failure {
        let reason = conditions.isEmpty ? "" : ": \(conditions.map(\.comparison).joined(separator: "; "))"
        let changes = conditions.compactMap { condition in
            // A condition with the outcome `.yes` belongs to a Deny statement, so the change must make the condition
            // fail. The change must make any other condition succeed.
            RequiredSetting(of: condition, mapping: mapping.id, isChained: mapping.hub != nil)?
                .change(matching: condition.outcome != .yes)
        }
        let change = "\(changes.joined(separator: ". ")) (`cambist config edit`). Or ask"
        return Failure(
            kind: .refused,
            code: code,
            message: "\(event)\(reason).",
            fix: (changes.isEmpty ? "Ask" : change)
                + " the statement's author to change it; setup does not change or bypass the statement."
        )
    }

    /// Returns the failure for an obstacle to an update; includes the values of a denied call, if any.
    func failure(
        _ obstacle: TrustDocument.Obstacle,
        in document: TrustDocument,
        _ calls: [AssumptionCall]
    ) -> Failure {
        let denials = calls.map { (call: $0, verdict: document.verdict(on: $0)) }.filter {
            $0.verdict.decision.isDenial
        }
        let specific: Failure? =
            switch obstacle {
            case .tooLarge, .sessionRequired: nil
            case .denied:
                denials.lazy.filter { $0.verdict.decision == .explicitDeny }
                    .compactMap { denial(of: $0.call, $0.verdict) }.first
            case .conditionFails(let index, let keys):
                denials.lazy.compactMap { unmet(keys, at: index, in: $0.verdict, by: $0.call) }.first
            }
        return specific ?? Self.failure(obstacle, of: role)
    }

    private func keptCondition(_ subject: String, of call: AssumptionCall) -> String {
        "\(subject) has a condition that setup's statement for `\(call.mapping.id)` would also have, but the "
            + "call of `\(call.mapping.id)` does not meet the condition"
    }

    /// Returns the failure for a statement whose conditions on `keys` fail; `nil` if none of these conditions fails.
    private func unmet(
        _ keys: [String],
        at index: Int,
        in verdict: TrustVerdict,
        by call: AssumptionCall
    ) -> Failure? {
        guard let statement = verdict.statements.first(where: { $0.index == index }) else { return nil }
        let failed = statement.conditions.filter { $0.outcome == .no }
        let unmet = failed.filter { keys.contains($0.condition.key) }
        guard !unmet.isEmpty else { return nil }
        let subject = "Statement[\(index)] of the trust policy of \(role.name)"
        let isForCaller = statement.matchesPrincipal && unmet.count == failed.count
        return failure(
            "condition-unmet",
            isForCaller
                ? "\(subject) does not allow the call of `\(call.mapping.id)`"
                : keptCondition(subject, of: call),
            because: unmet,
            for: call.mapping
        )
    }

    /// Returns the failure of an update that would allow a call against the intent of the policy's author.
    ///
    /// For example, a statement should deny the identity, but a typing error makes the statement ineffective.
    ///
    /// - Parameters:
    ///   - calls: The calls of the mappings.
    ///   - document: The trust policy before the update.
    ///   - merged: The trust policy after the update.
    ///   - now: The time by AWS's clock.
    /// - Returns: The failure; `nil` if the update is not against the author's intent.
    func statedDecision(
        against calls: [AssumptionCall],
        in document: TrustDocument,
        liftedBy merged: TrustDocument,
        at now: Date
    ) -> Failure? {
        guard let policy = document.policy, let change = merged.policy else { return nil }
        return calls.lazy.compactMap { call -> Failure? in
            guard let grant = call.grant, let claims = call.claims else { return nil }
            let evidence = Evidence(
                request: RequestFacts(mapping: call.mapping),
                token: .claims(claims),
                policy: .parsed(policy),
                providers: [OIDCProvider(arn: grant.providerARN)].compactMap(\.self),
                now: now
            )
            return StatedDecision(liftedBy: change, in: evidence).map { failure($0, for: call.mapping) }
        }.first
    }

    private func failure(_ decision: StatedDecision, for mapping: RoleMapping) -> Failure {
        let name = ShellWord.posix(mapping.id)
        return Failure(
            kind: .refused,
            code: "decision-required",
            message:
                "The trust policy of \(role.name) states a decision against the identity of `\(mapping.id)`: "
                + "\(decision.clause).",
            fix:
                "\(decision.question) If it may, run `cambist setup export \(name) --format trust-policy`, add the "
                + "printed statement to the role's trust policy, and make a new plan; setup neither lifts nor bypasses "
                + "the decision."
        )
    }

    /// Returns the failure for a policy with a deleted principal, if any.
    ///
    /// IAM refuses every update of a policy that contains the ID of a deleted user or role.
    func deletedPrincipal(in document: TrustDocument) -> Failure? {
        guard let name = document.deletedPrincipals.first else { return nil }
        return Failure(
            kind: .refused,
            code: "principal-deleted",
            message:
                "The trust policy of \(role.name) names \(name), the ID of a deleted user or role. IAM refuses every "
                + "update of a policy with such an ID.",
            fix:
                "Decide whether a replacement needs access: put its ARN in place of \(name), or remove \(name) from the "
                + "policy. Then make a new plan; setup does not change the statement."
        )
    }

    static func failure(_ obstacle: TrustDocument.Obstacle, of role: DesiredRole) -> Failure {
        switch obstacle {
        case .denied(let statement):
            Failure(
                kind: .refused,
                code: "explicit-deny",
                message:
                    "Statement[\(statement)] of the trust policy of \(role.name) denies the identity; no "
                    + "other statement can override it.",
                fix: "Ask the statement's author to exempt the identity; setup does not change the statement."
            )
        case .conditionFails(let statement, let keys):
            Failure(
                kind: .refused,
                code: "condition-unmet",
                message:
                    "Statement[\(statement)] of the trust policy of \(role.name) has a condition on "
                    + "\(keys.joined(separator: " and ")). Setup's statement for the mapping would have the same "
                    + "condition, but the mapping's call does not meet it.",
                fix: "Ask the statement's author to change it; setup does not change or bypass the statement."
            )
        case .sessionRequired(let statement, let name):
            Failure(
                kind: .refused,
                code: "condition-unmet",
                message:
                    "Statement[\(statement)] of the trust policy of \(role.name) trusts only the session \(name) of "
                    + "the hub's role. A statement for the role would trust all its sessions.",
                fix:
                    "Set session_name of the hub to \(name) (`cambist config edit`). Or ask the statement's author to "
                    + "change it; setup does not change or bypass the statement."
            )
        case .tooLarge(let size):
            Failure(
                kind: .refused,
                code: "policy-too-large",
                message:
                    "With setup's additions, the trust policy of \(role.name) would have \(size) characters; IAM "
                    + "accepts \(TrustPolicy.sizeQuota) unless a higher quota was granted.",
                fix: "Use another role for some of the mappings, or remove unused statements."
            )
        }
    }
}

extension ConditionVerdict {
    /// The condition with the call's values: `StringEquals sts:ExternalId a (found b)`.
    fileprivate var comparison: String {
        let values = found.isEmpty ? "nothing" : found.joined(separator: ", ")
        let required = condition.values.joined(separator: ", ")
        let remark = nearMiss == .variableInOldVersion ? "; \(NearMiss.variableInOldVersion)" : ""
        return "\(condition.operator) \(condition.key) \(required) (found \(values)\(remark))"
    }
}
