import Diagnosis
package import Federation
import FoundationEssentials
import Glibc
import Transport

/// A client for AWS's Query protocol: form-encoded requests and XML responses.
struct QueryService: Sendable {
    /// Selects the service's entries in the table of known errors.
    let service: KnownError.CloudService
    /// The service's name in the credential scope of a signature.
    let signingName: String
    let endpoint: AWSEndpoint
    let transport: HTTPTransport
    let time: any TimeSource
    let quota: RetryQuota

    /// Sends a form and retries according to AWS's rules.
    ///
    /// Without credentials, the request is not signed.
    ///
    /// - Throws: ``CloudError`` of the last attempt.
    func call(
        _ body: FormBody,
        signedWith credentials: SigningCredentials? = nil
    ) async throws(CloudError) -> HTTPResponse {
        let request = HTTPRequest(
            .post,
            endpoint.url,
            headers: [.init("content-type", FormBody.contentType)],
            body: body.text,
            operation: "\(service.rawValue.uppercased()) \(body.action)"
        )
        let policy = RetryPolicy.aws(quota)
        return try await policy.run(time: time) { await attempt(request, signedWith: credentials) }.get()
    }

    /// Sends a form and returns the `…Result` element of the response.
    ///
    /// - Throws: ``CloudError`` of the last attempt, or if the response is not the expected XML.
    func result(
        _ body: FormBody,
        signedWith credentials: SigningCredentials? = nil
    ) async throws(CloudError) -> ReplyElement {
        let response = try await call(body, signedWith: credentials)
        return try read(response) { result throws(ReplyXMLError) in result }
    }

    /// Parses the `…Result` element of a response.
    ///
    /// - Throws: ``CloudError/unexpectedResponse(service:host:status:seen:)`` if the response is not the expected XML.
    func read<Value>(
        _ response: HTTPResponse,
        _ value: (ReplyElement) throws(ReplyXMLError) -> Value
    ) throws(CloudError) -> Value {
        do throws(ReplyXMLError) {
            let root = try ReplyXMLReader.read(response.body)
            guard let result = root.children.first(where: { $0.name.hasSuffix("Result") }) else {
                throw .malformed
            }
            return try value(result)
        } catch {
            throw unexpectedResponse(response, error.description)
        }
    }

    /// Parses a value in a response and converts the parser's error.
    ///
    /// - Throws: ``CloudError/unexpectedResponse(service:host:status:seen:)`` if the response is not the expected XML.
    func parse<Value>(_ value: () throws(ReplyXMLError) -> Value) throws(CloudError) -> Value {
        do throws(ReplyXMLError) {
            return try value()
        } catch {
            throw unexpectedResponse(status: 200, error.description)
        }
    }

    /// The bounds of one attempt; STS and IAM normally respond within two seconds.
    ///
    /// The first attempt is repeated after a timeout, so an unresponsive server costs about 20 s.
    private static let bounds = RequestBounds(total: .seconds(10))

    private func attempt(
        _ request: HTTPRequest,
        signedWith credentials: SigningCredentials?
    ) async -> (RetryPolicy.Outcome, Result<HTTPResponse, CloudError>) {
        do throws(TransportError) {
            // Each attempt is signed separately, because a signature contains the server's time.
            let assumed = serverOffset
            let response = try await transport.send(signed(request, with: credentials), bounds: Self.bounds)
            if response.status == 200 { return (.answered(status: 200), .success(response)) }
            let failed = failure(of: response)
            guard credentials != nil, Self.isSkew(failed.1), abs((serverOffset - assumed).seconds) > Self.skew
            else {
                return failed
            }
            // The second signature uses the server's time from the error response.
            let second = try await transport.send(signed(request, with: credentials), bounds: Self.bounds)
            return second.status == 200 ? (.answered(status: 200), .success(second)) : failure(of: second)
        } catch {
            switch error {
            case .notHTTP(_, let status?):
                let error = unexpectedResponse(status: status, "the status is outside 100 to 599")
                return (.final, .failure(error))
            case .notHTTP, .silent, .withheld, .tooLarge, .canceled:
                return (.final, .failure(.noAnswer(error)))
            case .timedOut: return (.timedOut, .failure(.noAnswer(error)))
            case .unreachable, .insecure: return (.disconnected, .failure(.noAnswer(error)))
            case .outsideCertificatePeriod: return (.final, .failure(.noAnswer(error)))
            }
        }
    }

    private func failure(
        of response: HTTPResponse
    ) -> (RetryPolicy.Outcome, Result<HTTPResponse, CloudError>) {
        let error: AWSErrorReply?
        do throws(ReplyXMLError) {
            error = try AWSErrorReply.read(response)
        } catch {
            return (.final, .failure(unexpectedResponse(response, error.description)))
        }
        guard let error else {
            let outcome = RetryPolicy.Outcome.answered(status: response.status)
            return (outcome, .failure(unexpectedResponse(response, response.excerpt)))
        }
        let refusal = CloudRefusal(
            service: service,
            status: response.status,
            code: error.code,
            message: error.message,
            requestID: response.requestID ?? error.requestID,
            retryAfter: response.retryAfter,
            clockOffset: response.clockOffset
        )
        let mayWorkLater =
            response.status == 429 || response.status >= 500
            || RetryPolicy.throttlingCodes.contains(refusal.code)
        return (
            .answered(status: response.status, code: error.code, message: error.message),
            .failure(mayWorkLater ? .tryLater(refusal) : .refused(refusal))
        )
    }

