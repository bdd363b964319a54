package import Federation

package import struct Foundation.URL

/// An HTTP request whose headers and body are held as secrets: most of ours carry one.
package struct HTTPRequest: Sendable {
    package var method: Method
    package var url: URL
    package var headers: [HeaderField]
    package var body: Secret?
    /// Whether no proxy may be between, wherever the address leads: a host's own services.
    package var isDirect = false

    package init(_ method: Method, _ url: URL, headers: [HeaderField] = [], body: Secret? = nil) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }

    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// A header field; the name is compared without regard to case.
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

/// How much an answer may cost.
package struct RequestBounds: Hashable, Sendable {
    /// From the first byte sent to the last byte read.
    package var total: Duration
    /// Bytes of body; a longer answer is refused as soon as it passes this.
    package var bodySize: Int

    package init(total: Duration = .seconds(30), bodySize: Int = 1 << 20) {
        self.total = total
        self.bodySize = bodySize
    }
}
