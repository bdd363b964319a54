package import Federation
package import FoundationEssentials

/// A complete response.
package struct HTTPResponse: Sendable {
    package let status: Int
    /// The header fields, in wire order.
    package let headers: [(name: String, value: String)]
    package let body: Data
    /// The time from sending the request to receiving the last byte of the response.
    package let roundTrip: Duration
    /// The local time halfway between sending the request and receiving the response head.
    package let midpoint: Date
    /// Half the time between sending the request and receiving the response head.
    package let halfTrip: Duration

    /// The upper limit for `Retry-After`.
    private static let longestDelay = Duration.seconds(86400)
    /// The largest accepted clock offset: a century.
    ///
    /// With a larger offset, the server's clock is certainly wrong.
    static let largestOffset = Duration.seconds(36_525 * 86400)

    /// Returns the first value of a header field; names are case-insensitive.
    package func header(_ name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name.lowercased() == name }?.value
    }

    /// The request ID from the header of AWS, Entra, Graph, or App Service, with control characters escaped.
    package var requestID: String? {
        ["x-amzn-requestid", "x-ms-request-id", "request-id", "x-correlation-id"].lazy.compactMap(header)
            .first.map { VisibleText.oneLine($0, limit: 128) }
    }

    /// The server's clock minus the local clock; `nil` for an offset of over a century or without a valid `Date`.
    package var clockOffset: ClockOffset? {
        guard let date = header("date").flatMap(Instant.init(httpDate:))?.date else { return nil }
        let offset = (date + 0.5).since(midpoint)
        guard offset >= .zero - Self.largestOffset, offset <= Self.largestOffset else { return nil }
        return ClockOffset(offset: offset, uncertainty: halfTrip + .milliseconds(500))
    }

    /// The delay in a `Retry-After` header (seconds or a date), limited to 0…1 day.
    package var retryAfter: Duration? {
        guard let text = header("retry-after")?.trimmed else { return nil }
        if !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) {
            return min(Int(text).map(Duration.seconds) ?? Self.longestDelay, Self.longestDelay)
        }
        return Instant(httpDate: text).map { min(max(.zero, $0.date.since(midpoint)), Self.longestDelay) }
    }
}
