import Federation

/// The parameters of AssumeRoleWithWebIdentity, with validated formats.
struct WebIdentityParameters: Sendable {
    let roleARN: RoleARN
    let sessionName: String
    let token: Secret
    /// The duration in seconds, 900 to 43200.
    let duration: Int
    /// The inline session policy.
    let policy: String?
    /// The ARNs of managed session policies.
    let policyARNs: [String]

    /// AWS's default duration in seconds, independent of the role's maximum.
    static let defaultDuration = 3600

    init(_ call: QueryCall) throws(AWSFault) {
        let duration = try call.number("DurationSeconds")
        let policyARNs = call.list("PolicyArns", of: ["arn"])?.compactMap(\.first) ?? []
        var constraints = Constraints(showsValues: true)
        constraints.optional(duration, "durationSeconds", 900...43200)
        constraints.optional(call["Policy"], "policy", TextRule(1...2048, .policyText))
        constraints.count(policyARNs.count, "policyArns", atMost: 10)
        for (index, arn) in policyARNs.enumerated() {
            constraints.optional(arn, "policyArns.\(index + 1).member.arn", Self.arnRule)
        }
        constraints.optional(call["ProviderId"], "providerId", TextRule(4...2048))
        let role = constraints.required(call["RoleArn"], "roleArn", Self.arnRule)
        let nameRule = TextRule(2...64, .name(#"[\w+=,.@-]*"#))
        sessionName = constraints.required(call["RoleSessionName"], "roleSessionName", nameRule)
        let tokenRule = TextRule(4...20000, isSensitive: true)
        token = Secret(constraints.required(call["WebIdentityToken"], "webIdentityToken", tokenRule))
        try constraints.check()

        guard let roleARN = RoleARN(role) else { throw .validation("\(role) is invalid") }
        if let arn = policyARNs.compactMap(\.self).first(where: { ARN($0) == nil }) {
            throw .validation("\(arn) is invalid")
        }
        self.roleARN = roleARN
        self.duration = duration ?? Self.defaultDuration
        policy = call["Policy"]
        self.policyARNs = policyARNs.compactMap(\.self)
    }

    static let arnRule = TextRule(20...2048, .printable)
}

/// The packed size of the session policies and tags in an exchange.
struct PackedPolicies: Sendable {
    /// The size in percent of the limit; `nil` without policies and tags.
    let packedSize: Int?

    /// The limit for all policies and tags of one exchange, in bytes.
    ///
    /// AWS packs policies and tags in an undocumented binary format. The lab counts UTF-8 bytes instead, so a valid
    /// policy of 2048 characters can exceed the limit.
    private static let sizeLimit = 2048

    init(_ policy: String?, _ policyARNs: [String], tags: SessionTags) throws(AWSFault) {
        if let policy { _ = try IdentityPolicy(parsing: policy) }
        let policies = (policy.map { [$0] } ?? []) + policyARNs
        let tagText = tags.tags.map { $0.key + $0.value }
        guard !policies.isEmpty || !tagText.isEmpty else {
            packedSize = nil
            return
        }
        let policySize = Self.percent(policies)
        let tagSize = Self.percent(tagText)
        if policySize > 100 {
            throw Self.tooLarge(
                "Packed policy consumes \(policySize)% of allotted space, please use smaller policy."
            )
        }
        if policySize + tagSize > 100 {
            throw Self.tooLarge(
                "Packed size of session tags consumes \(policySize + tagSize)% of allotted space."
            )
        }
        packedSize = policySize + tagSize
    }

    /// Returns the size in percent, rounded up.
    private static func percent(_ texts: [String]) -> Int {
        let size = texts.reduce(0) { $0 + $1.utf8.count }
        return (size * 100 + sizeLimit - 1) / sizeLimit
    }

    private static func tooLarge(_ message: String) -> AWSFault {
        AWSFault(400, "PackedPolicyTooLarge", message)
    }
}
