import Federation
import Foundation

/// A whole request, independent of the server library.
struct WireRequest: Sendable {
    let method: String
    /// The path below the service's prefix, still percent-encoded, with its first slash; empty for the prefix alone.
    ///
    /// It is not normalized, because an AWS client signs it together with the prefix.
    let path: String
    /// Everything after `?`, still percent-encoded; `nil` without a `?`.
    let rawQuery: String?
    /// Header fields in the order of arrival.
    let headers: [(name: String, value: String)]
    let body: Data
    /// The time of arrival by the lab's clock.
    let at: Date
    /// The path as sent, with the prefix, which an AWS client signs; `nil` when no prefix was removed.
    var sentPath: String?

    /// The first value of a header field, without regard to the case of its name.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// An answer of one of the lab's services.
struct WireResponse: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: Data
    /// The delay before it is sent.
    var delay: Duration = .zero
    /// Whether the connection is closed in place of an answer.
    var isCut = false
}

extension WireResponse {
    /// An answer in JSON.
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

    /// An answer without a body.
    static func empty(_ status: Int, headers: [(name: String, value: String)] = []) -> WireResponse {
        WireResponse(status: status, headers: headers, body: Data())
    }
}

extension WireRequest {
    /// The body as JSON; `nil` when it is not JSON.
    var json: JSONValue? {
        try? JSONValue(parsing: body)
    }
}

/// The date form of HTTP: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
enum WireDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Formats the whole second of an instant.
    static func text(of date: Date) -> String {
        var seconds = time_t(saturating: Instant(clamping: date).date.timeIntervalSince1970.rounded(.down))
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map(padded).joined(separator: ":")
        let day = days[Int(parts.tm_wday)]
        let month = months[Int(parts.tm_mon)]
        return "\(day), \(padded(parts.tm_mday)) \(month) \(parts.tm_year + 1900) \(time) GMT"
    }

    private static func padded(_ number: Int32) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}

/// The decoded names and values of a query string or of a form.
struct Parameters: Sendable {
    private let pairs: [(name: String, value: String)]

    /// Reads `a=b&c=d` with percent-encoding and `+` for a blank.
    init(encoded text: String) {
        pairs = text.split(separator: "&").map { pair in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { $0.replacingOccurrences(of: "+", with: " ").removingPercentEncoding ?? String($0) }
            return (name: sides[0], value: sides.count > 1 ? sides[1] : "")
        }
    }

    /// The first value of that name.
    subscript(name: String) -> String? {
        pairs.first { $0.name == name }?.value
    }

    /// The first value of that name, unless it is empty.
    func filled(_ name: String) -> String? {
        self[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension WireRequest {
    /// The query string's parameters.
    var query: Parameters {
        Parameters(encoded: rawQuery ?? "")
    }

    /// The body's parameters, when it is a form.
    var form: Parameters? {
        guard let type = header("content-type"),
            type.lowercased().hasPrefix("application/x-www-form-urlencoded")
        else { return nil }
        return Parameters(encoded: String(decoding: body, as: UTF8.self))
    }
}
