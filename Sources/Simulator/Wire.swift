import Federation
import FoundationEssentials
import Glibc

/// A complete HTTP request, independent of the server library.
struct WireRequest: Sendable {
    let method: String
    /// The percent-encoded path without the service's prefix; empty, or with a leading slash.
    ///
    /// The path is not normalized, because AWS clients sign the prefix and the path as sent.
    let path: String
    /// The percent-encoded query, without the `?`; `nil` if there is no `?`.
    let rawQuery: String?
    /// The header fields, in order of arrival.
    let headers: [(name: String, value: String)]
    let body: Data
    /// The time of arrival by the lab's clock; after ``shifted(by:)``, by the service's clock.
    let at: Date
    /// The path as sent, which AWS clients sign; `nil` if no prefix was removed.
    var sentPath: String?

    /// Returns the first value of a header field; names are case-insensitive.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// A response of a service in the lab.
struct WireResponse: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: Data
    /// The delay before the response is sent.
    var delay: Duration = .zero
    /// Whether the connection is closed without a response.
    var isCut = false
    /// The service's clock minus the lab's clock; the `Date` header shows the service's clock.
    var clockOffset: Duration = .zero
}

extension WireResponse {
    /// Returns a response with a JSON body.
    static func json(
        _ status: Int,
        _ value: JSONValue,
        headers: [(name: String, value: String)] = []
    ) -> WireResponse {
        WireResponse(
            status: status,
            headers: [("Content-Type", "application/json; charset=utf-8")] + headers,
            body: Data(value.compactText.utf8)
        )
    }

    /// Returns a response without a body.
    static func empty(_ status: Int, headers: [(name: String, value: String)] = []) -> WireResponse {
        WireResponse(status: status, headers: headers, body: Data())
    }
}

extension WireRequest {
    /// Returns the request with its arrival time by a service's clock; the service's clock is ahead by `offset`.
    func shifted(by offset: Duration) -> WireRequest {
        WireRequest(
            method: method,
            path: path,
            rawQuery: rawQuery,
            headers: headers,
            body: body,
            at: at + offset.seconds,
            sentPath: sentPath
        )
    }

    /// The body as JSON; `nil` if it is not JSON.
    var json: JSONValue? {
        try? JSONValue(parsing: body)
    }
}

/// The decoded names and values in a query string or form.
struct Parameters: Sendable {
    private let pairs: [(name: String, value: String)]

    /// Parses `a=b&c=d`, with percent-encoding and `+` for a space.
    init(encoded text: String) {
        pairs = text.split(separator: "&").map { pair in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { $0.replacing("+", with: " ").percentDecoded ?? String($0) }
            return (name: sides[0], value: sides.count > 1 ? sides[1] : "")
        }
    }

    /// Returns the first value with this name.
    subscript(name: String) -> String? {
        pairs.first { $0.name == name }?.value
    }

    /// Returns the first value with this name, unless it is empty.
    func filled(_ name: String) -> String? {
        self[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension WireRequest {
    /// The parameters in the query string.
    var query: Parameters {
        Parameters(encoded: rawQuery ?? "")
    }

    /// The parameters in the body, if it is a form.
    var form: Parameters? {
        guard let type = header("content-type"),
            type.lowercased().hasPrefix("application/x-www-form-urlencoded")
        else { return nil }
        return Parameters(encoded: String(decoding: body, as: UTF8.self))
    }
}
