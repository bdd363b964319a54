import Federation
import TrustPolicy

extension Check {
    /// Checks that the role exists and that the token can be used for the role.
    static let role = Check(
        .trust,
        firstOf: [
            CheckRow(
                "role-not-found",
                cause: "The role does not exist.",
                evidence: { context in
                    guard let role = context.request.roleARN, case .missing = context.evidence.role else {
                        return nil
                    }
                    return "IAM has no role \(role.name) in account \(role.account)"
                },
                fix: { $0.missingRole }
            ),
            CheckRow(
                "role-path",
                cause: "The account has a role with the same name but a different path.",
                evidence: { context in
                    guard let role = context.request.roleARN, let other = context.roleUnderOtherPath else {
                        return nil
                    }
                    return "IAM has \(other); the mapping names \(role)"
                },
                fix: { context in
                    "Set role_arn to \(context.roleUnderOtherPath.map(\.description) ?? "the ARN that IAM has")."
                }
            ),
            CheckRow(
                "role-not-in-token",
                cause: "The token's claim https://aws.amazon.com/roles does not list the role.",
                evidence: { context in
                    guard let role = context.request.roleARN, let allowed = context.claims?.authorizedRoles,
                        !allowed.isEmpty, !allowed.contains(role.description)
                    else { return nil }
                    return "the claim lists \(allowed.joined(separator: ", "))"
                },
                fix: { context in
                    let role = context.request.roleARN.map(\.description) ?? "the role"
                    return "Add \(role) to the claim at the issuer, or request a role that the claim lists."
                }
            ),
            CheckRow(
                "partition-mismatch",
                cause: "The role and the region are in different AWS partitions.",
                evidence: { context in
                    guard let role = context.request.roleARN, let region = context.request.region,
                        let partition = AWSPartition(region: region), partition != role.partition
                    else { return nil }
                    return "the role is in \(role.partition.rawValue); \(region) is in \(partition.rawValue)"
                },
                fix: { _ in "Set the mapping's region to a region in the role's partition." }
            ),
        ]
    )

    /// Checks that the trust policy is valid and allows the token.
    static let trustPolicy = Check(
        .trust,
        firstOf: trustPolicyRows(
            denial: CheckRow { context in
                guard let policy = context.policy, let verdict = context.verdict, verdict.decision == .deny,
                    !context.isTokenUnintended
                else {
                    return []
                }
                return TrustDenial(policy: policy, verdict: verdict, context: context).causes
            }
        )
    )

    /// The rows about a trust policy; `denial` explains a policy that does not allow the call.
    static func trustPolicyRows(denial: CheckRow) -> [CheckRow] {
        [
            CheckRow { context in
                guard case .refused(let error) = context.evidence.policy else { return [] }
                return [context.cause(ofRefusing: error)]
            },
            CheckRow { context in context.predictedDenial.map { [Cause(ofPredicted: $0)] } ?? [] },
            CheckRow(
                "policy-out-of-date",
                .informs,
                cause: "STS accepted the token, so the trust policy that was read is out of date.",
                evidence: { context in
                    guard case .succeeded = context.evidence.exchange,
                        let verdict = context.verdict, verdict.decision.isDenial
                    else { return nil }
                    let place = context.evidence.policyFile ?? "the policy as read from IAM"
                    let verb = verdict.decision == .explicitDeny ? "denies" : "does not allow"
                    return "\(place) \(verb) the token (\(verdict.decidingText ?? "no statement allows it"))"
                },
                fix: { context in
                    context.evidence.policyFile == nil
                        ? "Wait two minutes after a change in IAM, then run `cambist explain`."
                        : Fix(
                            "Replace the file with the role's current policy, or remove trust_policy_file "
                                + "(`cambist config edit`):",
                            commands: context.trustPolicyReading
                        )
                }
            ),
            denial,
            CheckRow { context in
                guard let verdict = context.verdict, verdict.decision == .explicitDeny,
                    !context.isTokenUnintended
                else { return [] }
                let denial = ExplicitDenial(in: verdict, context)?.cause(context.denialSummary(verdict))
                return [denial].compactMap(\.self) + context.causesWithoutDenial
            },
            CheckRow(
                "value-unreadable",
                cause: "A condition with a negated operator has a value that is not valid for the operator.",
                evidence: { context in
                    guard let verdict = context.decidingVerdict, verdict.decision == .undetermined,
                        let condition = verdict.decidingCondition, condition.condition.hasUnreadableValue,
                        condition.condition.operator.comparison.isNegated,
                        !context.isTokenUnintended
                    else { return nil }
                    return verdict.decidingText
                },
                fix: { context in
                    let text = context.decidingVerdict?.decidingCondition?.condition.unreadableText ?? ""
                    return Fix(
                        "\(text) \(context.valueCorrection) AWS may interpret the value differently from cambist, or "
                            + "ignore the condition."
                    )
                }
            ),
            CheckRow(
                "depends-on-unknown",
                .blocks(if: { $0.refusal?.code == "AccessDenied" }),
                cause:
                    "The trust policy's decision depends on values that cambist does not know.",
                evidence: { context in
                    guard let verdict = context.decidingVerdict, verdict.decision == .undetermined,
                        !context.isTokenUnintended
                    else { return nil }
                    return verdict.decidingText
                        ?? "the policy tests \(verdict.unknownKeys.joined(separator: ", "))"
                },
                fix: { context in
                    let keys = context.decidingVerdict?.unknownKeys ?? []
                    let sources = keys.compactMap { source(of: $0, in: context) }
                    let advice =
                        "Run `cambist explain` with the values that AWS sees: "
                        + "\(keys.map(option).joined(separator: " "))."
                    return Fix(([advice] + Set(sources).sorted()).joined(separator: " "))
                },
                possibleCauses: { context in
                    let keys = context.decidingVerdict?.unknownKeys ?? []
                    guard !keys.isEmpty else { return nil }
                    let others =
                        context.refusal?.code == "AccessDenied"
                        ? [
                            "a service control policy or resource control policy denies the call",
                            "an IAM change has not propagated yet",
                        ] : ["the condition is met, and AWS refuses the call for another reason"]
                    return PossibleCauses(
                        ["the condition on \(keys.joined(separator: ", ")) fails"] + others,
                        toFindOut: "CloudTrail in the role's account shows the request's values."
                    )
                }
            ),
        ]
    }

