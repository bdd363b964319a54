package import Federation
package import Transport

/// The parameters of AssumeRoleWithWebIdentity.
package struct AssumeRoleRequest: Hashable, Sendable {
    package var roleARN: RoleARN
    package var sessionName: String
    package var token: Secret
    package var duration: Duration
    /// Managed session policies.
    package var policyARNs: [ARN]
    /// The inline session policy.
    package var policy: String?

    package init(
        roleARN: RoleARN,
        sessionName: String,
        token: Secret,
        duration: Duration,
        policyARNs: [ARN] = [],
        policy: String? = nil
    ) {
        self.roleARN = roleARN
        self.sessionName = sessionName
        self.token = token
        self.duration = duration
        self.policyARNs = policyARNs
        self.policy = policy
    }

    /// Validates the request against the documented constraints of STS.
    ///
    /// Source: STS API reference 2011-06-15, AssumeRoleWithWebIdentity, with the limits in botocore 1.43.
    ///
    /// - Throws: ``CloudError/invalidRequest(parameter:problem:)`` for the first violation; the request must not be
    ///   sent.
    package func validate() throws(CloudError) {
        try Self.require(
            (20...2048).contains(roleARN.description.unicodeScalars.count),
            "RoleArn",
            "20 to 2048 characters"
        )
        try Self.require(
            Self.isSessionName(sessionName),
            "RoleSessionName",
            "2 to 64 letters, digits, or characters of _+=,.@-"
        )
        let length = token.reveal().unicodeScalars.count
        try Self.require(
            (4...20000).contains(length),
            "WebIdentityToken",
            "4 to 20000 characters, not \(length)"
        )
        try Self.require(
            duration >= .seconds(900) && duration <= .seconds(43200),
            "DurationSeconds",
            "15m to 12h, not \(DurationText.format(duration))"
        )
        for arn in policyARNs {
            let isAvailable = [roleARN.account, "aws"].contains(arn.account)
            try Self.require(
                isAvailable && arn.partition == roleARN.arn.partition && arn.service == "iam",
                "PolicyArns",
                "managed policies of the role's account or AWS's own, not \(arn)"
            )
        }
        let size = policyARNs.reduce(policy?.unicodeScalars.count ?? 0) {
            $0 + $1.description.unicodeScalars.count
        }
        try Self.require(
            size <= 2048,
            "Policy and PolicyArns",
            "2048 characters together at most, not \(size)"
        )
        try Self.require(policyARNs.count <= 10, "PolicyArns", "10 at most, not \(policyARNs.count)")
        if let policy {
            let isPlain = policy.unicodeScalars.allSatisfy {
                [0x9, 0xA, 0xD].contains($0.value) || (0x20...0xFF).contains($0.value)
            }
            try Self.require(isPlain, "Policy", "characters up to U+00FF only; write others as \\uXXXX")
            let count = policy.unicodeScalars.count
            try Self.require((1...2048).contains(count), "Policy", "1 to 2048 characters, not \(count)")
        }
    }

    /// Validates that the role and the region are in the same partition; AWS has no specific error for a mismatch.
    ///
    /// - Throws: ``CloudError/invalidRequest(parameter:problem:)`` if they are not; the request must not be sent.
    func validate(region: String) throws(CloudError) {
        guard let partition = AWSPartition(region: region), partition != roleARN.partition else { return }
        try Self.require(
            false,
            "RoleArn",
            "of the partition \(partition.rawValue), to which \(region) belongs, not of "
                + roleARN.partition.rawValue
        )
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

    private static func require(_ holds: Bool, _ parameter: String, _ rule: String) throws(CloudError) {
        guard holds else { throw .invalidRequest(parameter: parameter, problem: "must be \(rule).") }
    }

    /// The request body.
    ///
    /// `ProviderId` is never sent, because it is only for OAuth 2.0 tokens of Amazon and Facebook.
    var body: FormBody {
        var body = FormBody(action: "AssumeRoleWithWebIdentity", version: STSClient.version)
        body.append("RoleArn", roleARN.description)
        body.append("RoleSessionName", sessionName)
        body.append("WebIdentityToken", token.reveal())
        body.append("DurationSeconds", String(duration.wholeSeconds))
        for (index, arn) in policyARNs.enumerated() {
            body.append("PolicyArns.member.\(index + 1).arn", arn.description)
        }
        if let policy { body.append("Policy", policy) }
        return body
    }
}
