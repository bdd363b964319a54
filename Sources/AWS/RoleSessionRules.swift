import Federation
import Transport

/// The documented constraints of the parameters shared by all operations that assume a role.
///
/// Source: STS API reference 2011-06-15, with the limits in botocore 1.43.
enum RoleSessionRules {
    /// Checks the role and the session's name.
    static func check(_ role: RoleARN, sessionName: String) throws(CloudError) {
        try require(
            (20...2048).contains(role.description.unicodeScalars.count),
            "RoleArn",
            "20 to 2048 characters"
        )
        try require(isSessionName(sessionName), "RoleSessionName", "2 to 64 of letters, digits and _+=,.@-")
    }

    /// Checks the session's duration.
    static func check(duration: Duration, atMost limit: Duration) throws(CloudError) {
        try require(
            duration >= .seconds(900) && duration <= limit,
            "DurationSeconds",
            "15m to \(DurationText.format(limit)), not \(DurationText.format(duration))"
        )
    }

    /// Checks the session policies.
    static func check(_ policyARNs: [ARN], _ policy: String?, of role: RoleARN) throws(CloudError) {
        for arn in policyARNs {
            let isNear = [role.account, "aws"].contains(arn.account)
            try require(
                isNear && arn.partition == role.arn.partition && arn.service == "iam",
                "PolicyArns",
                "managed policies of the role's account or AWS's own, not \(arn)"
            )
        }
        let space = policyARNs.reduce(policy?.unicodeScalars.count ?? 0) {
            $0 + $1.description.unicodeScalars.count
        }
        try require(space <= 2048, "Policy and PolicyArns", "2048 characters together at most, not \(space)")
        try require(policyARNs.count <= 10, "PolicyArns", "10 at most, not \(policyARNs.count)")
        if let policy {
            let isPlain = policy.unicodeScalars.allSatisfy {
                [0x9, 0xA, 0xD].contains($0.value) || (0x20...0xFF).contains($0.value)
            }
            try require(isPlain, "Policy", "characters up to U+00FF only; write others as \\uXXXX")
            let count = policy.unicodeScalars.count
            try require((1...2048).contains(count), "Policy", "1 to 2048 characters, not \(count)")
        }
    }

    /// Checks that the role and the region are in the same partition; AWS has no specific error for a mismatch.
    static func check(_ role: RoleARN, region: String) throws(CloudError) {
        guard let partition = AWSPartition(region: region), partition != role.partition else { return }
        try require(
            false,
            "RoleArn",
            "of the partition \(partition.rawValue), to which \(region) belongs, not of "
                + role.partition.rawValue
        )
    }

    /// Throws that a parameter must be something unless it is.
    static func require(_ holds: Bool, _ parameter: String, _ rule: String) throws(CloudError) {
        guard holds else { throw .invalidRequest(parameter: parameter, problem: "must be \(rule).") }
    }

    /// Whether the text is a valid RoleSessionName: `[\w+=,.@-]{2,64}` with an ASCII `\w`.
    private static func isSessionName(_ text: String) -> Bool {
        (2...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                let scalar = Unicode.Scalar(byte)
                return scalar.properties.isAlphabetic && byte < 128 || (48...57).contains(byte)
                    || "_+=,.@-".unicodeScalars.contains(scalar)
            }
    }
}

extension FormBody {
    /// Appends the session policies.
    mutating func append(_ policyARNs: [ARN], _ policy: String?) {
        for (index, arn) in policyARNs.enumerated() {
            append("PolicyArns.member.\(index + 1).arn", arn.description)
        }
        append("Policy", ifAny: policy)
    }
}