    /// Reports Deny statements that an error makes ineffective (for example, a date compared as text).
    static let ineffectiveDenials = Check(
        .trust,
        [
            CheckRow(.informs) { context in
                guard let policy = context.policy, !context.isTokenUnintended else { return [] }
                let further = (context.claims?.additionalActions ?? []).compactMap(context.furtherVerdict)
                let deciding = context.decidingVerdict
                var seen: Set<Int> = []
                return ([context.verdict].compactMap(\.self) + further).flatMap(\.statements).compactMap {
                    outcome in
                    // Another row reports the statement if the statement makes the verdict undetermined.
                    let isDeciding =
                        deciding?.decision == .undetermined && deciding?.decidingStatement == outcome.index
                    let mistakes = DenialMistake.all(
                        in: outcome,
                        policy.statements[outcome.index],
                        of: context.claims
                    )
                    .filter(\.mistake.isIndependentOfRequest)
                    guard outcome.matchesPrincipal, !isDeciding, !mistakes.isEmpty,
                        seen.insert(outcome.index).inserted
                    else {
                        return nil
                    }
                    return Cause(ofIneffective: outcome, mistakes)
                }
            }
        ]
    )

    /// Returns a sentence about the origin of a condition key's value; `nil` if no explanation is needed.
    private static func source(of key: String, in context: DiagnosisContext) -> String? {
        if key.roleTag != nil {
            return
                "The key is a tag of the role, not of the caller; cambist reads the role's tags with iam:GetRole."
        }
        guard key.lowercased() == "aws:sourceip" else { return nil }
        let address = context.request.privateSourceIP
        return "AWS sees the public address from which this host's requests leave (its egress address)"
            + (address.map {
                ", not the private address \($0). Only a request through a VPC endpoint has a private address, in the key "
                    + "aws:VpcSourceIp, and such a request does not have aws:SourceIp."
            } ?? ".")
    }

    /// The option of `explain` that sets a condition key.
    private static func option(for key: String) -> String {
        switch key.lowercased() {
        case "aws:sourceip": "--source-ip ADDRESS"
        case "sts:rolesessionname": "--session-name NAME"
        case "aws:currenttime", "aws:epochtime": "--at TIME"
        default: "--context \(ShellWord.posix("\(key)=VALUE"))"
        }
    }

