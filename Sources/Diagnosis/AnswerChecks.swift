import Federation

extension Check {
    /// What came of credentials that STS gave.
    static let answer = Check(.credentials) { examination in
        switch examination.evidence.exchange {
        case .untried, .refused: []
        case .callFailed(let failure, let roleID):
            [.blocking(examination.uselessCredentials(failure, roleID: roleID))]
        case .succeeded(let answer): examination.oddities(of: answer)
        }
    }
}

// Why a call with the credentials did not go well.
extension DiagnosisContext {
    fileprivate func uselessCredentials(_ failure: Failure, roleID: String?) -> Cause {
        let evidence = "\(failure.code): \(failure.message)"
        let isDenied = ["AccessDenied", "not authorized to perform"].contains(where: failure.message.contains)
        if failure.code.hasPrefix("probe-") {
            return isDenied
                ? permissionDenied(evidence: evidence)
                : Cause(
                    failure.code,
                    "The credentials work, and the probe did not end well.",
                    evidence: evidence,
                    fix: failure.fix
                )
        }
        guard let known = KnownError.find(.sts, code: failure.code, message: failure.message) else {
            return Cause(
                failure.isOfOurs ? failure.code : "credentials-refused",
                "The exchange worked, and the call that tries the credentials did not.",
                evidence: evidence,
                fix: failure.fix
            )
        }
        switch known.id {
        case "permission-denied": return permissionDenied(evidence: evidence)
        case "credentials-invalid": return unknownCredentials(known, roleID: roleID, evidence: evidence)
        case "signature-mismatch":
            return Cause(known.id, known.summary, evidence: evidence, fix: known.fix)
                .leavingOpen(isClockOff ? nil : .signature)
        default: return Cause(known.id, known.summary, evidence: evidence, fix: known.fix)
        }
    }

    private func permissionDenied(evidence: String) -> Cause {
        let name = ShellWord.posix(request.roleARN?.name ?? "ROLE")
        var seen = evidence
        if case .found(let role) = self.evidence.role, let boundary = role.permissionsBoundary {
            seen += "; the role's permissions are bounded by \(boundary)"
        }
        return Cause(
            "permission-denied",
            "The credentials work, and the role's permissions do not cover the call.",
            evidence: seen,
            fix: """
                Compare the action with the role's policies:
                aws iam list-attached-role-policies --role-name \(name)
                aws iam list-role-policies --role-name \(name)
                aws iam get-role --role-name \(name) --query Role.PermissionsBoundary
                """
        )
        .leavingOpen(
            OpenQuestion(
                causes: [
                    "no policy of the role allows it", "its permissions boundary leaves it out",
                    "the mapping's session policy leaves it out", "a service control policy denies it",
                ],
                tell:
                    "AWS's message ends with the kind of policy where it tells; CloudTrail has the denied event."
            )
        )
    }

    private func unknownCredentials(_ known: KnownError, roleID: String?, evidence: String) -> Cause {
        let again = "Exchange again; credentials given out before stay useless."
        if case .missing = self.evidence.role {
            return Cause(
                "role-deleted",
                "The role was deleted after the exchange, and its sessions with it.",
                evidence: "\(evidence); IAM has no such role any more",
                fix: "Make the role again, then exchange again."
            )
        }
        if case .found(let role) = self.evidence.role, let id = role.id, let roleID, id != roleID {
            return Cause(
                "role-recreated",
                "The role was made anew under its name, and the session is of the one before.",
                evidence: "\(evidence); IAM's RoleId is \(id), the session's \(roleID)",
                fix: again
            )
        }
        return Cause(known.id, known.summary, evidence: evidence, fix: known.fix).leavingOpen(
            OpenQuestion(
                causes: [
                    "the role was deleted or made anew", "keys and token of different sessions",
                    "another partition",
                    "a session of the global endpoint in a region that is off by default",
                ],
                tell: "Compare aws iam get-role's RoleId with the AROA… in the session's AssumedRoleId."
            )
        )
    }

    fileprivate func oddities(of answer: ExchangeAnswer) -> [Finding] {
        var causes: [Cause] = []
        if let subject = answer.subject, let expected = claims?.subject, subject != expected {
            causes.append(
                Cause(
                    "answer-subject",
                    "STS reports another subject than the token's.",
                    evidence: "the answer has \(subject), the token \(expected)",
                    fix: "Look for something between here and STS: cambist doctor shows endpoint and proxy."
                )
            )
        }
        if let given = answer.duration, let asked = request.duration, given < asked - .seconds(60) {
            causes.append(
                Cause(
                    "session-shorter",
                    "The session is shorter than asked for.",
                    evidence: "asked were \(DurationText.format(asked)), given \(DurationText.format(given))",
                    fix: "Exchange with cambist itself: SDKs leave the duration out for web identities."
                )
            )
        }
        if let size = answer.packedPolicySize, size >= 90 {
            causes.append(
                Cause(
                    "session-policy-nearly-full",
                    "Session policies and tags fill nearly all of the space that STS has for them.",
                    evidence: "PackedPolicySize is \(size) %",
                    fix: "Shorten policy_file, or list fewer policy_arns, before anything is added."
                )
            )
        }
        return causes.map { .notable($0) }
    }
}

extension OpenQuestion {
    fileprivate static let signature = OpenQuestion(
        causes: [
            "this host's clock is more than five minutes off", "something on the way changes the request",
            "keys and token of different sessions",
        ],
        tell: "`cambist doctor` shows AWS's clock against this host's, and the proxy on the way."
    )
}
