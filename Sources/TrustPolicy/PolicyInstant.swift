import Federation

package import struct FoundationEssentials.Date

/// An instant in a date condition: `2026-01-01T00:00:00Z`, or Unix seconds.
///
/// Source: W3C note "Date and Time Formats", including its shorter forms (`2026`, `2026-01`, `2026-01-01`).
struct PolicyInstant: Hashable, Comparable, Sendable {
    /// Unix seconds.
    let seconds: Double

    /// Parses either form; `nil` for any other text and for a day that does not exist.
    ///
    /// Four digits are a year, not Unix seconds.
    init?(_ text: String) {
        if text.utf8.count != 4, let number = PolicyNumber(text) {
            seconds = number.value
            return
        }
        var reader = DateReader(text)
        guard let year = reader.digits(4) else { return nil }
        let month = reader.skip("-") ? reader.digits(2) : 1
        let day = reader.skip("-") ? reader.digits(2) : 1
        guard let month, let day, let days = DateReader.days(year: year, month: month, day: day) else {
            return nil
        }
        var time = 0.0
        if reader.skip("T") {
            guard let seconds = reader.policyTime() else { return nil }
            time = seconds
        }
        guard reader.isAtEnd else { return nil }
        seconds = Double(days) * 86400 + time
    }

    /// The Unix seconds of the years 1 to 9999.
    static let supportedSeconds = -62_135_596_800.0...253_402_300_799.0

    static func < (left: PolicyInstant, right: PolicyInstant) -> Bool {
        left.seconds < right.seconds
    }
}

extension DateReader {
    /// Reads a time of day and a zone as seconds after midnight UTC.
    ///
    /// The time is `hh:mm`, `hh:mm:ss`, or `hh:mm:ss.fraction`.
    fileprivate mutating func policyTime() -> Double? {
        guard let hour = digits(2), hour < 24, skip(":"), let minute = digits(2), minute < 60 else {
            return nil
        }
        var total = Double(hour * 3600 + minute * 60)
        if skip(":") {
            guard let second = digits(2), second <= 60 else { return nil }
            total += Double(second)
            if skip(".") {
                guard let fraction = policyFraction() else { return nil }
                total += fraction
            }
        }
        return policyZone().map { total - $0 }
    }

    private mutating func policyFraction() -> Double? {
        var value = 0.0
        var scale = 0.1
        while let digit = digits(1) {
            value += Double(digit) * scale
            scale /= 10
        }
        return scale < 0.1 ? value : nil
    }

    /// Reads `Z`, `+hh:mm`, or `-hh:mm` as seconds east of UTC.
    private mutating func policyZone() -> Double? {
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
    /// Parses an instant of the years 1 to 9999: ISO 8601 with a zone, a date alone, or Unix seconds.
    package init?(policyText text: String) {
        guard let instant = PolicyInstant(text), PolicyInstant.supportedSeconds.contains(instant.seconds)
        else {
            return nil
        }
        self.init(timeIntervalSince1970: instant.seconds)
    }
}