    /// Checks that the trust policy names neither deleted identities nor the object IDs of applications.
    static let deletedSubjects = Check(
        .trust,
        [
            CheckRow(
                "subject-is-application",
                .informs,
                cause:
                    "The trust policy names the object ID of an application, which is never the sub of a token.",
                evidence: { context in
                    let ids = context.evidence.applicationIDs.intersection(context.otherSubjects).sorted()
                    guard !ids.isEmpty, context.verdict?.decision != .deny else { return nil }
                    return
                        "the directory has an application with the object ID \(ids.joined(separator: ", "))"
                },
                fix: { context in
                    let ids = context.evidence.applicationIDs.intersection(context.otherSubjects).sorted()
                    return Fix(
                        "Decide whether the application's service principal may assume the role. If so, or if the condition "
                            + "excludes the ID, replace the ID with the object ID of the service principal, which the "
                            + "command prints. Otherwise, remove the ID; if the statement names no other identity, remove the "
                            + "statement. Do not remove only the condition, because the statement then allows every "
                            + "identity:",
                        commands: ids.map {
                            "az ad sp show --id $(az ad app show --id \($0) --query appId -o tsv) --query id -o tsv"
                        }
                    )
                }
            ),
            CheckRow(.informs) { context in
                let deletedIDs = context.deletedSubjects
                guard let policy = context.policy, !deletedIDs.isEmpty else { return [] }
                let names = deletedIDs.sorted().joined(separator: ", ")
                return [
                    Cause(
                        "subject-deleted",
                        "The trust policy names object IDs that do not exist in the directory.",
                        evidence: "the directory has no object with these IDs: \(names)",
                        fix: context.removal(of: deletedIDs, from: policy)
                    )
                ]
            },
        ]
    )
}

extension Cause {
    /// Creates the cause for a Deny statement whose errors prevent, or may prevent, the denial.
    fileprivate init(
        ofIneffective outcome: StatementVerdict,
        _ mistakes: [(condition: ConditionVerdict, mistake: DenialMistake)]
    ) {
        let texts = mistakes.map { condition, mistake in
            let reason =
                switch mistake {
                case .ineffective(let reason): reason
                case .nearMiss(let nearMiss): nearMiss.description
                }
            let test = condition.condition
            return "\(test.operator) on \(test.key) has the value \(condition.requiredText), but \(reason)"
        }
        let corrections = mistakes.map { condition, _ in condition.condition.correction }
        self.init(
            "denial-ineffective",
            "A Deny statement of the trust policy has a mistake and may not deny what its author intends.",
            evidence: "\(outcome.place): \(texts.joined(separator: "; "))",
            fix: Fix(
                "Ask the author of \(outcome.place) to correct the statement. "
                    + "\(corrections.joined(separator: " ")) The corrected statement may deny this request. Do not "
                    + "remove the condition, because without it, the statement denies more requests."
            )
        )
    }
}

extension Condition {
    /// The correction of a condition that makes a Deny statement ineffective, as sentences.
    fileprivate var correction: String {
        if hasUnreadableValue { return unreadableText }
        if comparesDateAsText { return "\(key) needs a date operator, such as DateLessThan." }
        if hasUndocumentedKey { return "\(key) must be a key that AWS documents." }
        return "\(key) needs an operator for the type of its values."
    }
}

extension DiagnosisContext {
    /// The summary of a denial by a Deny statement; names the denied action unless it is the call's own action.
    fileprivate func denialSummary(_ verdict: TrustVerdict) -> String {
        guard chain != nil, let action = verdict.action, action != "sts:AssumeRole" else {
            return "A Deny statement of the trust policy matches the request."
        }
        let reason = action == "sts:TagSession" ? "session tags require" : "source identity requires"
        return "A Deny statement of the trust policy denies \(action), which the session's \(reason)."
    }

    /// The denial that the step *trust* predicted; `nil` if STS did not deny the call.
    ///
    /// Also `nil` if the policy or the role is known now.
    fileprivate var predictedDenial: Failure? {
        guard case .unknown = evidence.policy, case .unknown = evidence.role,
            refusal?.code == "AccessDenied", !isTokenUnintended
        else { return nil }
        return evidence.predictedDenial
    }

    fileprivate var roleUnderOtherPath: RoleARN? {
        if case .atOtherPath(let arn) = evidence.role { arn } else { nil }
    }
}

extension DiagnosisContext {
    /// The object IDs in the `sub` conditions of the Allow statements, except the token's subject.
    ///
    /// Ignores statements for other tenants, because the directory has only objects of the identity's tenant.
    var otherSubjects: Set<String> {
        guard let policy else { return [] }
        let conditions = policy.statements.filter { $0.effect == .allow && trustsOwnTenant($0) }
            .flatMap(\.conditions)
        let values = conditions.filter { OIDCKey($0.key)?.name.lowercased() == "sub" }.flatMap(\.values)
        return Set(values.filter { $0.isGUID && $0 != claims?.subject })
    }

    /// The subjects that the directory lacks.
    ///
    /// Excludes the identity's client ID, which is not an object ID.
    fileprivate var deletedSubjects: Set<String> {
        guard ownTenant != nil else { return [] }
        let clientIDs = [evidence.identity?.clientID, claims?.clientID].compactMap { $0?.lowercased() }
        return evidence.missingPrincipals.subtracting(evidence.applicationIDs).intersection(otherSubjects)
            .filter { !clientIDs.contains($0.lowercased()) }
    }

