import Federation
import TrustPolicy

extension Check {
    /// The role exists and the token can be used for it.
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
                fix: { _ in
                    Fix(
                        "Correct role_arn to one of the account's roles:",
                        commands: ["aws iam list-roles --query 'Roles[].Arn'"]
                    )
                }
            ),
            CheckRow(
                "role-path",
                cause: "The account has a role of that name under another path.",
                evidence: { context in
                    guard let role = context.request.roleARN, let other = context.roleElsewhere else {
                        return nil
                    }
                    return "IAM has \(other), requested is \(role)"
                },
                fix: { context in
                    "Set role_arn to \(context.roleElsewhere.map(\.description) ?? "the ARN that IAM has")."
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
                    return "the role is in \(role.partition.rawValue), \(region) in \(partition.rawValue)"
                },
                fix: { _ in "Set the mapping's region to one of the role's partition." }
            ),
        ]
    )

    /// The trust policy is valid and allows the token.
    static let trustPolicy = Check(
        .trust,
        firstOf: [
            CheckRow { context in
                guard case .refused(let error) = context.evidence.policy else { return [] }
                let known = KnownError.find(.iam, code: error.code, message: error.message)
                return [
                    Cause(
                        known?.id ?? "policy-malformed",
                        "The document is not a valid trust policy.",
                        evidence: error.description,
                        fix: Fix(known?.fix ?? "Correct the document at the place that the message names.")
                    )
                ]
            },
            CheckRow { context in
                guard let policy = context.policy, let verdict = context.verdict, verdict.decision == .deny
                else {
                    return []
                }
                return TrustDenial(policy: policy, verdict: verdict, context: context).causes
            },
            CheckRow(
                "denied-explicitly",
                cause: "A Deny statement of the trust policy matches the request.",
                evidence: { context in
                    guard let verdict = context.verdict, verdict.decision == .explicitDeny else { return nil }
                    let condition = verdict.decidingCondition.map { ": \($0.text)" } ?? ""
                    return "\(verdict.decidingPlace)\(condition)"
                },
                fix: { context in
                    Fix(
                        "To allow the identity, narrow the condition of \(context.verdict?.decidingPlace ?? "the statement"), "
                            + "which is a Deny."
                    )
                }
            ),
            CheckRow(
                "value-unreadable",
                cause: "The trust policy has a value that its negated operator cannot read.",
                evidence: { context in
                    guard let verdict = context.verdict, verdict.decision == .undetermined,
                        let condition = verdict.decidingCondition, condition.condition.hasUnreadableValue
                    else { return nil }
                    return "\(verdict.decidingPlace): \(condition.text)"
                },
                fix: { _ in "Correct the value: AWS may compare it differently or ignore the condition." }
            ),
            CheckRow(
                "depends-on-unknown",
                .blocks(if: { $0.refusal?.code == "AccessDenied" }),
                cause: "The trust policy's decision depends on values that only AWS knows.",
                evidence: { context in
                    guard let verdict = context.verdict, verdict.decision == .undetermined else { return nil }
                    return verdict.decidingCondition.map { "\(verdict.decidingPlace): \($0.text)" }
                        ?? "the policy tests \(verdict.unknownKeys.joined(separator: ", "))"
                },
                fix: { context in
                    let options = (context.verdict?.unknownKeys ?? []).map(option)
                    return "Pass the values that AWS sees: \(options.joined(separator: " "))."
                },
                possibleCauses: { context in
                    let keys = context.verdict?.unknownKeys ?? []
                    guard !keys.isEmpty else { return nil }
                    return PossibleCauses(
                        ["the condition on \(keys.joined(separator: ", ")) passes", "the condition fails"],
                        toFindOut: "CloudTrail in the role's account shows the request's values."
                    )
                }
            ),
        ]
    )

    /// The option of `explain` that sets a condition key.
    private static func option(for key: String) -> String {
        switch key.lowercased() {
        case "aws:sourceip": "--source-ip ADDRESS"
        case "sts:rolesessionname": "--session-name NAME"
        case "aws:currenttime", "aws:epochtime": "--at TIME"
        default: "--context \(ShellWord.posix("\(key)=VALUE"))"
        }
    }

    /// The trust policy allows the further actions that a token with session tags or a source identity needs.
    static let sessionActions = Check(
        .trust,
        [
            missingAction(
                "tag-session-missing",
                claim: "https://aws.amazon.com/tags",
                action: "sts:TagSession"
            ),
            missingAction(
                "set-source-identity-missing",
                claim: "https://aws.amazon.com/source_identity",
                action: "sts:SetSourceIdentity"
            ),
        ]
    )

    private static func missingAction(_ id: String, claim: String, action: String) -> CheckRow {
        CheckRow(
            id,
            cause: "The token carries \(claim), so the trust policy must also allow \(action).",
            evidence: { context in
                guard context.verdict?.decision == .allow, context.claims?.payload[claim] != nil,
                    context.decision(forAction: action) == .deny
                else { return nil }
                return "no statement allows \(action)"
            },
            fix: { context in
                let proposal = PolicyProposal(allowing: action, in: context)
                return Fix(
                    "Add \"\(action)\" to the Action of the statement that allows sts:AssumeRoleWithWebIdentity"
                        + (proposal == nil ? "." : ":"),
                    commands: proposal.map { [context.storing($0.policy)] } ?? []
                )
            }
        )
    }
}

extension DiagnosisContext {
    /// The ARN of a role that has the requested name under another path.
    fileprivate var roleElsewhere: RoleARN? {
        if case .elsewhere(let arn) = evidence.role { arn } else { nil }
    }
}

extension TrustVerdict {
    /// The path of the statement that decided.
    fileprivate var decidingPlace: String { "Statement[\(decidingStatement ?? 0)]" }
}
