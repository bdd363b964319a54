import Federation
import TrustPolicy

extension Check {
    /// Whether the role is there and in reach.
    static let role = Check(.trust) { examination in
        guard let role = examination.request.roleARN else { return [] }
        let causes = [
            examination.absence(of: role), examination.otherPath(than: role), examination.exclusion(of: role),
            examination.otherPartition(than: role),
        ]
        return causes.compactMap(\.self).prefix(1).map { .blocking($0) }
    }

    /// What the trust policy says, condition by condition.
    static let trustPolicy = Check(.trust) { examination in
        if case .refused(let error) = examination.evidence.policy {
            let known = KnownError.find(.iam, code: error.code, message: error.message)
            return [
                .blocking(
                    Cause(
                        known?.id ?? "policy-malformed",
                        "The document is no trust policy that IAM would store.",
                        evidence: error.description,
                        fix: known?.fix ?? "Correct the document where the message says."
                    )
                )
            ]
        }
        guard let policy = examination.policy, let verdict = examination.verdict else { return [] }
        return switch verdict.decision {
        case .allow, .invalid: []
        case .deny: TrustDenial(policy: policy, verdict: verdict, examination: examination).findings
        case .explicitDeny: [.blocking(examination.explicitDenial(verdict))]
        case .undetermined: [examination.openDecision(verdict)]
        }
    }

    /// The further actions that a token with session tags or a source identity needs.
    static let sessionActions = Check(.trust) { examination in
        guard let claims = examination.claims, examination.verdict?.decision == .allow else { return [] }
        let needs = [
            (claim: "https://aws.amazon.com/tags", action: "sts:TagSession", id: "tag-session-missing"),
            (
                claim: "https://aws.amazon.com/source_identity", action: "sts:SetSourceIdentity",
                id: "set-source-identity-missing"
            ),
        ]
        return needs.compactMap { claim, action, id in
            guard claims.payload[claim] != nil, examination.decision(forAction: action) == .deny else {
                return nil
            }
            return .blocking(
                Cause(
                    id,
                    "The token carries \(claim), for which the trust policy must allow \(action) too.",
                    evidence: "no statement allows \(action)",
                    fix: "Add \"\(action)\" to the Action of the statement that allows "
                        + "sts:AssumeRoleWithWebIdentity." + examination.adding(action)
                )
            )
        }
    }
}

extension DiagnosisContext {
    /// The command that stores a trust policy with the role.
    func storing(_ policy: TrustPolicy) -> String {
        "aws iam update-assume-role-policy --role-name \(ShellWord.posix(request.roleARN?.name ?? "ROLE")) "
            + "--policy-document \(ShellWord.posix(policy.document.compactText))"
    }

    /// The command that has the statement which lets the token in allow one more action, on a line of its own.
    fileprivate func adding(_ action: String) -> String {
        guard let policy, let index = verdict?.decidingStatement, !policy.statements[index].action.isNegated
        else {
            return ""
        }
        let statement = policy.statements[index]
        let wider = TrustStatement(
            sid: statement.sid,
            effect: statement.effect,
            principal: statement.principal,
            action: ActionElement(isNegated: false, names: statement.action.names + [action]),
            conditions: statement.conditions
        )
        return "\n\(storing(policy.replacing(index, with: wider)))"
    }

    fileprivate func absence(of role: RoleARN) -> Cause? {
        guard case .missing = evidence.role else { return nil }
        return Cause(
            "role-not-found",
            "There is no such role.",
            evidence: "IAM has no role \(role.name) in account \(role.account)",
            fix: "Correct role_arn; the account's roles are: aws iam list-roles --query 'Roles[].Arn'"
        )
    }

    fileprivate func otherPath(than role: RoleARN) -> Cause? {
        guard case .elsewhere(let arn) = evidence.role else { return nil }
        return Cause(
            "role-path",
            "The account has a role of that name, but its ARN is another.",
            evidence: "IAM has \(arn), asked is \(role)",
            fix: "Set role_arn to \(arn)."
        )
    }

    fileprivate func exclusion(of role: RoleARN) -> Cause? {
        let allowed = claims?.authorizedRoles ?? []
        guard !allowed.isEmpty, !allowed.contains(role.description) else { return nil }
        return Cause(
            "role-not-in-token",
            "The token's claim https://aws.amazon.com/roles does not list the role.",
            evidence: "it lists \(allowed.joined(separator: ", "))",
            fix: "Add \(role) to the claim at the issuer, or ask for a role that it lists."
        )
    }

    fileprivate func otherPartition(than role: RoleARN) -> Cause? {
        guard let region = request.region, let partition = AWSPartition(region: region),
            partition != role.partition
        else { return nil }
        return Cause(
            "partition-mismatch",
            "The role and the region are in different partitions of AWS.",
            evidence: "the role is in \(role.partition.rawValue), \(region) in \(partition.rawValue)",
            fix: "Set the mapping's region to one of the role's partition."
        )
    }

    fileprivate func explicitDenial(_ verdict: TrustVerdict) -> Cause {
        let place = "Statement[\(verdict.decidingStatement ?? 0)]"
        let seen = verdict.decidingCondition.map { ": \($0.text)" } ?? ""
        return Cause(
            "denied-explicitly",
            "A statement of the trust policy denies the request.",
            evidence: "\(place)\(seen)",
            fix: "If the identity is to be let in, narrow the condition of \(place), which is a Deny."
        )
    }

    /// The options of explain that say what keys AWS will see.
    private static func options(for keys: [String]) -> String {
        let options = keys.map { key in
            switch key.lowercased() {
            case "aws:sourceip": "--source-ip ADDRESS"
            case "sts:rolesessionname": "--session-name NAME"
            case "aws:currenttime", "aws:epochtime": "--at TIME"
            default: "--context \(ShellWord.posix("\(key)=VALUE"))"
            }
        }
        return options.joined(separator: " ")
    }

    fileprivate func openDecision(_ verdict: TrustVerdict) -> Finding {
        let keys = verdict.unknownKeys.joined(separator: ", ")
        let isDenied = refusal?.code == "AccessDenied"
        let seen = verdict.decidingCondition.map {
            "Statement[\(verdict.decidingStatement ?? 0)]: \($0.text)"
        }
        let finding = isDenied ? Finding.blocking : Finding.notable
        return finding(
            Cause(
                "depends-on-unknown",
                "The trust policy's decision depends on what only AWS can see.",
                evidence: seen ?? "the policy tests \(keys)",
                fix: "Say what AWS will see: \(Self.options(for: verdict.unknownKeys))."
            )
            .leavingOpen(
                OpenQuestion(
                    causes: ["the condition on \(keys) passes", "it does not"],
                    tell: "CloudTrail in the role's account shows the request's values."
                )
            )
        )
    }
}
