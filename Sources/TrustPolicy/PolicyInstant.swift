package import struct Foundation.Date

/// An instant as date conditions compare it: `2026-01-01T00:00:00Z`, or seconds since 1970.
///
/// Source: W3C note "Date and Time Formats", whose shorter forms (`2026`, `2026-01`, `2026-01-01`) count too.
struct PolicyInstant: Hashable, Comparable, Sendable {
    /// Seconds since 1970.
    let seconds: Double

    /// Reads either form; `nil` for any other text, and for a day that does not exist.
    init?(_ text: String) {
        if text.utf8.count != 4, let number = PolicyNumber(text) {
            seconds = number.value
            return
        }
        var reader = PolicyDateReader(rest: Array(text.utf8)[...])
        guard let year = reader.digits(4) else { return nil }
        let month = reader.skip("-") ? reader.digits(2) : 1
        let day = reader.skip("-") ? reader.digits(2) : 1
        guard let month, let day, (1...12).contains(month),
            (1...Self.length(ofMonth: month, in: year)).contains(day)
        else { return nil }
        var time = 0.0
        if reader.skip("T") {
            guard let seconds = reader.timeOfDay() else { return nil }
            time = seconds
        }
        guard reader.rest.isEmpty else { return nil }
        seconds = Double(Self.days(year: year, month: month, day: day)) * 86400 + time
    }

    /// The seconds since 1970 of the years 1 to 9999.
    static let calendar = -62_135_596_800.0...253_402_300_799.0

    static func < (left: PolicyInstant, right: PolicyInstant) -> Bool {
        left.seconds < right.seconds
    }

    private static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    private static func length(ofMonth month: Int, in year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1 January 1970 in the Gregorian calendar.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let earlier = year - 1
        let leapDays = earlier / 4 - earlier / 100 + earlier / 400
        let ofMonths = (1..<month).reduce(0) { $0 + length(ofMonth: $1, in: year) }
        return earlier * 365 + leapDays + ofMonths + day - 1 - 719_162
    }
}

/// Reads a date text from the left.
private struct PolicyDateReader {
    var rest: ArraySlice<UInt8>

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// Exactly `count` digits.
    mutating func digits(_ count: Int) -> Int? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        rest = rest.dropFirst(count)
        return digits.reduce(0) { $0 * 10 + Int($1 - 48) }
    }

    /// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fraction` and a zone, as seconds after midnight UTC.
    mutating func timeOfDay() -> Double? {
        guard let hour = digits(2), hour < 24, skip(":"), let minute = digits(2), minute < 60 else {
            return nil
        }
        var total = Double(hour * 3600 + minute * 60)
        if skip(":") {
            guard let second = digits(2), second <= 60 else { return nil }
            total += Double(second)
            if skip(".") {
                guard let fraction = fraction() else { return nil }
                total += fraction
            }
        }
        return zone().map { total - $0 }
    }

    private mutating func fraction() -> Double? {
        var value = 0.0
        var scale = 0.1
        let start = rest
        while let digit = digits(1) {
            value += Double(digit) * scale
            scale /= 10
        }
        return rest.count < start.count ? value : nil
    }

    /// `Z`, `+hh:mm` or `-hh:mm`, as seconds east of UTC.
    private mutating func zone() -> Double? {
        if skip("Z") { return 0 }
        let sign: Double? = skip("+") ? 1 : skip("-") ? -1 : nil
        guard let sign, let hours = digits(2), hours < 24, skip(":"), let minutes = digits(2), minutes < 60
        else {
            return nil
        }
        return sign * Double(hours * 3600 + minutes * 60)
    }
}

extension Date {
    /// Reads an instant of the years 1 to 9999: ISO 8601 with a zone, a bare date, or seconds since 1970.
    package init?(policyText text: String) {
        guard let instant = PolicyInstant(text), PolicyInstant.calendar.contains(instant.seconds) else {
            return nil
        }
        self.init(timeIntervalSince1970: instant.seconds)
    }
}
