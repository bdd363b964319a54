package import Federation
package import Transport

/// The parameters of AssumeRole.
package struct ChainedRoleRequest: Hashable, Sendable {
    package var roleARN: RoleARN
    package var sessionName: String
    package var duration: Duration
    /// Managed session policies.
    package var policyARNs: [ARN]
    /// The inline session policy.
    package var policy: String?
    package var session: ChainedSession

    package init(
        roleARN: RoleARN,
        sessionName: String,
        duration: Duration,
        policyARNs: [ARN] = [],
        policy: String? = nil,
        session: ChainedSession = ChainedSession()
    ) {
        self.roleARN = roleARN
        self.sessionName = sessionName
        self.duration = duration
        self.policyARNs = policyARNs
        self.policy = policy
        self.session = session
    }

    /// Validates the request against the documented constraints of STS.
    ///
    /// - Throws: ``CloudError/invalidRequest(parameter:problem:)`` for the first violation; the request must not be
    ///   sent.
    package func validate() throws(CloudError) {
        try RoleSessionRules.check(roleARN, sessionName: sessionName)
        try RoleSessionRules.check(duration: duration, atMost: .seconds(43200))
        try RoleSessionRules.check(policyARNs, policy, of: roleARN)
        if let id = session.externalID {
            try RoleSessionRules.require(
                ChainedSession.isExternalID(id),
                "ExternalId",
                "2 to 1224 of letters, digits and _+=,.@:/-"
            )
        }
        if let identity = session.sourceIdentity {
            try RoleSessionRules.require(
                ChainedSession.isSourceIdentity(identity),
                "SourceIdentity",
                "2 to 64 of letters, digits and _+=,.@-"
            )
        }
        try validateTags()
    }

    private func validateTags() throws(CloudError) {
        let tags = session.tags
        try RoleSessionRules.require(
            tags.count <= ChainedSession.maximumTags,
            "Tags",
            "\(ChainedSession.maximumTags) at most, not \(tags.count)"
        )
        for (key, value) in tags {
            try RoleSessionRules.require(
                ChainedSession.isTagKey(key) && ChainedSession.isTagValue(value),
                "Tags",
                "keys of 1 to 128 and values of at most 256 letters, digits, blanks and _.:/=+-@, not \(key)"
            )
        }
        for key in session.transitiveTags {
            try RoleSessionRules.require(tags[key] != nil, "TransitiveTagKeys", "keys of Tags, not \(key)")
        }
    }

    /// The request body.
    var body: FormBody {
        var body = FormBody(action: "AssumeRole", version: STSClient.version)
        body.append("RoleArn", roleARN.description)
        body.append("RoleSessionName", sessionName)
        body.append("DurationSeconds", String(duration.wholeSeconds))
        body.append(policyARNs, policy)
        body.append(tags: session.tags)
        if !session.transitiveTags.isEmpty { body.append("TransitiveTagKeys", list: session.transitiveTags) }
        body.append("ExternalId", ifAny: session.externalID)
        body.append("SourceIdentity", ifAny: session.sourceIdentity)
        return body
    }
}
