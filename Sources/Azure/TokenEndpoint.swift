import Federation
import Foundation
import Transport

/// An HTTP endpoint that gives tokens: asks, asks again by its rules, and reads what came.
struct TokenEndpoint: Sendable {
    let kind: TokenSourceKind
    var transport: HTTPTransport
    let time: any TimeSource
    let rules: RetryRules
    /// The pace the endpoint bears, where it names one.
    var gate: RequestGate?
    /// Whether a proxy may be between; never to a host's own service.
    var allowsProxy = false
    /// How long one attempt may take.
    var limit = Duration.seconds(60)

    /// Sends the request, as often as the rules allow, and reads the token of the answer.
    func token(_ request: HTTPRequest) async throws(TokenSourceError) -> AccessToken {
        try token(in: try await answer(request))
    }

    /// Sends the request, as often as the rules allow; the answer may have any status.
    func answer(_ request: HTTPRequest) async throws(TokenSourceError) -> HTTPResponse {
        var request = request
        request.isDirect = !allowsProxy
        var retry = Retry(rules: rules)
        let start = time.uptime
        while true {
            let result = await attempt(request)
            guard case .wait(let pause) = retry.event(Self.event(result), elapsed: time.uptime - start) else {
                return try result.mapError { error in sourceError(error) }.get()
            }
            do {
                try await time.sleep(for: pause)
            } catch {
                throw .cancelled(source: kind)
            }
        }
    }

    /// The token of an answer.
    ///
    /// - Throws: ``TokenSourceError`` for a refusal, and for an answer that no such endpoint gives.
    func token(in response: HTTPResponse) throws(TokenSourceError) -> AccessToken {
        guard response.status == 200 else { throw refusal(response) }
        guard let answer = TokenAnswer(json: response.body, now: time.now) else {
            throw .unintelligible(source: kind, seen: Self.glimpse(response))
        }
        return AccessToken(answer, source: kind, received: time.now, clockOffset: response.clockOffset)
    }

    /// The status of a single attempt; `nil` without an answer.
    func status(_ request: HTTPRequest) async -> Int? {
        try? await attempt(request).get().status
    }

    private func attempt(_ request: HTTPRequest) async -> Result<HTTPResponse, TransportError> {
        let bounds = RequestBounds(total: limit, bodySize: TokenAnswer.size)
        do {
            guard let gate else { return .success(try await transport.send(request, bounds: bounds)) }
            return .success(try await gate.pass { try await transport.send(request, bounds: bounds) })
        } catch {
            return .failure(error as? TransportError ?? .cancelled)
        }
    }

    private static func event(_ result: Result<HTTPResponse, TransportError>) -> Retry.Event {
        switch result {
        case .success(let response) where isMarkup(response):
            .beyondRepair
        case .success(let response):
            .answered(status: response.status, retryAfter: response.retryAfter)
        case .failure(.unreachable):
            .disconnected
        case .failure:
            .beyondRepair
        }
    }
}

// What came instead of a token.
extension TokenEndpoint {
    /// The statuses after which a later ask may succeed.
    private static let passing: Set<Int> = [408, 410, 429, 502, 503, 504]
    /// The statuses under which proxies answer in the place of an endpoint.
    private static let proxied: Set<Int> = [403, 502, 504]

    func refusal(_ response: HTTPResponse) -> TokenSourceError {
        let answer = RefusalAnswer(json: response.body)
        if answer == nil, Self.isMarkup(response) || Self.proxied.contains(response.status) {
            return .unintelligible(source: kind, seen: Self.glimpse(response))
        }
        let text = answer?.message ?? String(decoding: response.body, as: UTF8.self)
        let refusal = SourceRefusal(
            source: kind,
            status: response.status,
            code: answer?.bestCode ?? "\(response.status)",
            message: VisibleText.oneLine(text),
            requestID: answer?.correlationID ?? response.requestID
        )
        return Self.passing.contains(response.status) ? .throttled(refusal) : .refused(refusal)
    }

    func sourceError(_ error: TransportError) -> TokenSourceError {
        switch error {
        case .timedOut(_, let limit): .timedOut(source: kind, limit: limit)
        case .cancelled: .cancelled(source: kind)
        case .tooLarge: .unintelligible(source: kind, seen: error.description)
        case .unreachable, .insecure: .unreachable(source: kind, reason: error.description)
        }
    }

    private static func isMarkup(_ response: HTTPResponse) -> Bool {
        response.body.first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "<")
    }

    /// The beginning of an answer that is none; what came with a success may hold a token and is not shown.
    private static func glimpse(_ response: HTTPResponse) -> String {
        let server = response.header("server").map { " from \($0)" } ?? ""
        if (200..<300).contains(response.status), !isMarkup(response) {
            return VisibleText.oneLine(
                "HTTP \(response.status)\(server): \(response.body.count) bytes without a token"
            )
        }
        let text = VisibleText.oneLine(String(decoding: response.body.prefix(400), as: UTF8.self), limit: 100)
        return VisibleText.oneLine("HTTP \(response.status)\(server): ") + (text.isEmpty ? "nothing" : text)
    }
}
