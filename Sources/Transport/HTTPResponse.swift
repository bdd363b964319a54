package import Federation
package import Foundation

/// An answer, read whole.
package struct HTTPResponse: Sendable {
    package let status: Int
    /// Header fields in the order they came.
    package let headers: [(name: String, value: String)]
    package let body: Data
    /// From sending the request to the last byte of the answer.
    package let roundTrip: Duration
    /// Our clock when the answer's head came, less half of the time it took to come.
    package let midpoint: Date
    /// Half the time from sending the request to the answer's head.
    package let halfTrip: Duration

    /// The first value of a header field, whatever the case of its name.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.caseInsensitiveCompare(name) == .orderedSame }?.value
    }

    /// The request's id at the other side, under the names that AWS, Entra, Graph and App Service use.
    package var requestID: String? {
        ["x-amzn-requestid", "x-ms-request-id", "request-id", "x-correlation-id"].lazy.compactMap(header)
            .first
    }

    /// How far the other clock is ahead of ours, when the answer had a `Date`.
    package var clockOffset: ClockOffset? {
        guard let date = header("date").flatMap(Instant.init(httpDate:))?.date else { return nil }
        return ClockOffset(
            offset: (date + 0.5).since(midpoint),
            uncertainty: halfTrip + .milliseconds(500)
        )
    }

    /// `Retry-After` as a duration from now, whether it came as seconds or as a date.
    package var retryAfter: Duration? {
        guard let text = header("retry-after")?.trimmingCharacters(in: .whitespaces) else { return nil }
        if let seconds = Int(text) { return seconds >= 0 ? Duration(clampingSeconds: seconds) : nil }
        return Instant(httpDate: text).map { max(.zero, $0.date.since(midpoint)) }
    }
}
