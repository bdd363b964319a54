package import FoundationEssentials
import Glibc

/// An instant from external input, between the years 1 and 9999.
///
/// The calendar functions and the text formats support this range; the initializers refuse or clamp other instants.
package struct Instant: Hashable, Sendable {
    package let date: Date

    /// 0001-01-01T00:00:00Z.
    package static let earliest = Date(timeIntervalSince1970: -62_135_596_800)
    /// 9999-12-31T23:59:59Z.
    package static let latest = Date(timeIntervalSince1970: 253_402_300_799)

    /// Returns `nil` if the date is outside the range or NaN.
    package init?(_ date: Date) {
        guard Self.seconds.contains(date.timeIntervalSince1970) else { return nil }
        self.date = date
    }

    /// The nearest instant in the range; ``earliest`` for NaN.
    package init(clamping date: Date) {
        self = Instant(date) ?? Instant(bound: date.timeIntervalSince1970 > 0 ? Self.latest : Self.earliest)
    }

    // The range has numbers as bounds, because `Date`'s ordering places NaN inside every range.
    private static let seconds = earliest.timeIntervalSince1970...latest.timeIntervalSince1970

    private init(bound: Date) {
        date = bound
    }

    /// Creates an instant from Unix seconds.
    package init?(unixSeconds: Int) {
        self.init(Date(timeIntervalSince1970: TimeInterval(unixSeconds)))
    }

    /// Creates an instant from Unix seconds with a fraction.
    package init?(unixSeconds: Double) {
        self.init(Date(timeIntervalSince1970: unixSeconds))
    }

    /// Parses decimal Unix seconds with an optional minus sign and fraction; exponents and `nan` are rejected.
    package init?(unixSeconds text: String) {
        guard !text.isEmpty, text.utf8.count <= 32,
            text.utf8.allSatisfy({
                ASCIIDigits.contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
            }),
            let seconds = Double(text)
        else { return nil }
        self.init(unixSeconds: seconds)
    }

    /// Parses ISO 8601 with a time zone: `2026-01-31T12:00:00Z`.
    ///
    /// The seconds may have a fraction. The time zone may also be an offset: `+02:00` or `+0200`.
    package init?(iso8601 text: String) {
        var reader = DateReader(text)
        guard let days = reader.day(), reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let time = reader.timeOfDay()
        else { return nil }
        let fraction = reader.fraction()
        guard let fraction, let zone = reader.zone(), reader.isAtEnd else { return nil }
        self.init(unixSeconds: Double(days * 86_400 + time - zone) + fraction)
    }

    /// Parses a date, `2026-01-31`, as midnight UTC.
    package init?(iso8601Day text: String) {
        var reader = DateReader(text)
        guard let days = reader.day(), reader.isAtEnd else { return nil }
        self.init(unixSeconds: days * 86_400)
    }

    /// Parses an HTTP date: `Sun, 06 Nov 1994 08:49:37 GMT`.
    ///
    /// Source: RFC 9110 §5.6.7; only the preferred format is accepted.
    package init?(httpDate text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 6, words[0].utf8.count == 4, words[0].last == ",", words[5] == "GMT",
            let month = DateReader.months.firstIndex(of: String(words[2]))
        else { return nil }
        var day = DateReader(words[1])
        var year = DateReader(words[3])
        var time = DateReader(words[4])
        guard let dayNumber = day.digits(2), day.isAtEnd, let yearNumber = year.digits(4), year.isAtEnd,
            let days = DateReader.days(year: yearNumber, month: month + 1, day: dayNumber),
            let seconds = time.timeOfDay(), time.isAtEnd
        else { return nil }
        self.init(unixSeconds: days * 86_400 + seconds)
    }
}

