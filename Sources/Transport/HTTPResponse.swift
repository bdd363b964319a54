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
        guard let date = header("date").flatMap(HTTPDate.parse) else { return nil }
        return ClockOffset(
            offset: (date + 0.5).since(midpoint),
            uncertainty: halfTrip + .milliseconds(500)
        )
    }

    /// `Retry-After` as a duration from now, whether it came as seconds or as a date.
    package var retryAfter: Duration? {
        guard let text = header("retry-after")?.trimmingCharacters(in: .whitespaces) else { return nil }
        if let seconds = Int(text) { return seconds >= 0 ? .seconds(seconds) : nil }
        return HTTPDate.parse(text).map { max(.zero, $0.since(midpoint)) }
    }
}

/// The date form of HTTP: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
package enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Reads the preferred form; `nil` on any other.
    package static func parse(_ text: String) -> Date? {
        let pattern = #/[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT/#
        guard let match = text.wholeMatch(of: pattern)?.output,
            let day = Int(match.1), let month = months.firstIndex(of: String(match.2)),
            let year = Int(match.3), let hour = Int(match.4), let minute = Int(match.5),
            let second = Int(match.6), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.date(
            from: DateComponents(
                year: year,
                month: month + 1,
                day: day,
                hour: hour,
                minute: minute,
                second: second
            )
        )
    }
}
