import Diagnosis
import Federation
import Foundation
import Transport

/// One of Microsoft's JSON services, called with bearer tokens: sends, waits where it is told to, reads refusals.
struct AzureService: Sendable {
    /// `graph` or `arm`: whose table of errors applies.
    let side: KnownError.Side
    /// Below this are all paths; nothing is ever sent elsewhere.
    let base: URL
    /// What tokens for it are asked with.
    let audience: String
    let caller: AzureCaller
    let transport: HTTPTransport
    let time: any TimeSource

    /// A call that is repeated at will: it changes nothing, or the same once and twice.
    private static let repeatable = RetryRules(
        statuses: [429, 500, 502, 503, 504],
        delays: [1, 2, 4, 8, 16, 32].map(Duration.seconds),
        reconnects: 3,
        budget: .seconds(300)
    )
    /// A call that makes something: repeated only where it was surely not carried out.
    private static let making = RetryRules(
        statuses: [429],
        delays: [1, 2, 4, 8, 16, 32].map(Duration.seconds),
        reconnects: 0,
        budget: .seconds(300)
    )

    /// Sends a request for a path below the base, with a query that is encoded already, and reads its JSON.
    ///
    /// - Returns: The answer's JSON, `null` for an empty one.
    /// - Throws: ``AzureError`` after the retries.
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        query: String? = nil,
        headers: [HTTPRequest.HeaderField] = [],
        body: JSONValue? = nil
    ) async throws(AzureError) -> JSONValue {
        let text = base.absoluteString + path + (query.map { "?" + $0 } ?? "")
        guard let url = URL(string: text) else {
            throw .unintelligible(host: name, status: 0, seen: "no address \(text)")
        }
        return try await send(HTTPRequest(method, url, headers: headers), body: body)
    }

    /// The further page that a link names.
    ///
    /// - Throws: ``AzureError/unintelligible(host:status:seen:)`` for a link that leads elsewhere: a token is for
    ///   its service alone.
    func page(_ link: String) async throws(AzureError) -> JSONValue {
        guard let url = URL(string: link), url.scheme == base.scheme, url.host() == base.host(),
            url.port == base.port
        else { throw .unintelligible(host: name, status: 200, seen: "a link to another host") }
        return try await send(HTTPRequest(.get, url), body: nil)
    }

    private func send(_ request: HTTPRequest, body: JSONValue?) async throws(AzureError) -> JSONValue {
        var request = request
        if let body {
            request.body = Secret(body.compactText)
            request.headers.append(.init("Content-Type", "application/json"))
        }
        var retry = Retry(rules: request.method == .post ? Self.making : Self.repeatable)
        let start = time.uptime
        while true {
            let result = await attempt(request)
            guard case .wait(let pause) = retry.event(result.event, elapsed: time.uptime - start),
                (try? await time.sleep(for: pause)) != nil
            else { return try result.outcome.get() }
        }
    }

    private func attempt(
        _ request: HTTPRequest
    ) async -> (event: Retry.Event, outcome: Result<JSONValue, AzureError>) {
        let token: AccessToken
        do throws(TokenSourceError) {
            token = try await caller.token(for: audience)
        } catch {
            return (.beyondRepair, .failure(.noToken(error)))
        }
        var request = request
        request.headers += [
            .init("Authorization", Secret("Bearer " + token.rawValue.reveal())),
            .init("client-request-id", UUID().uuidString.lowercased()),
            .init("Accept", "application/json"),
        ]
        do throws(TransportError) {
            let response = try await transport.send(request)
            let event = Retry.Event.answered(status: response.status, retryAfter: response.retryAfter)
            return (event, outcome(of: response))
        } catch {
            var event = Retry.Event.beyondRepair
            if case .unreachable = error { event = .disconnected }
            return (event, .failure(.noAnswer(error)))
        }
    }

    private func outcome(of response: HTTPResponse) -> Result<JSONValue, AzureError> {
        let json = try? JSONValue(parsing: response.body, limit: .max)
        if (200..<300).contains(response.status) {
            if response.body.isEmpty { return .success(.null) }
            guard let json else { return .failure(unintelligible(response)) }
            return .success(json)
        }
        guard let answer = RefusalAnswer(json: response.body) else {
            return .failure(
                response.body.isEmpty
                    ? refusal(response, code: nil, message: "") : unintelligible(response)
            )
        }
        return .failure(refusal(response, code: answer.code, message: answer.message))
    }

    private func refusal(_ response: HTTPResponse, code: String?, message: String) -> AzureError {
        let refusal = AzureRefusal(
            service: side,
            status: response.status,
            code: code ?? String(response.status),
            message: message,
            requestID: response.requestID
        )
        return Self.repeatable.statuses.contains(response.status) ? .throttled(refusal) : .refused(refusal)
    }

    private func unintelligible(_ response: HTTPResponse) -> AzureError {
        let text = String(decoding: response.body.prefix(120), as: UTF8.self)
        let seen = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "an empty body"
        return .unintelligible(host: name, status: response.status, seen: seen)
    }

    private var name: String { base.host() ?? "the endpoint" }
}
