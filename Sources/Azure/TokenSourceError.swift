package import Federation

/// Why a source gave no token.
package enum TokenSourceError: Error, Hashable, Sendable {
    /// This host has no such source, or the identity lacks what the source needs.
    case unavailable(source: TokenSourceKind, missing: String)
    /// The source said no; `code` is the OAuth error or the AADSTS code.
    case refused(
        source: TokenSourceKind,
        status: Int,
        code: String,
        message: String,
        advice: String,
        requestID: String?
    )
    /// The source asked for patience until its retries were used up.
    case throttled(source: TokenSourceKind, status: Int, requestID: String?)
    /// Nobody answered.
    case unreachable(source: TokenSourceKind, reason: String)
    /// No answer in time.
    case timedOut(source: TokenSourceKind, limit: Duration)
    /// Something answered that is no such source: HTML of a proxy, truncated JSON.
    case unintelligible(source: TokenSourceKind, seen: String)
}
