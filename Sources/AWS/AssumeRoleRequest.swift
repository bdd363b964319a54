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
        try RoleSessionRules.check(roleARN, sessionName: sessionName)
        let length = token.reveal().unicodeScalars.count
        try RoleSessionRules.require(
            (4...20000).contains(length),
            "WebIdentityToken",
            "4 to 20000 characters, not \(length)"
        )
        try RoleSessionRules.check(duration: duration, atMost: .seconds(43200))
        try RoleSessionRules.check(policyARNs, policy, of: roleARN)
    }

    /// Validates that the role and the region are in the same partition; AWS has no specific error for a mismatch.
    ///
    /// - Throws: ``CloudError/invalidRequest(parameter:problem:)`` if they are not; the request must not be sent.
    func validate(region: String) throws(CloudError) {
        try RoleSessionRules.check(roleARN, region: region)
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
        body.append(policyARNs, policy)
        return body
    }
}
