package import struct Foundation.Date

/// One HTTP call in the log: without query, headers and body, hence without secrets.
package struct Transfer: Hashable, Sendable {
    package let at: Date
    package let method: String
    package let host: String
    package let path: String
    /// The status, or `nil` when there was no answer.
    package let status: Int?
    package let duration: Duration
    /// The request id at the server.
    package let requestID: String?
    /// The reason for a missing answer.
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
