import Federation

/// The parameters of AssumeRoleWithWebIdentity, their shape checked.
struct WebIdentityParameters: Sendable {
    let roleARN: RoleARN
    let sessionName: String
    let token: Secret
    /// Seconds, 900 … 43200.
    let duration: Int
    /// The inline session policy.
    let policy: String?
    /// Managed session policies.
    let policyARNs: [String]

    /// What AWS takes when a request names no duration, whatever the role allows.
    private static let defaultDuration = 3600

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

    private static let arnRule = TextRule(20...2048, .printable)
}
