extension Check {
    /// Whether the role lives as long as asked.
    static let duration = Check(.exchange) { examination in
        guard case .found(let role) = examination.evidence.role, let maximum = role.maximumSession,
            let asked = examination.request.duration, asked > maximum
        else { return [] }
        let name = examination.request.roleARN?.name ?? "ROLE"
        return [
            .blocking(
                Cause(
                    "duration-over-maximum",
                    "The duration asked for is longer than the role's maximum.",
                    evidence:
                        "asked are \(DurationText.format(asked)), the role allows \(DurationText.format(maximum))",
                    fix:
                        "Lower the mapping's duration, or: aws iam update-role --role-name \(ShellWord.posix(name)) "
                        + "--max-session-duration \(asked.components.seconds)"
                )
            )
        ]
    }

    /// What STS said, where nothing found before explains it.
    static let refusal = Check(.exchange) { examination in
        guard let refusal = examination.refusal else { return [] }
        let evidence = "\(refusal.code): \(refusal.message)"
        if refusal.code == "AccessDenied" { return [examination.unexplainedDenial(evidence: evidence)] }
        guard let known = KnownError.find(.sts, code: refusal.code, message: refusal.message) else {
            let cause = Cause(
                refusal.isOfOurs ? refusal.code : "unknown-error",
                refusal.isOfOurs
                    ? "STS was not asked, or no answer of STS's came."
                    : "STS refused for a reason that cambist does not know.",
                evidence: evidence,
                fix: refusal.fix
            )
            return [.fallback(cause)]
        }
        let cause = Cause(known.id, known.summary, evidence: evidence, fix: known.fix)
        return [.fallback(cause, question: OpenQuestion(aboutRefusal: known))]
    }

    /// What came of credentials that STS gave.
    static let answer = Check(.credentials) { examination in
        switch examination.evidence.exchange {
        case .untried, .refused: []
        case .callFailed(let failure): [.unusableCredentials(failure)]
        case .succeeded(let answer): examination.oddities(of: answer)
        }
    }
}

extension Examination {
    /// How long IAM may take to show a change everywhere.
    private static let settling = Duration.seconds(120)

    fileprivate func unexplainedDenial(evidence: String) -> Finding {
        guard verdict?.decision == .allow else { return denialWithoutPolicy(evidence: evidence) }
        if let change = self.evidence.lastChange, now.since(change) < Self.settling {
            return .fallback(
                Cause(
                    "settling",
                    "The trust policy allows it, and IAM was changed a moment ago.",
                    evidence: "\(evidence); changed \(change.text)",
                    fix: "Wait up to two minutes and test again."
                )
            )
        }
        return .fallback(
            Cause(
                "denied-beyond-trust",
                "The trust policy that is known here allows it, and AWS denies it all the same.",
                evidence: evidence,
                fix: "Compare with what IAM has: aws iam get-role --role-name "
                    + "\(ShellWord.posix(request.roleARN?.name ?? "ROLE")) --query Role.AssumeRolePolicyDocument"
            ),
            question: OpenQuestion(
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

    private func denialWithoutPolicy(evidence: String) -> Finding {
        .fallback(
            Cause(
                "not-authorized",
                "The token is good, and the role does not let it in: no such role, or its trust policy does not match.",
                evidence: evidence,
                fix:
                    "Let cambist read the policy: give it credentials with iam:GetRole, or a copy under trust_policy_file."
            ),
            question: OpenQuestion(
                causes: [
                    "there is no such role", "the trust policy does not match",
                    "a policy of the organisation denies it",
                ],
                tell:
                    "aws iam get-role --role-name \(ShellWord.posix(request.roleARN?.name ?? "ROLE")) shows role and policy."
            )
        )
    }

    fileprivate func oddities(of answer: ExchangeAnswer) -> [Finding] {
        var findings: [Finding] = []
        if let subject = answer.subject, let expected = claims?.subject, subject != expected {
            findings.append(
                .notable(
                    Cause(
                        "answer-subject",
                        "STS reports another subject than the token's.",
                        evidence: "the answer has \(subject), the token \(expected)",
                        fix:
                            "Look for something between here and STS: cambist doctor shows endpoint and proxy."
                    )
                )
            )
        }
        if let given = answer.duration, let asked = request.duration, given < asked - .seconds(60) {
            findings.append(
                .notable(
                    Cause(
                        "session-shorter",
                        "The session is shorter than asked for.",
                        evidence:
                            "asked were \(DurationText.format(asked)), given \(DurationText.format(given))",
                        fix: "Exchange with cambist itself: SDKs leave the duration out for web identities."
                    )
                )
            )
        }
        return findings
    }
}

extension Finding {
    fileprivate static func unusableCredentials(_ failure: Failure) -> Finding {
        let evidence = "\(failure.code): \(failure.message)"
        guard let known = KnownError.find(.sts, code: failure.code, message: failure.message) else {
            return .blocking(
                Cause(
                    "credentials-refused",
                    "The exchange worked, and AWS does not take the credentials.",
                    evidence: evidence,
                    fix: failure.fix
                )
            )
        }
        let cause = Cause(known.id, known.summary, evidence: evidence, fix: known.fix)
        return .blocking(cause, question: OpenQuestion(aboutRefusal: known))
    }
}

extension OpenQuestion {
    /// What a refusal of AWS may stand for, when nothing here tells.
    fileprivate init?(aboutRefusal known: KnownError) {
        switch known.id {
        case "no-provider":
            self.init(
                causes: [
                    "no provider in the role's account", "one that differs by its slash or token version",
                    "a wrong account in the role's ARN", "one made seconds ago",
                ],
                tell: "aws iam list-open-id-connect-providers in the role's account."
            )
        case "audience-not-registered":
            self.init(
                causes: [
                    "the audience is not among the client IDs", "it is there in another form",
                    "it was just added",
                ],
                tell: "aws iam get-open-id-connect-provider --open-id-connect-provider-arn ARN lists them."
            )
        case "verification-key":
            self.init(
                causes: [
                    "a passing fault", "a key that the issuer does not publish",
                    "an issuer that AWS cannot reach",
                ],
                tell:
                    "Fetch the issuer's discovery document and keys from outside, and look for the token's kid."
            )
        case "credentials-invalid":
            self.init(
                causes: [
                    "the role was deleted or made anew", "keys and token of different sessions",
                    "another partition",
                ],
                tell: "Compare aws iam get-role's RoleId with the AROA… in the session's AssumedRoleId."
            )
        default:
            return nil
        }
    }
}
