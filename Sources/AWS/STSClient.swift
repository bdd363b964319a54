package import Federation
import Foundation
package import Transport
import XMLCoder

/// The Security Token Service on the wire.
///
/// Source: STS API reference, version 2011-06-15.
package struct STSClient: Sendable {
    static let version = "2011-06-15"

    private let transport: HTTPTransport
    private let endpoint: AWSEndpoint
    private let time: any TimeSource

    package init(transport: HTTPTransport, endpoint: AWSEndpoint, time: any TimeSource) {
        self.transport = transport
        self.endpoint = endpoint
        self.time = time
    }

    /// Exchanges a token for the credentials of a role session; the request is not signed.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func assumeRoleWithWebIdentity(
        _ request: AssumeRoleRequest
    ) async throws(AWSError) -> AWSAnswer<AssumedRole> {
        try request.validate()
        let answer = try await call(request.body) { $0 }
        let result = try read(AssumeRoleResponse.self, from: answer).result
        guard let expiration = AWSTimestamp.parse(result.credentials.expiration) else {
            throw unintelligible(answer)
        }
        let credentials = SessionCredentials(
            accessKeyID: result.credentials.accessKeyID,
            secretAccessKey: Secret(result.credentials.secretAccessKey),
            sessionToken: Secret(result.credentials.sessionToken),
            expiration: expiration,
            issued: time.now,
            assumedRoleARN: result.user.arn,
            region: endpoint.signingRegion
        )
        let assumed = AssumedRole(
            credentials: credentials,
            subject: result.subject,
            audience: result.audience,
            provider: result.provider,
            packedPolicySize: result.packedPolicySize
        )
        return AWSAnswer(value: assumed, requestID: answer.requestID, clockOffset: answer.clockOffset)
    }

    /// Asks who the credentials are.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func callerIdentity(
        _ credentials: SigningCredentials
    ) async throws(AWSError) -> AWSAnswer<CallerIdentity> {
        let body = FormBody(action: "GetCallerIdentity", version: Self.version)
        let answer = try await call(body) { request in
            var request = request
            let signature = SigV4(at: time.now, region: endpoint.signingRegion, service: "sts")
            request.sign(signature, with: credentials)
            return request
        }
        let result = try read(CallerIdentityResponse.self, from: answer).result
        let identity = CallerIdentity(arn: result.arn, userID: result.userID, account: result.account)
        return AWSAnswer(value: identity, requestID: answer.requestID, clockOffset: answer.clockOffset)
    }

    /// Sends a body, prepared anew for each attempt, until it is answered or the retries end.
    private func call(
        _ body: FormBody,
        prepare: (HTTPRequest) -> HTTPRequest
    ) async throws(AWSError) -> HTTPResponse {
        let request = HTTPRequest(
            .post,
            endpoint.url,
            headers: [.init("content-type", FormBody.contentType)],
            body: body.text
        )
        var budget = RetryBudget()
        while true {
            let outcome: Result<HTTPResponse, AWSError>
            let event: RetryBudget.Event
            do {
                let response = try await transport.send(prepare(request))
                let refusal = refusal(in: response)
                event = .answered(status: response.status, code: refusal?.code)
                outcome = result(of: response, refusal: refusal)
            } catch {
                event = .lost
                outcome = .failure(.noAnswer(error))
            }
            guard case .failure = outcome else { return try outcome.get() }
            let action = budget.event(event, jitter: .random(in: 0...1))
            guard case .retry(let delay) = action, (try? await time.sleep(for: delay)) != nil else {
                return try outcome.get()
            }
        }
    }

    private func result(of response: HTTPResponse, refusal: AWSRefusal?) -> Result<HTTPResponse, AWSError> {
        if response.status == 200 { return .success(response) }
        guard let refusal else { return .failure(unintelligible(response)) }
        let isThrottled =
            response.status == 429 || response.status >= 500
            || RetryBudget.isThrottling(refusal.code)
        return .failure(isThrottled ? .throttled(refusal) : .refused(refusal))
    }

    private func refusal(in response: HTTPResponse) -> AWSRefusal? {
        guard response.status != 200, let error = AWSErrorDocument.read(response.body) else { return nil }
        return AWSRefusal(
            service: .sts,
            status: response.status,
            code: error.code,
            message: error.message,
            requestID: response.requestID ?? error.requestID,
            clockOffset: response.clockOffset
        )
    }

    private func read<Reply: Decodable>(
        _ type: Reply.Type,
        from response: HTTPResponse
    ) throws(AWSError) -> Reply {
        do {
            return try XMLDecoder.aws.decode(type, from: response.body)
        } catch {
            throw unintelligible(response)
        }
    }

    private func unintelligible(_ response: HTTPResponse) -> AWSError {
        let text = String(decoding: response.body.prefix(120), as: UTF8.self)
        let seen = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "an empty body"
        return .unintelligible(
            host: endpoint.url.host() ?? "the endpoint",
            status: response.status,
            seen: response.status == 200 ? "XML of another shape" : seen
        )
    }
}

extension HTTPRequest {
    /// Signs the request for AWS; nothing may be changed after.
    mutating func sign(_ signature: SigV4, with credentials: SigningCredentials) {
        let host = url.host() ?? ""
        let authority = url.port.map { "\(host):\($0)" } ?? host
        let signable = SigV4.Request(
            method: method.rawValue,
            path: url.path(percentEncoded: true).isEmpty ? "/" : url.path(percentEncoded: true),
            query: url.query(percentEncoded: true) ?? "",
            headers: [(name: "host", value: authority)] + headers.map { ($0.name, $0.value.reveal()) },
            body: Data((body?.reveal() ?? "").utf8)
        )
        headers += signature.authorize(signable, with: credentials).map { .init($0.name, $0.value) }
    }
}