/// Parses the parts of a date from left to right.
package struct DateReader {
    fileprivate static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    fileprivate static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private var rest: Substring.UTF8View

    package init(_ text: some StringProtocol) {
        rest = Substring(text).utf8
    }

    package var isAtEnd: Bool { rest.isEmpty }

    /// Skips a character if it is the next character.
    package mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// Reads exactly `count` digits.
    package mutating func digits(_ count: Int) -> Int? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy(ASCIIDigits.contains) else { return nil }
        rest = rest.dropFirst(count)
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// Reads `YYYY-MM-DD` as days since 1970-01-01.
    fileprivate mutating func day() -> Int? {
        guard let year = digits(4), skip("-"), let month = digits(2), skip("-"), let day = digits(2) else {
            return nil
        }
        return Self.days(year: year, month: month, day: day)
    }

    /// Reads `hh:mm:ss` as seconds; a second of 60 is a leap second.
    fileprivate mutating func timeOfDay() -> Int? {
        guard let hour = digits(2), hour < 24, skip(":"), let minute = digits(2), minute < 60, skip(":"),
            let second = digits(2), second <= 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    /// Reads a decimal point and one to nine digits; 0 without a decimal point.
    fileprivate mutating func fraction() -> Double? {
        guard skip(".") else { return 0 }
        let digits = rest.prefix { ASCIIDigits.contains($0) }
        guard (1...9).contains(digits.count) else { return nil }
        rest = rest.dropFirst(digits.count)
        return Double("0." + String(Substring(digits)))
    }

    /// Reads `Z`, `±hh:mm`, or `±hhmm` as the offset east of UTC, in seconds.
    fileprivate mutating func zone() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = digits(2), hours < 24 else { return nil }
        _ = skip(":")
        guard let minutes = digits(2), minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    /// Days since 1970-01-01 in the Gregorian calendar; `nil` if the date does not exist.
    package static func days(year: Int, month: Int, day: Int) -> Int? {
        let isLeap = year.isMultiple(of: 4) && !year.isMultiple(of: 100) || year.isMultiple(of: 400)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...9999).contains(year), (1...12).contains(month), (1...lengths[month - 1]).contains(day)
        else {
            return nil
        }
        let earlier = year - 1
        let leapDays = earlier / 4 - earlier / 100 + earlier / 400
        return earlier * 365 + leapDays + lengths[..<(month - 1)].reduce(0, +) + day - 1 - 719_162
    }
}

private enum ASCIIDigits {
    static func contains(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

extension Date {
    /// The instant in UTC to the whole second, in ISO 8601 as AWS writes it: `2026-01-31T12:00:00Z`.
    ///
    /// Equals `formatted(.iso8601)` but does not load a calendar. In a short run, loading a calendar takes longer than
    /// formatting all dates. A date outside the years 1 to 9999 is written as the nearest instant in that range.
    package var utcText: String {
        let parts = utcParts
        let rest = [parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec].map(padded)
        return "\(year(of: parts))-\(rest[0])-\(rest[1])T\(rest[2]):\(rest[3]):\(rest[4])Z"
    }

    /// The instant to the whole second as an HTTP date: `Sun, 06 Nov 1994 08:49:37 GMT`.
    ///
    /// A date outside the years 1 to 9999 is written as the nearest instant in that range.
    ///
    /// Source: RFC 9110 §5.6.7.
    package var httpText: String {
        let parts = utcParts
        let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map(padded).joined(separator: ":")
        let weekday = DateReader.weekdays[Int(parts.tm_wday)]
        let month = DateReader.months[Int(parts.tm_mon)]
        return "\(weekday), \(padded(parts.tm_mday)) \(month) \(year(of: parts)) \(time) GMT"
    }

    private var utcParts: tm {
        var seconds = time_t(Instant(clamping: self).date.timeIntervalSince1970.rounded(.down))
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return parts
    }

    private func year(of parts: tm) -> String {
        let year = String(Int(parts.tm_year) + 1900)
        return String(repeating: "0", count: max(0, 4 - year.count)) + year
    }

    private func padded(_ number: Int32) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    /// The time elapsed since `earlier`; negative if `earlier` is later than this instant.
    package func since(_ earlier: Date) -> Duration {
        Duration(clampingSeconds: timeIntervalSince(earlier))
    }
}

extension ClockOffset {
    /// Returns the server's time at `now` by this host's clock; returns `now` unless the offset is notable.
    package func serverTime(at now: Date) -> Date { isNotable ? now + offset.seconds : now }
}
