package import Federation
package import Foundation

/// A response, read whole.
package struct HTTPResponse: Sendable {
    package let status: Int
    /// Header fields in their order on the wire.
    package let headers: [(name: String, value: String)]
    package let body: Data
    /// From sending the request to the last byte of the response.
    package let roundTrip: Duration
    /// The local time halfway between sending the request and receiving the response's head.
    package let midpoint: Date
    /// Half the time from sending the request to receiving the response's head.
    package let halfTrip: Duration

    /// The longest believed `Retry-After`.
    private static let longestDelay = Duration.seconds(86400)
    /// The largest believed clock offset: a proxy with a dead clock must not move expirations by years.
    static let largestOffset = Duration.seconds(3600)

    /// Returns the first value of a header field; names are case-insensitive.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.caseInsensitiveCompare(name) == .orderedSame }?.value
    }

    /// The server's request id under the names of AWS, Entra, Graph and App Service, control characters escaped.
    package var requestID: String? {
        ["x-amzn-requestid", "x-ms-request-id", "request-id", "x-correlation-id"].lazy.compactMap(header)
            .first.map { VisibleText.oneLine($0, limit: 128) }
    }

    /// The server's clock minus the local clock, limited to ±1 h; `nil` without a valid `Date`.
    package var clockOffset: ClockOffset? {
        guard let date = header("date").flatMap(Instant.init(httpDate:))?.date else { return nil }
        let offset = (date + 0.5).since(midpoint)
        return ClockOffset(
            offset: min(max(offset, .zero - Self.largestOffset), Self.largestOffset),
            uncertainty: halfTrip + .milliseconds(500)
        )
    }

    /// `Retry-After`, given in seconds or as a date, as a delay of 0…1 day.
    package var retryAfter: Duration? {
        guard let text = header("retry-after")?.trimmingCharacters(in: .whitespaces) else { return nil }
        if !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) {
            return min(Int(text).map(Duration.seconds) ?? Self.longestDelay, Self.longestDelay)
        }
        return Instant(httpDate: text).map { min(max(.zero, $0.date.since(midpoint)), Self.longestDelay) }
    }
}
