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
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 6, words[0].count == 4, words[0].last == ",", words[5] == "GMT",
            let day = number(words[1], digits: 2), let month = months.firstIndex(of: String(words[2])),
            let year = number(words[3], digits: 4), (1...31).contains(day)
        else { return nil }
        let time = words[4].split(separator: ":", omittingEmptySubsequences: false).map {
            number($0, digits: 2)
        }
        guard time.count == 3, let hour = time[0], let minute = time[1], let second = time[2],
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (Int32(year - 1900), Int32(month), Int32(day))
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (Int32(hour), Int32(minute), Int32(second))
        return Date(timeIntervalSince1970: TimeInterval(timegm(&parts)))
    }

    private static func number(_ text: Substring, digits: Int) -> Int? {
        guard text.utf8.count == digits, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }
}
