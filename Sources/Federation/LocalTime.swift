package import FoundationEssentials

/// A time zone: the offset from UTC at each instant.
package struct LocalTime: Hashable, Sendable {
    package static let utc = fixed(offset: 0)

    private let name: String
    private let offsetAt: @Sendable (Date) -> Int

    /// Creates a time zone.
    ///
    /// - Parameters:
    ///   - name: The name; zones with equal names are equal.
    ///   - offset: Returns the offset east of UTC at an instant in the years 1 to 9999, in seconds.
    package init(name: String, offset: @escaping @Sendable (Date) -> Int) {
        self.name = name
        offsetAt = offset
    }

    /// Returns the zone with a fixed offset east of UTC, in seconds.
    package static func fixed(offset: Int) -> LocalTime {
        LocalTime(name: "UTC\(offset)") { _ in offset }
    }

    package static func == (left: LocalTime, right: LocalTime) -> Bool { left.name == right.name }

    package func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// Returns the offset east of UTC at an instant, in seconds.
    ///
    /// For an instant outside the years 1 to 9999, this is the offset at the nearest instant in that range.
    package func offset(at date: Date) -> Int {
        offsetAt(Instant(clamping: date).date)
    }

    /// The instant to the whole second, with the offset: `2026-01-31 12:00:00+01:00`.
    package func text(of date: Date) -> String {
        let offset = offset(at: date)
        let text = (date + Double(offset)).utcText.dropLast()
        return text.replacing("T", with: " ") + Self.text(ofOffset: offset)
    }

    /// An offset in hours and minutes: `+01:00`.
    package static func text(ofOffset offset: Int) -> String {
        let minutes = abs(offset) / 60
        let parts = [minutes / 60, minutes % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return (offset < 0 ? "-" : "+") + parts.joined(separator: ":")
    }
}
