import Federation
import TrustPolicy

/// A kind of policy that AWS names as the reason for a denial.
///
/// Source: IAM user guide, "Troubleshoot access denied error messages".
enum DenyingPolicy: String, CaseIterable, Sendable {
    case serviceControl = "service control policy"
    case resourceControl = "resource control policy"
    case permissionsBoundary = "permissions boundary"
    case session = "session policy"
    case vpcEndpoint = "VPC endpoint policy"
    case identityBased = "identity-based policy"
    case resourceBased = "resource-based policy"
    case roleTrust = "role trust policy"

    private static let prefix = "denied-by-"

    /// The ID of the known errors for a denial by this kind of policy.
    var id: String { Self.prefix + rawValue.lowercased().replacing(" ", with: "-") }

    /// Returns the kind of policy in the error's message, and whether a Deny statement is the reason.
    static func stated(by failure: Failure) -> (policy: DenyingPolicy, isExplicit: Bool)? {
        guard KnownError.denialCodes.contains(failure.code) else { return nil }
        let message = failure.message.lowercased()
        for policy in allCases {
            if policy.explicitTexts.contains(where: { message.contains($0.lowercased()) }) {
                return (policy, true)
            }
            if message.contains(policy.implicitText.lowercased()) { return (policy, false) }
        }
        return nil
    }

    /// Whether STS uses this name for the role's trust policy.
    fileprivate var isTrustPolicy: Bool { self == .resourceBased || self == .roleTrust }

    fileprivate var explicitTexts: [String] {
        ["a", "an", "the"].map { "explicit deny in \($0) \(rawValue)" }
    }

    fileprivate var implicitText: String { "because no \(rawValue) allows" }

    /// A phrase for this kind of policy: `the permissions boundary`.
    fileprivate var subject: String {
        switch self {
        case .permissionsBoundary: "the permissions boundary"
        case .vpcEndpoint: "the policy of the VPC endpoint"
        case .roleTrust: "the role's trust policy"
        case .resourceBased: "the role's trust policy (a resource-based policy)"
        case .serviceControl, .resourceControl, .session: "a \(rawValue)"
        case .identityBased: "an \(rawValue)"
        }
    }

    /// The meaning of a denial by this kind of policy, in one sentence.
    fileprivate func summary(isExplicit: Bool) -> String {
        if isExplicit { return "According to AWS, a Deny statement in \(subject) denies the call." }
        return switch self {
        case .permissionsBoundary, .vpcEndpoint, .roleTrust, .resourceBased:
            "According to AWS, \(subject) does not allow the call."
        case .serviceControl, .resourceControl, .session, .identityBased:
            "According to AWS, no \(rawValue) allows the call."
        }
    }

    /// Returns the advice on a denied call to IAM that setup or an explanation made.
    fileprivate func operatorAdvice(isExplicit: Bool) -> String {
        let change = isExplicit ? "narrow the Deny statement" : "allow the action"
        let caller = "the principal of these credentials"
        let decision = "Decide whether \(caller) may make the call. If so,"
        let alternative = "otherwise, set setup.aws_profile to a different profile (`cambist config edit`)"
        return switch self {
        case .serviceControl, .resourceControl:
            "Ask the organization's administrator to \(isExplicit ? "narrow the Deny statement of" : "allow the action in") "
                + "the \(rawValue); granting another permission to \(caller) has no effect."
        case .permissionsBoundary:
            "\(decision) change its permissions boundary: \(change); \(alternative)."
        case .session:
            "\(decision) change the session policy with which these credentials were requested: \(change); "
                + "\(alternative)."
        case .vpcEndpoint:
            "Call IAM without this VPC endpoint. If all callers through the endpoint may make the call, change the "
                + "policy of the endpoint: \(change)."
        case .identityBased:
            "\(decision) "
                + (isExplicit
                    ? "narrow the Deny statement of its policy" : "allow the action in one of its policies")
                + "; \(alternative)."
        case .resourceBased, .roleTrust:
            "Compare the \(rawValue) with the call; \(change) if the caller is meant to make the call."
        }
    }

    private static let decision = "Decide whether the calling role may make the call. If so,"

