import Federation

extension Check {
    /// Reports that the directory could not be read completely.
    static let directory = Check(
        .source,
        [
            CheckRow(.informs) { context in
                guard let problem = context.evidence.directoryProblem, context.concernsDirectory else {
                    return []
                }
                let known = KnownError.find(.graph, code: problem.code, message: problem.message)
                return [
                    Cause(
                        known?.id ?? "directory-unread",
                        known?.summary ?? "The directory could not be read, so the assignment is unknown.",
                        evidence: problem.messageWithCode,
                        fix: Fix(known?.fix(after: problem.retryAfter) ?? problem.fix)
                    )
                ]
            }
        ]
    )

    /// Reports unexpected AWS credentials (for example, variables that override a selected profile).
    ///
    /// Applies only if cambist could not read IAM completely.
    static let operatorCredentials = Check(
        .source,
        [
            CheckRow(
                "credentials-shadowed",
                .informs,
                cause: "AWS credentials from the environment override a profile that is also selected.",
                evidence: { context in
                    guard let reader = context.evidence.reader, reader.problem != nil,
                        !reader.shadowed.isEmpty
                    else { return nil }
                    return "\(reader.source) overrides \(reader.shadowed.joined(separator: ", "))"
                },
                fix: { _ in
                    Fix(
                        "Unset the variables that you do not need; if cambist runs as a service, unset them in the "
                            + "service's environment."
                    )
                },
                possibleCauses: { _ in
                    PossibleCauses(
                        [
                            "the service has different variables from this shell",
                            "AWS_PROFILE and AWS_DEFAULT_PROFILE name different profiles",
                            "the service's token file ends in a line break, which SDKs send as part of the token",
                        ],
                        toFindOut:
                            "Run `aws configure list` in the service's environment to see which credential provider is "
                            + "used."
                    )
                }
            )
        ]
    )
}

extension DiagnosisContext {
    /// Whether the directory could explain the failure.
    ///
    /// `true` if STS did not refuse the call, or if the refused token lacks the expected app role.
    fileprivate var concernsDirectory: Bool {
        guard refusal != nil else { return true }
        return request.appRole.map { claims?.roles.contains($0) == false } ?? false
    }
}
