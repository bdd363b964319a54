package import struct FoundationEssentials.Date

/// An HTTP request in the log, without the parts that can contain secrets: query, headers, and body.
package struct Transfer: Hashable, Sendable {
    package let at: Date
    package let method: String
    package let host: String
    package let path: String
    /// The response status; `nil` without a response.
    package let status: Int?
    package let duration: Duration
    /// The request ID assigned by the server.
    package let requestID: String?
    /// The reason that there is no response.
    package let problem: String?
    /// The mapping whose exchange sent the request, if any.
    package let mapping: RoleMapping.ID?
    /// The service and its operation: `STS AssumeRoleWithWebIdentity`, `imds token`.
    package let operation: String?

    package init(
        at: Date,
        method: String,
        host: String,
        path: String,
        status: Int?,
        duration: Duration,
        requestID: String? = nil,
        problem: String? = nil,
        mapping: RoleMapping.ID? = nil,
        operation: String? = nil
    ) {
        self.at = at
        self.method = method
        self.host = host
        self.path = path
        self.status = status
        self.duration = duration
        self.requestID = requestID
        self.problem = problem
        self.mapping = mapping
        self.operation = operation
    }
}
