package import Federation
package import Transport

/// The parameters of AssumeRoleWithWebIdentity.
package struct AssumeRoleWithWebIdentityRequest: Hashable, Sendable {
    package var session: RoleSessionRequest
    package var token: Secret

    package init(session: RoleSessionRequest, token: Secret) {
        self.session = session
        self.token = token
    }

    /// Validates the request against STS's documented constraints; `region` is the endpoint's region.
    ///
    /// - Throws: ``CloudError/invalidRequest(parameter:problem:)`` for the first violation.
    package func validate(region: String) throws(CloudError) {
        try session.validate(region: region)
        let length = token.reveal().unicodeScalars.count
        try require(
            (4...20000).contains(length),
            "WebIdentityToken",
            "has \(length) characters; 4 to 20000 are accepted"
        )
    }

    /// The request body.
    ///
    /// `ProviderId` is never sent, because it is only for OAuth 2.0 tokens of Amazon and Facebook.
    var body: FormBody {
        var body = session.body(action: "AssumeRoleWithWebIdentity")
        body.append("WebIdentityToken", token.reveal())
        return body
    }
}
