import Diagnosis
package import Federation
import FoundationEssentials
import Transport

/// The identity whose tokens authorize calls to Microsoft Graph and Azure Resource Manager.
package struct AzureCredential: Sendable {
    /// Any identity with a token source; the calls have the identity's permissions.
    package let identity: ManagedIdentity
    private let tokens: TokenCache

    package init(identity: ManagedIdentity, tokens: TokenCache) {
        self.identity = identity
        self.tokens = tokens
    }

    func token(for audience: String) async throws(TokenSourceError) -> AccessToken {
        try await tokens.token(for: TokenRequest(identity: identity, audience: audience)).token
    }
}

/// A client for a Microsoft JSON API with bearer tokens: sends requests, retries, and parses refusals.
struct AzureService: Sendable {
    /// Selects the entries in the table of known errors: `graph` or `arm`.
    let service: KnownError.CloudService
    /// The base URL of all requests; requests are never sent to another host.
    let base: URL
    let audience: String
    let caller: AzureCredential
    let transport: HTTPTransport
    let time: any TimeSource

    /// Sends a request for a path below the base URL, with an encoded query.
    ///
    /// - Returns: The JSON of the response; `null` for an empty body.
    /// - Throws: ``CloudError`` after all retries.
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        query: String? = nil,
        headers: [HTTPRequest.HeaderField] = [],
        body: JSONValue? = nil
    ) async throws(CloudError) -> JSONValue {
        let text = base.absoluteString + path + (query.map { "?" + $0 } ?? "")
        guard let url = URL(string: text) else {
            throw unexpectedResponse(status: 0, "an invalid URL, \(text)")
        }
        return try await send(
            HTTPRequest(
                method,
                url,
                headers: headers,
                operation: "\(service.rawValue) \(Self.objectKind(of: path))"
            ),
            body: body
        )
    }

    /// Requests the next page of a list; `link` is from the current page.
    ///
    /// - Throws: ``CloudError`` after all retries, or ``CloudError/unexpectedResponse(service:host:status:seen:)`` for
    ///   a link outside the base URL. The token must not be sent to another service.
    func page(_ link: String) async throws(CloudError) -> JSONValue {
        guard let url = URL(string: link), url.scheme == base.scheme, url.host() == base.host(),
            url.port == base.port, url.path().hasPrefix(base.path()), !url.path().contains("..")
        else { throw unexpectedResponse(status: 200, "a link to another service") }
        return try await send(
            HTTPRequest(.get, url, operation: "\(service.rawValue) \(Self.objectKind(of: url.path()))"),
            body: nil
        )
    }

    /// Returns the last collection name in a path (for example, `appRoleAssignedTo`).
    private static func objectKind(of path: String) -> String {
        let parts = path.split(separator: "/").filter { part in
            !part.contains { $0.isNumber } || part.contains("(")
        }
        return String((parts.last ?? "").prefix { $0 != "(" })
    }

    /// Returns the error for a response that does not follow the service's protocol.
    func unexpectedResponse(status: Int, _ seen: String) -> CloudError {
        .unexpectedResponse(service: service, host: base.host() ?? "the endpoint", status: status, seen: seen)
    }

    private func send(_ request: HTTPRequest, body: JSONValue?) async throws(CloudError) -> JSONValue {
        var request = request
        if let body {
            request.body = Secret(body.compactText)
            request.headers.append(.init("Content-Type", "application/json"))
        }
        var policy = request.method == .post ? RetryPolicy.azureCreation : .azure
        if let limit = transport.retryLimit(for: base) { policy.limit = limit }
        let result = await policy.run(time: time) { [request] in await attempt(request) }
        if case .failure(.tryLater) = result { transport.noteBusy(base) }
        return try result.get()
    }

    private func attempt(
        _ request: HTTPRequest
    ) async -> (RetryPolicy.Outcome, Result<JSONValue, CloudError>) {
        let token: AccessToken
        do throws(TokenSourceError) {
            token = try await caller.token(for: audience)
        } catch {
            return (.final, .failure(.noToken(error.failure)))
        }
        var request = request
        request.headers += [
            .init("Authorization", Secret("Bearer " + token.rawValue.reveal())),
            .init("client-request-id", UUID().uuidString.lowercased()),
            .init("Accept", "application/json"),
        ]
        do throws(TransportError) {
            let response = try await transport.send(request)
            let outcome = RetryPolicy.Outcome.answered(
                status: response.status,
                retryAfter: response.retryAfter
            )
            return (outcome, result(of: response))
        } catch {
            switch error {
            case .unreachable: return (.disconnected, .failure(.noAnswer(error)))
            case .notHTTP(_, let status?):
                let error = unexpectedResponse(status: status, "the status is outside 100 to 599")
                return (.final, .failure(error))
            case .notHTTP, .timedOut, .silent, .withheld, .insecure, .outsideCertificatePeriod, .tooLarge,
                .canceled:
                return (.final, .failure(.noAnswer(error)))
            }
        }
    }

    private func result(of response: HTTPResponse) -> Result<JSONValue, CloudError> {
        if (200..<300).contains(response.status) {
            if response.body.isEmpty { return .success(.null) }
            do throws(JSONError) {
                return .success(try JSONValue(parsing: response.body))
            } catch {
                if case .malformed = error {
                    return .failure(unexpectedResponse(status: response.status, response.shape))
                }
                return .failure(unexpectedResponse(status: response.status, error.description))
            }
        }
        guard let reply = RefusalReply(json: response.body) else {
            return .failure(
                response.body.isEmpty
                    ? refusal(response, code: nil, message: "")
                    : unexpectedResponse(status: response.status, response.excerpt)
            )
        }
        return .failure(refusal(response, code: reply.code, message: reply.message))
    }

    private func refusal(_ response: HTTPResponse, code: String?, message: String) -> CloudError {
        let refusal = CloudRefusal(
            service: service,
            status: response.status,
            code: code ?? String(response.status),
            message: message,
            requestID: response.requestID,
            retryAfter: response.retryAfter
        )
        let mayWorkLater = RetryPolicy.azure.statuses.contains(response.status)
        return mayWorkLater ? .tryLater(refusal) : .refused(refusal)
    }
}

extension RetryPolicy {
    /// The retry policy for calls that change nothing or are idempotent.
    fileprivate static let azure: RetryPolicy = {
        var policy = RetryPolicy(pauses: [1, 2, 4, 8, 16, 32].map(Duration.seconds))
        policy.statuses = [429, 500, 502, 503, 504]
        policy.reconnectPauses = Array(repeating: .seconds(1), count: 3)
        policy.limit = .seconds(300)
        return policy
    }()

    /// The retry policy for calls that create an object.
    ///
    /// A call is repeated only if the service certainly did not execute the call.
    fileprivate static let azureCreation: RetryPolicy = {
        var policy = azure
        policy.statuses = [429]
        policy.reconnectPauses = []
        return policy
    }()
}