    /// Returns the advice on a denied call to STS, or on a denied call with the new credentials.
    fileprivate func advice(isExplicit: Bool) -> String {
        let change = isExplicit ? "narrow the Deny statement" : "allow the action"
        return switch self {
        case .serviceControl, .resourceControl:
            "Ask the organization's administrator to \(isExplicit ? "narrow the Deny statement of" : "allow the action in") "
                + "the \(rawValue); changing the trust policy has no effect."
        case .permissionsBoundary:
            "\(Self.decision) change its permissions boundary: \(change). Changing the trust policy has no effect."
        case .session:
            "\(Self.decision) change the session policy (policy_file, policy_arns) of the mapping whose credentials "
                + "make the call (`cambist config edit`): \(change)."
        case .vpcEndpoint:
            "Call STS without this VPC endpoint. If all callers through the endpoint may make the call, change the "
                + "policy of the endpoint: \(change)."
        case .identityBased:
            "\(Self.decision) "
                + (isExplicit
                    ? "narrow the Deny statement of its policy."
                    : "allow the action in one of its policies, for this resource.")
        case .resourceBased, .roleTrust:
            "Compare the role's trust policy in IAM with the call; \(change) if the caller is meant to assume the role."
        }
    }
}

extension KnownError {
    fileprivate static let denialCodes: Set<String> = ["AccessDenied", "AccessDeniedException"]

    /// The table's rows for denials by STS whose messages contain the kind of policy.
    static let statedDenials: [Row] = denialRows(
        advice: { $0.advice(isExplicit: $1) },
        mappingFix: { $0.fix(of: $1, isExplicit: $2) }
    )

    /// The table's rows for denials by IAM whose messages contain the kind of policy.
    static let statedOperatorDenials: [Row] = denialRows(
        advice: { $0.operatorAdvice(isExplicit: $1) },
        mappingFix: { _, _, _ in nil }
    )

    private static func denialRows(
        advice: (DenyingPolicy, _ isExplicit: Bool) -> String,
        mappingFix: @escaping @Sendable (DiagnosisContext, DenyingPolicy, _ isExplicit: Bool) -> Fix?
    ) -> [Row] {
        DenyingPolicy.allCases.flatMap { policy in
            [
                Row(
                    policy.id,
                    .codes(denialCodes, text: policy.explicitTexts[0]),
                    .codes(denialCodes, text: policy.explicitTexts[1]),
                    .codes(denialCodes, text: policy.explicitTexts[2]),
                    cause: policy.summary(isExplicit: true),
                    fix: advice(policy, true),
                    noCommand: advice(policy, true).contains("`") ? nil : .otherOwner,
                    mappingFix: { mappingFix($0, policy, true) }
                ),
                Row(
                    policy.id,
                    .codes(denialCodes, text: policy.implicitText),
                    cause: policy.summary(isExplicit: false),
                    fix: advice(policy, false),
                    noCommand: advice(policy, false).contains("`") ? nil : .otherOwner,
                    mappingFix: { mappingFix($0, policy, false) }
                ),
            ]
        }
    }
}

extension Check {
    /// Reports the kind of policy that STS names as the reason for a denial.
    static let statedDenial = Check(
        .trust,
        [
            CheckRow { context in
                guard let refusal = context.refusal, let stated = context.statedDenial,
                    let row = context.knownRefusal, row.error.id == stated.policy.id
                else { return [] }
                // The check of the trust policy is more specific, because that check reports the statement and the
                // condition.
                if stated.policy.isTrustPolicy, context.decision?.isDenial == true { return [] }
                return [row.cause(evidence: refusal.codeAndMessage, in: context)]
            }
        ]
    )
}

extension DiagnosisContext {
    /// The kind of policy that STS names as the reason for a denial.
    var statedDenial: (policy: DenyingPolicy, isExplicit: Bool)? {
        refusal.flatMap { DenyingPolicy.stated(by: $0) }
    }

