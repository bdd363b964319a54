package import Foundation

/// An instant between the years 1 and 9999, read from outside.
///
/// Every calendar function and every text form handles this range. Wire answers, claims, the configuration, options,
/// the keyring and the database read instants through these initializers; past them a `Date` is in range.
package struct Instant: Hashable, Sendable {
    package let date: Date

    /// 0001-01-01T00:00:00Z.
    package static let earliest = Date(timeIntervalSince1970: -62_135_596_800)
    /// 9999-12-31T23:59:59Z.
    package static let latest = Date(timeIntervalSince1970: 253_402_300_799)

    /// Returns `nil` for a date outside the range, and for one that is not a number.
    package init?(_ date: Date) {
        guard Self.seconds.contains(date.timeIntervalSince1970) else { return nil }
        self.date = date
    }

    /// The nearest instant in the range; the earliest for one that is not a number.
    package init(clamping date: Date) {
        self = Instant(date) ?? Instant(bound: date.timeIntervalSince1970 > 0 ? Self.latest : Self.earliest)
    }

    // Not the order of `Date`, by which a date that is not a number is in every range.
    private static let seconds = earliest.timeIntervalSince1970...latest.timeIntervalSince1970

    private init(bound: Date) {
        date = bound
    }

    /// Reads Unix seconds.
    package init?(unixSeconds: Int) {
        self.init(Date(timeIntervalSince1970: TimeInterval(unixSeconds)))
    }

    /// Reads Unix seconds with a fraction.
    package init?(unixSeconds: Double) {
        self.init(Date(timeIntervalSince1970: unixSeconds))
    }

    /// Reads Unix seconds in decimal digits, with a sign and a fraction at most: no exponent, no `nan`.
    package init?(unixSeconds text: String) {
        guard !text.isEmpty, text.utf8.count <= 32,
            text.utf8.allSatisfy({
                ASCIIDigits.contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
            }),
            let seconds = Double(text)
        else { return nil }
        self.init(unixSeconds: seconds)
    }

    /// Reads ISO 8601 with a zone: `2026-01-31T12:00:00Z`, a fraction of a second, `+02:00` or `+0200`.
    package init?(iso8601 text: String) {
        var reader = DateReader(text)
        guard let days = reader.day(), reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let time = reader.timeOfDay()
        else { return nil }
        let fraction = reader.fraction()
        guard let fraction, let zone = reader.zone(), reader.isAtEnd else { return nil }
        self.init(unixSeconds: Double(days * 86_400 + time - zone) + fraction)
    }

    /// Reads a day, `2026-01-31`, as its start in UTC.
    package init?(iso8601Day text: String) {
        var reader = DateReader(text)
        guard let days = reader.day(), reader.isAtEnd else { return nil }
        self.init(unixSeconds: days * 86_400)
    }

    /// Reads the date form of HTTP: `Sun, 06 Nov 1994 08:49:37 GMT`.
    ///
    /// Source: RFC 9110 §5.6.7, the preferred form only.
    package init?(httpDate text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 6, words[0].utf8.count == 4, words[0].last == ",", words[5] == "GMT",
            let month = DateReader.months.firstIndex(of: String(words[2]))
        else { return nil }
        var day = DateReader(words[1])
        var year = DateReader(words[3])
        var time = DateReader(words[4])
        guard let day = day.digits(2), let yearNumber = year.digits(4), year.isAtEnd,
            let days = DateReader.days(year: yearNumber, month: month + 1, day: day),
            let seconds = time.timeOfDay(), time.isAtEnd
        else { return nil }
        self.init(unixSeconds: days * 86_400 + seconds)
    }
}

/// Reads the parts of a date from the left.
private struct DateReader {
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private var rest: Substring.UTF8View

    init(_ text: some StringProtocol) {
        rest = Substring(text).utf8
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// Exactly `count` digits.
    mutating func digits(_ count: Int) -> Int? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy(ASCIIDigits.contains) else { return nil }
        rest = rest.dropFirst(count)
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// `YYYY-MM-DD` as days since 1970-01-01.
    mutating func day() -> Int? {
        guard let year = digits(4), skip("-"), let month = digits(2), skip("-"), let day = digits(2) else {
            return nil
        }
        return Self.days(year: year, month: month, day: day)
    }

    /// `hh:mm:ss` as seconds; 60 is a leap second.
    mutating func timeOfDay() -> Int? {
        guard let hour = digits(2), hour < 24, skip(":"), let minute = digits(2), minute < 60, skip(":"),
            let second = digits(2), second <= 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    /// A point and one to nine digits; 0 without a point.
    mutating func fraction() -> Double? {
        guard skip(".") else { return 0 }
        let digits = rest.prefix { ASCIIDigits.contains($0) }
        guard (1...9).contains(digits.count) else { return nil }
        rest = rest.dropFirst(digits.count)
        return Double("0." + String(Substring(digits)))
    }

    /// `Z`, `+hh:mm` or `+hhmm`, as seconds east of UTC.
    mutating func zone() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = digits(2), hours < 24 else { return nil }
        _ = skip(":")
        guard let minutes = digits(2), minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    /// Days since 1970-01-01 in the Gregorian calendar; `nil` for a day that does not exist.
    static func days(year: Int, month: Int, day: Int) -> Int? {
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
    /// The instant in UTC to the whole second, as AWS and ISO 8601 write it: `2026-01-31T12:00:00Z`.
    ///
    /// Equals `formatted(.iso8601)` without loading a calendar, which costs a short run more than all its other work
    /// with dates. A date outside the years 1 to 9999 is written as the nearest one inside.
    package var utcText: String {
        var seconds = time_t(Instant(clamping: self).date.timeIntervalSince1970.rounded(.down))
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let year = String(Int(parts.tm_year) + 1900)
        let rest = [parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec].map {
            $0 < 10 ? "0\($0)" : "\($0)"
        }
        return String(repeating: "0", count: max(0, 4 - year.count)) + year + "-\(rest[0])-\(rest[1])"
            + "T\(rest[2]):\(rest[3]):\(rest[4])Z"
    }

    /// The time from `earlier` until this instant; negative when `earlier` is the later one.
    package func since(_ earlier: Date) -> Duration {
        Duration(clampingSeconds: timeIntervalSince(earlier))
    }
}
