package import struct Foundation.Date

/// One HTTP call as the log shows it: no query, no header, no body, hence no secret.
package struct Transfer: Hashable, Sendable {
    package let at: Date
    package let method: String
    package let host: String
    package let path: String
    /// The status, or `nil` when there was no answer.
    package let status: Int?
    package let duration: Duration
    /// The other side's request id.
    package let requestID: String?
    /// Why there was no answer.
    package let problem: String?

    package init(
        at: Date,
        method: String,
        host: String,
        path: String,
        status: Int?,
        duration: Duration,
        requestID: String? = nil,
        problem: String? = nil
    ) {
        self.at = at
        self.method = method
        self.host = host
        self.path = path
        self.status = status
        self.duration = duration
        self.requestID = requestID
        self.problem = problem
    }
}
