import Diagnosis
package import Federation

/// The reason that a source returned no token.
package enum TokenSourceError: Error, Hashable, Sendable {
    /// The source cannot be used on this host or with the identity's settings.
    case unavailable(source: TokenSourceKind, reason: String)
    /// The source refused the request; a retry would not help.
    case refused(SourceRefusal)
    /// The source throttled the request, failed, or was not available; a later request may succeed.
    case tryLater(SourceRefusal)
    /// No connection could be established, the connection broke, or the program did not start.
    case unreachable(source: TokenSourceKind, reason: String)
    /// By this host's clock, the certificate of the source is not valid.
    case outsideCertificatePeriod(source: TokenSourceKind, reason: String, fix: String)
    case timedOut(source: TokenSourceKind, limit: Duration)
    /// The response does not follow the source's protocol (for example, a proxy's HTML page or truncated JSON).
    case unexpectedResponse(source: TokenSourceKind, seen: String)
    case canceled(source: TokenSourceKind)
}

/// The refusal of a token request.
package struct SourceRefusal: Hashable, Sendable {
    package let source: TokenSourceKind
    /// The HTTP status; `nil` if the source is a program.
    package let status: Int?
    /// The error code; `exit-N` for a program.
    ///
    /// For a service, the code is the first of these values:
    /// - the `AADSTS…` code in the message
    /// - the code in the response
    /// - the HTTP status
    package let code: String
    /// The source's own message, with control characters escaped.
    package let message: String
    package let requestID: String?
    /// The delay that the server requested, if any.
    package let retryAfter: Duration?

    package init(
        source: TokenSourceKind,
        status: Int?,
        code: String,
        message: String,
        requestID: String? = nil,
        retryAfter: Duration? = nil
    ) {
        self.source = source
        self.status = status
        self.code = code
        self.message = message
        self.requestID = requestID
        self.retryAfter = retryAfter
    }

    fileprivate var isThrottling: Bool { status == 429 }

    /// The end of a message about all attempts (for example, "throttled every attempt").
    fileprivate var repeatedOutcome: String {
        switch status {
        case 429: "throttled every attempt"
        case .some(500...): "failed at every attempt"
        default: "was not available at any attempt"
        }
    }
}

extension TokenSourceError {
    /// Returns the error for a missing setting, variable, or program that the source requires.
    package static func unavailable(source: TokenSourceKind, missing requirement: String) -> Self {
        .unavailable(source: source, reason: "\(requirement) is missing")
    }

    package var source: TokenSourceKind {
        switch self {
        case .refused(let refusal), .tryLater(let refusal): refusal.source
        case .unavailable(let source, _), .unreachable(let source, _), .timedOut(let source, _),
            .outsideCertificatePeriod(let source, _, _), .unexpectedResponse(let source, _),
            .canceled(let source):
            source
        }
    }

    /// The failure to show to the operator.
    package var failure: Failure {
        Failure(
            kind: kind,
            code: code,
            message: message,
            fix: fix,
            requestID: requestID,
            source: source,
            retryAfter: retryAfter
        )
    }

    /// The kind of failure, which determines the exit status.
    package var kind: Failure.Kind {
        switch self {
        case .refused: .refused
        case .unexpectedResponse(let source, _) where source.isLocal: .refused
        case .unavailable, .unreachable, .outsideCertificatePeriod, .unexpectedResponse: .unreachable
        case .tryLater, .timedOut, .canceled: .tryAgain
        }
    }

    /// The stable identifier for JSON: the source's own code, if it sent one.
    package var code: String {
        switch self {
        case .unavailable: "source-unavailable"
        case .refused(let refusal), .tryLater(let refusal): refusal.code
        case .unreachable: "unreachable"
        case .outsideCertificatePeriod: CertificateDate.failureCode
        case .timedOut: "timed-out"
        case .unexpectedResponse(let source, _): source.isLocal ? "token-format" : "not-a-token-endpoint"
        case .canceled: "canceled"
        }
    }