    /// The causes of a denial that would remain if no statement had Effect Deny.
    fileprivate var causesWithoutDenial: [Cause] {
        guard let policy else { return [] }
        // The Deny statements remain without actions, because the causes name statements by index.
        let allowing = policy.replacingStatements(
            by: policy.statements.map { $0.effect == .deny ? $0.withoutActions : $0 }
        )
        if let chain {
            guard let verdict = chainVerdict(of: allowing), verdict.decision == .deny else { return [] }
            return ChainDenial(policy: policy, verdict: verdict, chain: chain, context: self).causes
        }
        guard let verdict = self.verdict(of: allowing), verdict.decision == .deny else { return [] }
        return TrustDenial(policy: policy, verdict: verdict, context: self).causes
    }

    /// The advice to correct an unreadable value.
    ///
    /// If a correction could allow other callers, the advice is to decide first which callers to allow or deny.
    fileprivate var valueCorrection: String {
        guard let verdict = decidingVerdict, let index = verdict.decidingStatement,
            let condition = verdict.decidingCondition?.condition, let policy,
            policy.statements.indices.contains(index)
        else { return "" }
        let isDenial = policy.statements[index].effect == .deny
        let edit = PolicyEdit(
            words: "Correct the value.",
            part: isDenial ? .denial : .condition(condition, by: [])
        )
        guard let refusal = PolicyEdit.refusal(of: [edit], in: index, self) else { return edit.words }
        return
            "Decide which callers \(verdict.decidingPlace) must \(isDenial ? "deny" : "allow") before you change the "
            + "value, because \(refusal.clause)."
    }

    /// Returns the fix that removes the IDs of deleted identities from a policy.
    ///
    /// If another fix changes the policy to allow the token, the removal is the second change.
    fileprivate func removal(of deletedIDs: Set<String>, from policy: TrustPolicy) -> Fix {
        let proposal = verdict.flatMap {
            $0.decision == .deny ? try? PolicyProposal(for: $0, in: self) : nil
        }
        let advice =
            "If an identity with such an ID was created in the last few minutes, the directory may not show it yet. "
            + "Otherwise, remove the ID in a separate step"
            + (proposal == nil ? "" : ", after the change that allows \(callerNoun)")
        do throws(NoProposal) {
            let removal = try PolicyProposal(
                removing: deletedIDs,
                from: proposal?.policy ?? policy,
                in: self
            )
            return storing(removal.policy, after: proposal?.policy, advice: "\(advice)\(removal.notes):")
        } catch {
            return Fix("\(advice). \(error.text)")
        }
    }

    /// The cause for a document that cambist does not accept as the role's trust policy.
    fileprivate func cause(ofRefusing error: PolicyError) -> Cause {
        switch error.code {
        case PolicyError.placeholderCode:
            let names = (error.detail ?? "").split(separator: ", ").map { withReplacement(String($0)) }
            return Cause(
                error.code,
                "The trust policy is a template whose placeholders were not filled in.",
                evidence: "the first placeholder is at \(error.path); the document contains "
                    + "\(error.detail ?? "placeholders")",
                fix: Fix(
                    "Replace \(names.joined(separator: ", ")), or run `cambist explain MAPPING`, which reads the policy "
                        + "from IAM."
                )
            )
        case PolicyError.unreadableCode:
            return Cause(
                error.code,
                "The trust policy file cannot be read.",
                evidence: error.message,
                fix: Fix(
                    "Correct trust_policy_file of the mapping, or remove it (`cambist config edit`). To save the role's "
                        + "current policy in the file:",
                    commands: roleReading()
                )
            )
        case PolicyError.otherRoleCode:
            return Cause(
                error.code,
                "The document is the trust policy of another role.",
                evidence: error.description,
                fix: Fix(
                    "Save the policy of this role, or name the other role:",
                    commands: roleReading()
                )
            )
        case PolicyError.ambiguousPolicyCode:
            return Cause(
                error.code,
                "The document has the trust policies of several roles.",
                evidence: error.description,
                fix: Fix(
                    "Save the policy of this role:",
                    commands: roleReading()
                )
            )
        default:
            let known = KnownError.find(.iam, code: error.code, message: error.message)
            let isGeneral = known?.id == "policy-malformed"
            let place = error.path.isEmpty ? "the document" : error.path
            return Cause(
                known?.id ?? "policy-malformed",
                "The document is not a valid trust policy.",
                evidence: error.description,
                fix: Fix(error.advice ?? (isGeneral ? nil : known?.fix) ?? "Correct \(place).").filled(
                    in: self
                )
            )
        }
    }
}

extension Cause {
    fileprivate init(ofPredicted denial: Failure) {
        self.init(
            denial.code,
            "The trust policy that was read before the call does not allow the call.",
            evidence: denial.message.hasSuffix(".") ? String(denial.message.dropLast()) : denial.message,
            fix: Fix(denial.fix)
        )
    }
}
