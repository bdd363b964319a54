import Diagnosis
package import Federation
import FoundationEssentials
package import Transport

/// A client for the Security Token Service (STS).
///
/// Source: STS API reference, version 2011-06-15.
package struct STSClient: Sendable {
    static let version = "2011-06-15"

    private let service: QueryService

    /// Creates a client; clients with the same quota share a retry budget.
    package init(
        transport: HTTPTransport,
        endpoint: AWSEndpoint,
        time: any TimeSource,
        quota: RetryQuota = RetryQuota()
    ) {
        service = QueryService(
            service: .sts,
            signingName: "sts",
            endpoint: endpoint,
            transport: transport,
            time: time,
            quota: quota
        )
    }

    /// Exchanges a token for credentials of a role session; the request is not signed.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func assumeRoleWithWebIdentity(
        _ request: AssumeRoleWithWebIdentityRequest
    ) async throws(CloudError) -> AWSAnswer<AssumedRole> {
        try request.validate(region: service.endpoint.signingRegion)
        return try assumedRole(try await service.call(request.body))
    }

    /// Assumes a role in a request that is signed with the given credentials.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func assumeRole(
        _ request: AssumeRoleRequest,
        as credentials: SigningCredentials
    ) async throws(CloudError) -> AWSAnswer<AssumedRole> {
        try request.validate(region: service.endpoint.signingRegion)
        return try assumedRole(try await service.call(request.body, signedWith: credentials))
    }

    /// Returns the identity to which the credentials belong.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func callerIdentity(
        _ credentials: SigningCredentials
    ) async throws(CloudError) -> AWSAnswer<CallerIdentity> {
        let body = FormBody(action: "GetCallerIdentity", version: Self.version)
        let response = try await service.call(body, signedWith: credentials)
        let identity = try service.read(response) { result throws(ReplyXMLError) in
            CallerIdentity(
                arn: try result.only("Arn").text,
                userID: try result.only("UserId").text,
                account: try result.only("Account").text
            )
        }
        return AWSAnswer(value: identity, requestID: response.requestID, clockOffset: response.clockOffset)
    }

    /// Returns the account of the credentials; `nil` if the endpoint does not support GetCallerIdentity.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func account(of credentials: SigningCredentials) async throws(CloudError) -> String? {
        do throws(CloudError) {
            return try await callerIdentity(credentials).value.account
        } catch {
            if error.unknownOperation != nil { return nil }
            throw error
        }
    }

    private func assumedRole(_ response: HTTPResponse) throws(CloudError) -> AWSAnswer<AssumedRole> {
        let (element, user, result) = try service.read(response) { result throws(ReplyXMLError) in
            (try result.only("Credentials"), try result.only("AssumedRoleUser"), result)
        }
        // Ceph calls the element AssumeRoleId; the value is `AROA…:SESSION`.
        let userID = user.text("AssumedRoleId") ?? user.text("AssumeRoleId")
        let assumed = AssumedRole(
            credentials: try credentials(element, of: user, in: response),
            subject: result.text("SubjectFromWebIdentityToken"),
            audience: result.text("Audience"),
            provider: result.text("Provider"),
            roleID: userID?.split(separator: ":").first.map(String.init),
            packedPolicySize: result.integer("PackedPolicySize")
        )
        return AWSAnswer(value: assumed, requestID: response.requestID, clockOffset: response.clockOffset)
    }

    /// Parses the credentials in a result.
    ///
    /// The keys and the session token are not trimmed, because a value with a line break is an error.
    private func credentials(
        _ element: ReplyElement,
        of user: ReplyElement,
        in response: HTTPResponse
    ) throws(CloudError) -> SessionCredentials {
        let (id, secret, token, expiration, arn) = try service.parse { () throws(ReplyXMLError) in
            (
                try element.only("AccessKeyId").content, Secret(try element.only("SecretAccessKey").content),
                Secret(try element.only("SessionToken").content), try element.only("Expiration").text,
                try user.only("Arn").content
            )
        }
        guard let end = Instant(iso8601: expiration)?.date else {
            throw service.unusable(
                .malformed(.expiration, accepted: "an ISO 8601 time between the years 1 and 9999")
            )
        }
        let now = service.time.now
        let offset = response.clockOffset.flatMap { $0.isNotable ? $0 : nil }
        if let offset, end <= now, end > now + offset.offset.seconds {
            throw .clockBehindExpiration(
                host: service.endpoint.url.host() ?? "STS",
                expiration: end,
                offset: offset
            )
        }
        do throws(SessionCredentialsError) {
            return try SessionCredentials(
                accessKeyID: id,
                secretAccessKey: secret,
                sessionToken: token,
                expiration: end,
                issued: now,
                assumedRoleARN: arn,
                region: service.endpoint.signingRegion,
                now: now
            )
        } catch {
            throw service.unusable(error)
        }
    }
}

/// The result of an operation that assumes a role.
package struct AssumedRole: Hashable, Sendable {
    package let credentials: SessionCredentials
    /// The token's `sub` claim as reported by STS.
    package let subject: String?
    /// The token's audience as reported by STS.
    package let audience: String?
    /// The token's issuer, or the ARN of the OIDC provider.
    ///
    /// According to the STS documentation, the value is the issuer. Real responses can contain the ARN.
    package let provider: String?
    /// The role's unique ID, `AROA…`.
    package let roleID: String?
    /// The size of session policies and tags, in percent of the limit.
    package let packedPolicySize: Int?
}

/// The result of GetCallerIdentity.
package struct CallerIdentity: Hashable, Sendable {
    package let arn: String
    package let userID: String
    package let account: String
}

extension CloudError {
    /// The error code or HTTP status if the endpoint does not support the operation; `nil` for any other error.
    ///
    /// Some S3-compatible servers support AssumeRoleWithWebIdentity but not GetCallerIdentity. For example, Ceph
    /// returns 405 MethodNotAllowed.
    package var unknownOperation: String? {
        switch self {
        case .refused(let refusal), .tryLater(let refusal):
            let codes: Set = ["InvalidAction", "MethodNotAllowed", "NotImplemented"]
            return codes.contains(refusal.code) || [405, 501].contains(refusal.status) ? refusal.code : nil
        case .unexpectedResponse(_, _, let status, _):
            return [405, 501].contains(status) ? "HTTP \(status)" : nil
        case .invalidRequest, .noToken, .noAnswer, .unusableCredentials, .clockBehindExpiration:
            return nil
        }
    }
}
