package import Federation

package import struct FoundationEssentials.URL

/// An HTTP request; header values and the body are stored as secrets, because most requests contain one.
package struct HTTPRequest: Sendable {
    package var method: Method
    package var url: URL
    package var headers: [HeaderField]
    package var body: Secret?
    /// The service and its operation, for the log.
    package var operation: String?
    /// Whether the request always bypasses the proxy, as requests to the host's own services must.
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

    /// The mapping for which the current task runs, for the log.
    @TaskLocal package static var mapping: RoleMapping.ID?

    /// True in a task that sends requests even to hosts that have just failed: in retries, in the attempts of a watch,
    /// and in exchanges that an operator requests through the fleet.
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
    /// The maximum time from the start of the request, including connecting, to the last byte received.
    package var total: Duration
    /// The maximum body size in bytes; a longer response is rejected as soon as it exceeds the limit.
    package var bodySize: Int

    package init(total: Duration = .seconds(30), bodySize: Int = 1 << 20) {
        self.total = total
        self.bodySize = bodySize
    }
}
