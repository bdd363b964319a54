package import Federation

package import struct FoundationEssentials.URL

/// An HTTP request.
///
/// Most requests contain a secret, so the header values and the body are stored as secrets.
package struct HTTPRequest: Sendable {
    package var method: Method
    package var url: URL
    package var headers: [HeaderField]
    package var body: Secret?
    /// The service and its operation, for the log.
    package var operation: String?
    /// Whether the request bypasses any proxy (for example, a request to the instance metadata service).
    package var isDirect = false

    package init(
        _ method: Method,
        _ url: URL,
        headers: [HeaderField] = [],
        body: Secret? = nil,
        operation: String? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.operation = operation
    }

    /// The mapping that the current task works on, for the log.
    @TaskLocal package static var mapping: RoleMapping.ID?

    /// Whether the current task sends requests even to hosts with a recent failure.
    ///
    /// The value is true for retries, a watch's attempts, and exchanges that an operator requests through the fleet.
    @TaskLocal package static var triesFailedHosts = false

    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    package struct HeaderField: Hashable, Sendable {
        package let name: String
        package let value: Secret

        package init(_ name: String, _ value: String) {
            self.init(name, Secret(value))
        }

        package init(_ name: String, _ value: Secret) {
            self.name = name
            self.value = value
        }
    }
}

/// The limits on the time and the size of a response.
package struct RequestBounds: Hashable, Sendable {
    /// The maximum time from the start of the request to the last byte of the response; includes connecting.
    package var total: Duration
    /// The maximum size of the response body, in bytes.
    package var bodySize: Int

    package init(total: Duration = .seconds(30), bodySize: Int = 1 << 20) {
        self.total = total
        self.bodySize = bodySize
    }
}
