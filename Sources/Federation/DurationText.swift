/// Durations as text: `90s`, `15m`, `1h`, `1h30m`, `2d`.
package enum DurationText {
    private static let units: [(symbol: Character, seconds: Int)] = [
        ("d", 86400), ("h", 3600), ("m", 60), ("s", 1),
    ]

    /// Parses a duration whose units occur at most once each, in descending order.
    ///
    /// Returns `nil` for any other text, including a number without a unit and durations over ten thousand
    /// years.
    package static func parse(_ text: String) -> Duration? {
        var total = 0
        var digits = ""
        var rest = units[...]
        for character in text {
            if character.isASCII, character.isNumber {
                digits.append(character)
                continue
            }
            guard let count = Int(digits), let index = rest.firstIndex(where: { $0.symbol == character })
            else {
                return nil
            }
            let (product, overflow) = count.multipliedReportingOverflow(by: rest[index].seconds)
            let (sum, carried) = total.addingReportingOverflow(product)
            if overflow || carried { return nil }
            total = sum
            digits = ""
            rest = rest[(index + 1)...]
        }
        return digits.isEmpty && !text.isEmpty ? Duration(boundedSeconds: total) : nil
    }

    /// Formats whole seconds: `1h30m`; a negative duration becomes `0s`.
    package static func format(_ duration: Duration) -> String {
        var left = duration.wholeSeconds
        if left <= 0 { return "0s" }
        var text = ""
        for unit in units where left >= unit.seconds {
            text += "\(left / unit.seconds)\(unit.symbol)"
            left %= unit.seconds
        }
        return text
    }
}
