import Federation
import FoundationEssentials

extension Check {
    /// Checks that the credentials work and that the session has the requested properties.
    static let credentials = Check(
        .credentials,
        [
            CheckRow { context in
                context.callFailure.map { [context.callFailureCause($0)] } ?? []
            },
            CheckRow(
                "answer-subject",
                .informs,
                cause: "STS reports a subject other than the token's.",
                evidence: { context in
                    guard let subject = context.answer?.subject, let expected = context.claims?.subject,
                        subject != expected
                    else { return nil }
                    return "STS reports \(subject); the token has \(expected)"
                },
                fix: { _ in
                    "Look for a proxy between this host and STS: `cambist doctor` shows the endpoint and the proxy."
                }
            ),
            CheckRow(
                "session-shorter",
                .informs,
                cause: "The session is shorter than requested.",
                evidence: { context in
                    guard let given = context.answer?.duration, let requested = context.request.duration,
                        given < requested - .seconds(60)
                    else { return nil }
                    return
                        "the mapping requested \(DurationText.format(requested)), the session lasts \(DurationText.format(given))"
                },
                fix: { _ in
                    "If an SDK exchanged the token, let cambist exchange it: most AWS SDKs do not pass a duration."
                }
            ),
            CheckRow(
                "session-policy-nearly-full",
                .informs,
                cause: "Session policies and tags use nearly all of STS's packed size limit.",
                evidence: { context in
                    guard let size = context.answer?.packedPolicySize, size >= 90 else { return nil }
                    return "PackedPolicySize is \(size)%"
                },
                fix: { context in
                    Fix(
                        "Before adding more, \(context.request.sessionPolicy.reduction ?? "reduce the session tags") "
                            + "(`cambist config edit`)."
                    )
                }
            ),
        ]
    )
}

extension DiagnosisContext {
    fileprivate var answer: ExchangeAnswer? {
        if case .succeeded(let answer) = evidence.exchange { answer } else { nil }
    }

    fileprivate func callFailureCause(_ failure: Failure) -> Cause {
        let evidence = failure.messageWithCode
        if failure.isOwnCode, failure.code.hasPrefix("probe-") {
            let isDenied = ["AccessDenied", "not authorized to perform"].contains(
                where: failure.message.contains
            )
            return isDenied
                ? permissionDenied(failure)
                : Cause(
                    failure.code,
                    "The credentials work, but the probe failed.",
                    evidence: evidence,
                    fix: Fix(failure.fix)
                )
        }
        guard let known = KnownError.row(.sts, code: failure.code, message: failure.message) else {
            return Cause(
                failure.isOwnCode ? failure.code : "credentials-refused",
                "The exchange succeeded, but the call that checks the credentials failed.",
                evidence: evidence,
                fix: Fix(failure.fix)
            )
        }
        switch known.error.id {
        case "permission-denied": return permissionDenied(failure)
        case DenyingPolicy.identityBased.id: return permissionDenied(failure)
        case "credentials-invalid":
            return replacedRole(evidence: evidence) ?? known.cause(evidence: evidence, in: self)
        default: return known.cause(evidence: evidence, in: self)
        }
    }

    private func permissionDenied(_ failure: Failure) -> Cause {
        let evidence = failure.messageWithCode
        var seen = evidence
        if case .found(let role) = self.evidence.role, let boundary = role.permissionsBoundary {
            seen += "; the role's permissions boundary is \(boundary)"
        }
        return Cause(
            "permission-denied",
            "The credentials work, but the role's permissions do not allow the call.",
            evidence: seen,
            fix: Fix(
                "Compare the action with the role's policies:",
                commands: roleName.map { role in
                    [
                        .aws("iam list-attached-role-policies", .role(role)),
                        .aws("iam list-role-policies", .role(role)),
                        .aws("iam get-role", .role(role), query: "Role.PermissionsBoundary"),
                    ]
                } ?? []
            ),
            possibleCauses: DenyingPolicy.stated(by: failure) != nil
                ? nil
                : PossibleCauses(
                    [
                        "no policy of the role allows the call",
                        "the role's permissions boundary excludes the call",
                        "the mapping's session policy excludes the call",
                        "a service control policy denies the call",
                    ],
                    toFindOut: failure.isWithoutMessage
                        ? "CloudTrail has the denied event."
                        : "AWS's message often ends with the kind of policy; CloudTrail has the denied event."
                )
        )
    }

    /// The cause if the session's role no longer exists or was recreated with the same name.
    private func replacedRole(evidence: String) -> Cause? {
        if case .missing = self.evidence.role {
            return Cause(
                "role-deleted",
                "The role and its sessions were deleted after the exchange.",
                evidence: "\(evidence); IAM no longer has the role",
                fix: Fix(offeringSetup(or: "Create the role again; then exchange the token again."))
            )
        }
        guard case .callFailed(_, let sessionRole?) = self.evidence.exchange,
            case .found(let role) = self.evidence.role, let id = role.id, id != sessionRole
        else { return nil }
        return Cause(
            "role-recreated",
            "The role was recreated with the same name, and the session belongs to the old role.",
            evidence: "\(evidence); IAM's RoleId is \(id); the session's RoleId is \(sessionRole)",
            fix: "Exchange the token again (`cambist test MAPPING`); earlier credentials remain invalid."
        )
    }
}