    /// Returns a fix with the mapping's values; `nil` if only the general advice is possible.
    fileprivate func fix(of policy: DenyingPolicy, isExplicit: Bool) -> Fix? {
        let isCall = callFailure != nil
        let caller = isCall ? request.roleARN : chain?.hub.roleARN
        switch policy {
        case .serviceControl:
            // Service control policies apply to the caller's account, resource control policies to the resource's.
            return caller.map { organizationFix(policy, account: $0.account, isExplicit: isExplicit) }
        case .resourceControl:
            return request.roleARN.map {
                organizationFix(policy, account: $0.account, isExplicit: isExplicit)
            }
        case .permissionsBoundary:
            return caller.map { caller in
                let change = isExplicit ? "narrow the Deny statement" : "allow \(deniedAction)"
                return Fix(
                    "Decide whether \(caller) may make the call. If so, change its permissions boundary: \(change). "
                        + "Changing the trust policy has no effect.",
                    introduction: "The boundary is in:",
                    commands: [
                        command(
                            .aws("iam get-role", .role(caller.name), query: "Role.PermissionsBoundary"),
                            inAccountOf: caller
                        )
                    ]
                )
            }
        case .session:
            guard let mapping = isCall ? request.mapping : chain?.hub.id else { return nil }
            let change = isExplicit ? "narrow the Deny statement" : "allow \(deniedAction)"
            return Fix(
                "Decide whether the session of `\(mapping)` may make the call. If so, change its session policy "
                    + "(policy_file, policy_arns; `cambist config edit`): \(change)."
            )
        case .identityBased:
            guard let hub = chain?.hub.roleARN, !isCall else { return nil }
            guard isExplicit else { return hubPermissionFix }
            let named = denyingPolicyARN.map { "\($0), a policy of \(hub)" } ?? "the policies of \(hub)"
            return narrowing("the Deny statement of \(named)")
        case .resourceBased, .roleTrust:
            guard request.roleARN != nil, !isCall else { return nil }
            return Fix(
                "Compare the role's trust policy in IAM with the call"
                    + (decision == .allow
                        ? "; the copy that cambist has allows the call, so the copy is out of date" : "")
                    + ":",
                commands: trustPolicyReading
            )
        case .vpcEndpoint: return nil
        }
    }

    /// Returns the advice to narrow a Deny statement against the hub's role; `denial` is a phrase for the statement.
    func narrowing(_ denial: String) -> Fix {
        Fix(
            "Decide whether \(chain?.hub.roleARN.description ?? "the hub's role") may assume this role. If so, narrow "
                + "\(denial), so that it does not cover \(deniedAction) on this role. cambist proposes no command, "
                + "because the statement may be meant for other calls, too."
        )
    }

    /// The action in AWS's denial: `sts:TagSession`.
    var refusedAction: String? {
        let message = (callFailure ?? refusal)?.message ?? ""
        return message.firstMatch(of: /not authorized to perform: ([a-z0-9-]+:[A-Za-z0-9]+)/)
            .map { String($0.output.1) }
    }

    /// The ARN of the denying policy in AWS's message.
    private var denyingPolicyARN: String? {
        let message = (callFailure ?? refusal)?.message ?? ""
        return message.firstMatch(of: /(?:policy|boundary): (arn:[^\s,;]+)/)
            .map { String($0.output.1).trimmingSuffix(".") }
    }

    /// The action of the denied call, or the words `the action` if the action is unknown.
    private var deniedAction: String {
        refusedAction ?? (chain == nil || callFailure != nil ? "the action" : "sts:AssumeRole")
    }

    private func organizationFix(_ policy: DenyingPolicy, account: String, isExplicit: Bool) -> Fix {
        let change = isExplicit ? "narrow the Deny statement of" : "allow the action in"
        let name = denyingPolicyARN.map { " \($0)" } ?? ""
        // Source: IAM user guide, AWS global condition context keys, availability of aws:PrincipalOrgID.
        let remark =
            policy == .resourceControl && isExplicit && chain == nil && callFailure == nil
            ? " A request with a token has no aws:PrincipalOrgID and no aws:PrincipalArn, so a Deny statement with "
                + "StringNotEqualsIfExists on such a key denies every token." : ""
        return Fix(
            "Ask the organization's administrator to \(change) the \(policy.rawValue)\(name) that applies to account \(account); "
                + "changing the trust policy has no effect.\(remark)"
        )
    }
}