    /// The minimum change of the clock offset that requires a second signature, in seconds.
    private static let skew: TimeInterval = 60

    /// The server's clock minus the local clock; `nil` if the offset is unknown.
    var clockOffset: ClockOffset? { transport.clockOffset(of: endpoint.url) }

    /// The server's clock minus the local clock; zero without a notable offset (see ``ClockOffset/isNotable``).
    private var serverOffset: Duration {
        clockOffset.flatMap { $0.isNotable ? $0.offset : nil } ?? .zero
    }

    /// Whether a wrong clock can be the cause of the error.
    private static func isSkew(_ result: Result<HTTPResponse, CloudError>) -> Bool {
        guard case .failure(let error) = result, let code = error.refusal?.code else { return false }
        return [
            "SignatureDoesNotMatch", "RequestTimeTooSkewed", "RequestExpired", "InvalidSignatureException",
        ]
        .contains(code)
    }

    private func signed(_ request: HTTPRequest, with credentials: SigningCredentials?) -> HTTPRequest {
        guard let credentials else { return request }
        var request = request
        let signature = SigV4(
            at: time.now + serverOffset.seconds,
            region: endpoint.signingRegion,
            service: signingName
        )
        request.sign(signature, with: credentials)
        return request
    }

    /// Returns the error for invalid credentials in a response.
    func unusable(_ error: SessionCredentialsError) -> CloudError {
        .unusableCredentials(host: endpoint.url.host() ?? "the endpoint", error)
    }

    private func unexpectedResponse(_ response: HTTPResponse, _ seen: String) -> CloudError {
        unexpectedResponse(status: response.status, seen)
    }

    /// Returns the error for a response that does not follow the service's protocol.
    func unexpectedResponse(status: Int, _ seen: String) -> CloudError {
        .unexpectedResponse(
            service: service,
            host: endpoint.url.host() ?? "the endpoint",
            status: status,
            seen: seen
        )
    }
}

extension HTTPRequest {
    /// Signs the request for AWS; the caller must not change the signed request.
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

extension RetryPolicy {
    /// The rules of botocore's standard mode, plus the transient errors of STS.
    ///
    /// By default, the policy allows three attempts, with pauses of rand(0…1)·2ⁿ s up to 20 s.
    ///
    /// Source: botocore 1.43 `retries/standard.py`.
    static func aws(_ quota: RetryQuota) -> RetryPolicy {
        let pauses = (0..<quota.attempts - 1).map { Duration.seconds(min(1 << min($0, 5), 20)) }
        var policy = RetryPolicy(pauses: pauses)
        policy.hasJitter = true
        policy.statuses = [429, 500, 502, 503, 504, 509]
        policy.codes = throttlingCodes.union([
            "RequestTimeout", "RequestTimeoutException", "IDPCommunicationError",
        ])
        policy.messages = [("InvalidIdentityToken", "retrieve verification key")]
        policy.retriesTimeouts = true
        policy.limit = .seconds(3600)
        policy.quota = quota
        return policy
    }

    /// The error codes with which AWS throttles requests.
    static let throttlingCodes: Set = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
        "TooManyRequestsException", "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "RequestThrottled",
        "SlowDown",
        "PriorRequestNotComplete", "EC2ThrottledException",
    ]
}

/// The body of a call in AWS's Query protocol: `Action=…&Version=…&…`, with parameters in the order of insertion.
package struct FormBody: Sendable {
    private var fields: [(name: String, value: String)] = []
    package let action: String

    package init(action: String, version: String) {
        self.action = action
        append("Action", action)
        append("Version", version)
    }

    package mutating func append(_ name: String, _ value: String) {
        fields.append((name, value))
    }

    /// Appends a parameter, unless its value is `nil`.
    package mutating func append(_ name: String, ifAny value: String?) {
        if let value { append(name, value) }
    }

    /// Appends a list as `name.member.1`, `name.member.2`, …; an empty list as `name=`.
    package mutating func append(_ name: String, list values: [String]) {
        if values.isEmpty { append(name, "") }
        for (index, value) in values.enumerated() {
            append("\(name).member.\(index + 1)", value)
        }
    }

    /// Appends tags as `Tags.member.1.Key`, `Tags.member.1.Value`, …, sorted by key.
    package mutating func append(tags: [String: String]) {
        for (index, tag) in tags.sorted(by: { $0.key < $1.key }).enumerated() {
            append("Tags.member.\(index + 1).Key", tag.key)
            append("Tags.member.\(index + 1).Value", tag.value)
        }
    }

    package var text: Secret {
        Secret(FormEncoding.encode(fields))
    }

    package static let contentType = "application/x-www-form-urlencoded; charset=utf-8"
}
