import Federation
import TrustPolicy

// Why AWS denies what the trust policy does not speak against, as far as it is known.
extension DiagnosisContext {
    /// The cause of an AccessDenied that no finding about role or policy explains.
    func denial(evidence: String) -> Cause {
        let isAllowed = verdict?.decision == .allow
        if let change = unsettledRole, isAllowed || policy == nil {
            let cause = settling(
                isAllowed
                    ? "The trust policy allows it, and IAM was changed a moment ago."
                    : "IAM was changed a moment ago, and STS may not show the change yet.",
                change,
                evidence: evidence
            )
            return isAllowed ? cause : cause.leavingOpen(whatDenies)
        }
        return isAllowed ? denialBeyondTrust(evidence: evidence) : denialUnread(evidence: evidence)
    }

    private var roleName: String { ShellWord.posix(request.roleARN?.name ?? "ROLE") }

    private func denialBeyondTrust(evidence: String) -> Cause {
        Cause(
            "denied-beyond-trust",
            "The trust policy that is known here allows it, and AWS denies it all the same.",
            evidence: evidence,
            fix: "Compare with what IAM has: aws iam get-role --role-name \(roleName) "
                + "--query Role.AssumeRolePolicyDocument"
        )
        .leavingOpen(
            OpenQuestion(
                causes: [
                    "a resource control policy of the organisation",
                    "the policy known here is not the role's",
                    "a change in IAM that has not settled",
                ],
                tell:
                    "CloudTrail in the role's account has the denied event; the organisation's administrator sees its "
                    + "resource control policies."
            )
        )
    }

    private func denialUnread(evidence: String) -> Cause {
        Cause(
            "not-authorized",
            "The token is good, and the role does not let it in: no such role, or its trust policy does not match.",
            evidence: evidence,
            fix:
                "Let cambist read the policy: give it credentials with iam:GetRole, or a copy under trust_policy_file."
        )
        .leavingOpen(whatDenies)
    }

    private var whatDenies: OpenQuestion {
        OpenQuestion(
            causes: [
                "there is no such role", "the trust policy does not match",
                "a policy of the organisation denies it",
            ],
            tell: "aws iam get-role --role-name \(roleName) shows role and policy."
        )
    }
}
