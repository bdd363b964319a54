extension Check {
    /// Whether other credentials read IAM than the operator may think.
    static let reader = Check(.source) { examination in
        guard let reader = examination.evidence.reader, reader.problem != nil, !reader.shadowed.isEmpty else {
            return []
        }
        let shadowed = reader.shadowed.joined(separator: ", ")
        return [
            .notable(
                Cause(
                    "credentials-shadowed",
                    "Other AWS credentials were used than a profile that is named too.",
                    evidence: "\(reader.source) counts before \(shadowed)",
                    fix:
                        "Unset what is not meant; what a service uses depends on the variables of that service."
                )
                .leavingOpen(
                    OpenQuestion(
                        causes: [
                            "the service has other variables than this shell",
                            "AWS_PROFILE and AWS_DEFAULT_PROFILE name different profiles",
                            "the service's token file ends in a line break, which SDKs send along",
                        ],
                        tell: "aws configure list in the service's own environment shows which provider wins."
                    )
                )
            )
        ]
    }
}
