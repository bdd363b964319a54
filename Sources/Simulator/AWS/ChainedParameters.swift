import Federation

/// The parameters of AssumeRole, with validated formats.
///
/// Source: the limits and patterns in botocore 1.43.
struct ChainedParameters: Sendable {
    let roleARN: RoleARN
    let sessionName: String
    /// The duration in seconds, 900 to 43200.
    let duration: Int
    /// The inline session policy.
    let policy: String?
    /// The ARNs of managed session policies.
    let policyARNs: [String]
    /// The session tags as received; ``SessionTags`` refuses duplicate keys.
    let tags: [(key: String, value: String)]
    let transitiveTags: [String]
    let externalID: String?
    let sourceIdentity: String?

    init(_ call: QueryCall) throws(AWSFault) {
        let duration = try call.number("DurationSeconds")
        let policyARNs = call.list("PolicyArns", of: ["arn"])?.compactMap(\.first) ?? []
        let tags = call.list("Tags", of: ["Key", "Value"]) ?? []
        let transitive = call.list("TransitiveTagKeys") ?? []
        var constraints = Constraints(showsValues: true)
        constraints.optional(duration, "durationSeconds", 900...43200)
        constraints.optional(call["ExternalId"], "externalId", TextRule(2...1224, .externalID))
        constraints.optional(call["Policy"], "policy", TextRule(1...2048, .policyText))
        constraints.count(policyARNs.count, "policyArns", atMost: 10)
        for (index, arn) in policyARNs.enumerated() {
            constraints.optional(arn, "policyArns.\(index + 1).member.arn", WebIdentityParameters.arnRule)
        }
        let role = constraints.required(call["RoleArn"], "roleArn", WebIdentityParameters.arnRule)
        let nameRule = TextRule(2...64, .name(#"[\w+=,.@-]*"#))
        sessionName = constraints.required(call["RoleSessionName"], "roleSessionName", nameRule)
        constraints.optional(call["SourceIdentity"], "sourceIdentity", nameRule)
        constraints.count(tags.count, "tags", atMost: ChainedSession.maximumTags)
        for (index, tag) in tags.enumerated() {
            let member = "tags.\(index + 1).member"
            _ = constraints.required(tag[0], "\(member).key", TextRule(1...128, .tagKey))
            _ = constraints.required(tag[1], "\(member).value", TextRule(0...256, .tagValue))
        }
        constraints.count(transitive.count, "transitiveTagKeys", atMost: ChainedSession.maximumTags)
        constraints.elements(transitive, "transitiveTagKeys", TextRule(1...128, .tagKey))
        try constraints.check()

        guard let roleARN = RoleARN(role) else { throw .validation("\(role) is invalid") }
        if let arn = policyARNs.compactMap(\.self).first(where: { ARN($0) == nil }) {
            throw .validation("\(arn) is invalid")
        }
        self.roleARN = roleARN
        self.duration = duration ?? WebIdentityParameters.defaultDuration
        policy = call["Policy"]
        self.policyARNs = policyARNs.compactMap(\.self)
        self.tags = tags.map { ($0[0] ?? "", $0[1] ?? "") }
        transitiveTags = transitive
        externalID = call["ExternalId"]
        sourceIdentity = call["SourceIdentity"]
    }
}
