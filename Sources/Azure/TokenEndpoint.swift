import Diagnosis
import Federation
import FoundationEssentials
import Transport

/// A client for an HTTP endpoint that issues tokens: sends requests, retries, and parses the responses.
struct TokenEndpoint: Sendable {
    let kind: TokenSourceKind
    var transport: HTTPTransport
    let time: any TimeSource
    let policy: RetryPolicy
    /// The limit on the request rate, if the endpoint documents one.
    var limiter: RequestLimiter?
    /// Whether requests may use the proxy; always `false` for services of the host itself.
    var allowsProxy = false
    /// The time limit of one attempt.
    var limit = Duration.seconds(60)

    /// Sends a request, with retries, and parses the token in the response.
    func token(_ request: HTTPRequest) async throws(TokenSourceError) -> AccessToken {
        try token(in: try await response(request))
    }

    /// Sends a request, with retries; returns responses with any status.
    func response(_ request: HTTPRequest) async throws(TokenSourceError) -> HTTPResponse {
        var request = request
        request.isDirect = !allowsProxy
        request.operation = request.operation ?? "\(kind.rawValue) token"
        let result = await policy.run(time: time) {
            let result = await attempt(request)
            return (Self.outcome(result), result)
        }
        // If the task is canceled during a pause, the retries end with the previous result.
        if Task.isCancelled { throw .canceled(source: kind) }
        return try result.mapError(sourceError).get()
    }

    /// Parses the token in a response.
    ///
    /// - Throws: ``TokenSourceError`` for an error response, or for a response without a token (for example, a proxy's
    ///   HTML page).
    func token(in response: HTTPResponse) throws(TokenSourceError) -> AccessToken {
        guard response.status == 200 else { throw refusal(response) }
        do throws(TokenAnswerError) {
            let answer = try TokenAnswer(json: response.body, now: time.now)
            return AccessToken(answer, source: kind, received: time.now, clockOffset: response.clockOffset)
        } catch {
            throw .unexpectedResponse(source: kind, seen: Self.excerpt(response, error))
        }
    }

    /// Returns the HTTP status of a single attempt; `nil` without a response.
    func status(_ request: HTTPRequest) async -> Int? {
        try? await attempt(request).get().status
    }

    private func attempt(_ request: HTTPRequest) async -> Result<HTTPResponse, TransportError> {
        let bounds = RequestBounds(total: limit, bodySize: TokenAnswer.size)
        do {
            // A request that fails this check must not wait for the limiter.
            try transport.requireNoRecentFailure(of: request.url)
            guard let limiter else { return .success(try await transport.send(request, bounds: bounds)) }
            return .success(try await limiter.run { try await transport.send(request, bounds: bounds) })
        } catch {
            return .failure(error as? TransportError ?? .canceled)
        }
    }

    private static func outcome(_ result: Result<HTTPResponse, TransportError>) -> RetryPolicy.Outcome {
        switch result {
        case .success(let response) where isMarkup(response):
            .final
        case .success(let response):
            .answered(status: response.status, retryAfter: response.retryAfter)
        case .failure(.unreachable):
            .disconnected
        case .failure:
            .final
        }
    }

    func sourceError(_ error: TransportError) -> TokenSourceError {
        switch error {
        case .timedOut(_, let limit): .timedOut(source: kind, limit: limit)
        case .canceled: .canceled(source: kind)
        case .withheld(let failure): sourceError(failure)
        case .tooLarge, .notHTTP: .unexpectedResponse(source: kind, seen: error.description)
        case .outsideCertificatePeriod:
            .outsideCertificatePeriod(source: kind, reason: error.description, fix: error.fix)
        case .unreachable, .silent, .insecure: .unreachable(source: kind, reason: error.description)
        }
    }
}

// Responses without a token.
extension TokenEndpoint {
    /// The statuses that mean a temporary failure of any source.
    private static let transient: Set<Int> = [408, 410, 429, 502, 503, 504]
    /// The statuses that can come from a proxy instead of the endpoint.
    private static let proxied: Set<Int> = [403, 502, 504]