    private var message: String {
        switch self {
        case .unavailable(let source, let reason):
            "The source \(source.rawValue) is not usable here: \(reason)."
        case .refused(let refusal):
            "\(refusal.source.refuser)\(refusal.seen)\(refusal.end)"
        case .tryLater(let refusal):
            "\(refusal.source.endpoint) \(refusal.repeatedOutcome)\(refusal.seen)\(refusal.end)"
        case .unreachable(let source, let reason), .outsideCertificatePeriod(let source, let reason, _):
            "\(source.endpoint) is unreachable: \(reason)"
        case .timedOut(let source, let limit):
            "\(source.endpoint) did not respond within \(DurationText.format(limit))."
        case .unexpectedResponse(let source, let seen) where source.isLocal:
            "The \(source.rawValue) source returned no token: \(seen)"
        case .unexpectedResponse(let source, let seen):
            "The response is not from the token source \(source.rawValue): \(seen)"
        case .canceled(let source):
            "The request to \(source.endpoint) was canceled."
        }
    }

    private var fix: String {
        switch self {
        case .refused(let refusal) where refusal.known != nil,
            .tryLater(let refusal) where refusal.known != nil:
            refusal.known?.fix(after: retryAfter) ?? ""
        case .unavailable:
            "Resolve this, run cambist on a host that has the identity, or set another source for the identity."
        case .refused(let refusal) where refusal.source == .command:
            "Run the command in a shell: it must exit with status 0 and print only a token, or JSON with access_token."
        case .refused:
            "Compare the tenant, identity, and audience with those in Entra."
        case .tryLater(let refusal):
            (refusal.isThrottling ? Self.throttling : Self.outage).fix(after: retryAfter)
        case .outsideCertificatePeriod(_, _, let fix): fix
        case .unreachable:
            "Check that this host provides the source and can reach it: directly or, for Entra, through the proxy."
        case .timedOut:
            "Check the route to the source, then try again; for a slow source, increase the identity's timeout."
        case .unexpectedResponse(let source, _) where source.isLocal:
            "The file or the command's output must contain only a token, or JSON with the token in access_token, "
                + "accessToken, or token."
        case .unexpectedResponse:
            "A proxy or another server responded: exclude 169.254.169.254, localhost, and 127.0.0.1 from "
                + "the proxy, and check the endpoint's address."
        case .canceled:
            "Try again."
        }
    }

    /// The default advice for a source that throttles requests.
    private static let throttling = KnownError(
        id: "throttled",
        summary: "The source throttles requests.",
        pause: "a minute",
        fix: "Request fewer tokens at once."
    )

    /// The default advice for a source that fails or is not available.
    private static let outage = KnownError(
        id: "source-failing",
        summary: "The source is not available.",
        pause: "a minute",
        fix: "If the error persists, check the state of the service."
    )

    private var retryAfter: Duration? {
        if case .tryLater(let refusal) = self { refusal.retryAfter } else { nil }
    }

    private var requestID: String? {
        switch self {
        case .refused(let refusal), .tryLater(let refusal): refusal.requestID
        default: nil
        }
    }
}

extension TokenSourceError: CustomStringConvertible {
    package var description: String { "\(message) \(fix)" }
}

extension TokenSourceKind {
    /// Whether the source requests tokens from Entra's token endpoint directly.
    private var usesEntra: Bool { origin == .entra }

    /// Whether tokens come from a file or program, not from a server.
    fileprivate var isLocal: Bool { origin == .local }

    /// The name of the service or program that returns the tokens.
    fileprivate var endpoint: String {
        usesEntra ? "Entra's token endpoint (source \(rawValue))" : rawValue
    }

    /// The beginning of a sentence about a refused request.
    fileprivate var refuser: String {
        usesEntra ? "Entra refused the request of the source \(rawValue)" : "\(rawValue) refused the request"
    }
}

extension SourceRefusal {
    /// The HTTP status and the code in parentheses.
    ///
    /// A code that the message or the status repeats is omitted.
    fileprivate var seen: String {
        let isRepeated = message.contains(code) || code == status.map(String.init)
        let parts = [status.map { "HTTP \($0)" }, isRepeated ? nil : "code \(code)"].compactMap(\.self)
        return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    }

    /// The source's message after a colon; a period if the message is empty.
    fileprivate var end: String { message.isEmpty ? "." : ": \(message)" }

    /// The known error with the refusal's code; without a match, the known error with the refusal's status.
    fileprivate var known: KnownError? {
        // The operator's command can print any text, so a known error would match only by chance.
        if source == .command { return nil }
        let codes = [code, status.map(String.init)].compactMap(\.self)
        return codes.lazy.compactMap { KnownError.find(source, code: $0, message: message) }.first
    }
}
