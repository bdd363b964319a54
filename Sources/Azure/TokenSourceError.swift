package import Federation

/// Why a source gave no token.
package enum TokenSourceError: Error, Hashable, Sendable {
    /// This host has no such source, or the identity lacks what the source needs.
    case unavailable(source: TokenSourceKind, missing: String)
    /// The source said no; asking again changes nothing.
    case refused(SourceRefusal)
    /// The source asked for patience until its retries were used up.
    case throttled(SourceRefusal)
    /// Nobody answered.
    case unreachable(source: TokenSourceKind, reason: String)
    /// No answer in time.
    case timedOut(source: TokenSourceKind, limit: Duration)
    /// Something answered that is no such source: HTML of a proxy, truncated JSON.
    case unintelligible(source: TokenSourceKind, seen: String)
    /// Whoever asked went away.
    case cancelled(source: TokenSourceKind)
}

/// What a source said when it gave no token.
package struct SourceRefusal: Hashable, Sendable {
    package let source: TokenSourceKind
    /// The HTTP status; `nil` for a source that is a program.
    package let status: Int?
    /// `AADSTS…` where the text has one, else the answer's own code, else the status.
    package let code: String
    /// The source's own text, control characters made visible.
    package let message: String
    /// The request's id at the other side.
    package let requestID: String?

    package init(
        source: TokenSourceKind,
        status: Int?,
        code: String,
        message: String,
        requestID: String? = nil
    ) {
        self.source = source
        self.status = status
        self.code = code
        self.message = message
        self.requestID = requestID
    }
}

extension TokenSourceError {
    /// The source that was asked.
    package var source: TokenSourceKind {
        switch self {
        case .refused(let refusal), .throttled(let refusal): refusal.source
        case .unavailable(let source, _), .unreachable(let source, _), .timedOut(let source, _),
            .unintelligible(let source, _), .cancelled(let source):
            source
        }
    }
}