    func refusal(_ response: HTTPResponse) -> TokenSourceError {
        let reply = RefusalReply(json: response.body)
        let text = reply?.message ?? String(decoding: response.body.prefix(4096), as: UTF8.self)
        if reply == nil,
            Self.isMarkup(response) || Self.proxied.contains(response.status) && !isKnown(text)
        {
            return .unexpectedResponse(source: kind, seen: Self.excerpt(response))
        }
        let refusal = SourceRefusal(
            source: kind,
            status: response.status,
            code: Self.serviceCode(of: reply) ?? "\(response.status)",
            message: VisibleText.oneLine(text),
            requestID: reply?.correlationID.map { VisibleText.oneLine($0, limit: 128) } ?? response.requestID,
            retryAfter: response.retryAfter
        )
        return mayWorkLater(response.status) ? .tryLater(refusal) : .refused(refusal)
    }

    /// Whether a later request may succeed after a response with this status.
    ///
    /// A source's retry policy lists the server errors that the service documents as temporary. The method ignores the
    /// policy for status 500 of App Service. App Service also returns status 500 for a permanent refusal (for example,
    /// without an app-role assignment).
    ///
    /// Source: azure-functions-host issue 9884.
    private func mayWorkLater(_ status: Int) -> Bool {
        if kind == .appService, status == 500 { return false }
        return Self.transient.contains(status) || status >= 500 && policy.statuses.contains(status)
    }

    /// Returns the code in an error response, if any; `nil` for a code that cambist uses for its own errors.
    private static func serviceCode(of reply: RefusalReply?) -> String? {
        reply?.bestCode.flatMap { Failure.isOwn($0) ? nil : VisibleText.oneLine($0, limit: 128) }
    }

    /// Whether the table of known errors contains the text; some services return errors as plain text.
    private func isKnown(_ text: String) -> Bool {
        KnownError.find(kind, code: "", message: text) != nil
    }

    private static func isMarkup(_ response: HTTPResponse) -> Bool {
        response.body.first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "<")
    }

    /// Returns a description of a response without a token.
    ///
    /// The body of a successful response is omitted, because the body may contain a token. A body that begins with `<`
    /// (for example, a proxy's HTML page) is included.
    private static func excerpt(_ response: HTTPResponse, _ error: TokenAnswerError? = nil) -> String {
        let server = response.header("server").map { " from \($0)" } ?? ""
        if (200..<300).contains(response.status), !isMarkup(response) {
            let reason = error.flatMap(\.limit).map { ": \($0)" } ?? ""
            return VisibleText.oneLine(
                "HTTP \(response.status)\(server): \(response.body.count) bytes without a token\(reason)"
            )
        }
        let text = VisibleText.oneLine(String(decoding: response.body.prefix(400), as: UTF8.self), limit: 100)
        let status = VisibleText.oneLine("HTTP \(response.status)\(server)")
        return text.isEmpty ? "\(status) without a body" : "\(status) with the text \"\(text)\""
    }
}

/// The error response of an endpoint, in one of the known JSON formats.
///
/// Examples are OAuth's `error` and `error_description`, an `error` object with `code` and `message`, and App Service's
/// `message` with `correlationId`. Member names match in any letter case: some hosts capitalize them.
struct RefusalReply: Hashable, Sendable {
    /// The error code in the response, if any.
    let code: String?
    let message: String
    let correlationID: String?

    /// Parses an error response; `nil` if the data is not a JSON object with a message.
    init?(json data: Data) {
        guard let members = (try? JSONValue(parsing: data))?.foldedMembers else { return nil }
        let error = members["error"]
        let inner = error?.foldedMembers ?? [:]
        let texts = [
            members["error_description"], inner["message"], inner["description"], members["message"], error,
        ]
        guard let message = texts.lazy.compactMap({ $0?.string }).first(where: { !$0.isEmpty }) else {
            return nil
        }
        self.message = message
        code = error?.string ?? inner["code"]?.string
        correlationID =
            (members["correlation_id"] ?? inner["correlationid"] ?? members["correlationid"])?.string
    }

    /// The most specific code: the first `AADSTS` code in the message, otherwise ``code``.
    var bestCode: String? {
        message.firstMatch(of: #/AADSTS\d+/#).map { String($0.output) } ?? code
    }
}

extension JSONValue {
    /// The members of an object by their lowercase names; `nil` for any other value.
    fileprivate var foldedMembers: [String: JSONValue]? {
        members.map { Dictionary($0.map { ($0.key.lowercased(), $0.value) }) { first, _ in first } }
    }
}
