import Diagnosis
package import Federation
import Foundation
package import Transport

/// The Security Token Service on the wire.
///
/// Source: STS API reference, version 2011-06-15.
package struct STSClient: Sendable {
    static let version = "2011-06-15"

    private let service: QueryService

    /// Asks nobody yet; clients that share a quota share what they may spend on repeating.
    package init(
        transport: HTTPTransport,
        endpoint: AWSEndpoint,
        time: any TimeSource,
        quota: RetryQuota = RetryQuota()
    ) {
        service = QueryService(
            side: .sts,
            signingName: "sts",
            endpoint: endpoint,
            transport: transport,
            time: time,
            quota: quota
        )
    }

    /// Exchanges a token for the credentials of a role session; the request is not signed.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func assumeRoleWithWebIdentity(
        _ request: AssumeRoleRequest
    ) async throws(AWSError) -> AWSAnswer<AssumedRole> {
        try request.validate()
        try request.validate(region: service.endpoint.signingRegion)
        return try assumed(from: try await service.call(request.body))
    }

    /// Assumes a role with other credentials.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func assumeRole(
        _ role: RoleARN,
        sessionName: String,
        duration: Duration,
        externalID: String? = nil,
        as credentials: SigningCredentials
    ) async throws(AWSError) -> AWSAnswer<AssumedRole> {
        var body = FormBody(action: "AssumeRole", version: Self.version)
        body.append("RoleArn", role.description)
        body.append("RoleSessionName", sessionName)
        body.append("DurationSeconds", String(duration.components.seconds))
        body.append("ExternalId", ifAny: externalID)
        return try assumed(from: try await service.call(body, signedWith: credentials))
    }

    /// Asks who the credentials are.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func callerIdentity(
        _ credentials: SigningCredentials
    ) async throws(AWSError) -> AWSAnswer<CallerIdentity> {
        let body = FormBody(action: "GetCallerIdentity", version: Self.version)
        let answer = try await service.call(body, signedWith: credentials)
        let result = try service.read(Wrapped<CallerElement>.self, from: answer).result
        let identity = CallerIdentity(arn: result.arn, userID: result.userID, account: result.account)
        return AWSAnswer(value: identity, requestID: answer.requestID, clockOffset: answer.clockOffset)
    }

    private func assumed(from answer: HTTPResponse) throws(AWSError) -> AWSAnswer<AssumedRole> {
        let result = try service.read(Wrapped<AssumedRoleElement>.self, from: answer).result
        guard let expiration = Instant(iso8601: result.credentials.expiration)?.date else {
            throw service.unintelligible(answer)
        }
        let now = service.time.now
        let credentials: SessionCredentials
        do throws(SessionCredentialsError) {
            credentials = try SessionCredentials(
                accessKeyID: result.credentials.accessKeyID,
                secretAccessKey: Secret(result.credentials.secretAccessKey),
                sessionToken: Secret(result.credentials.sessionToken),
                expiration: expiration,
                issued: now,
                assumedRoleARN: result.user.arn,
                region: service.endpoint.signingRegion,
                now: now
            )
        } catch {
            throw .unusableCredentials(host: service.endpoint.url.host() ?? "the endpoint", error)
        }
        let assumed = AssumedRole(
            credentials: credentials,
            subject: result.subject,
            audience: result.audience,
            provider: result.provider,
            roleID: (result.user.id ?? result.user.cephID)?.split(separator: ":").first.map(String.init),
            packedPolicySize: result.packedPolicySize
        )
        return AWSAnswer(value: assumed, requestID: answer.requestID, clockOffset: answer.clockOffset)
    }
}
