package import FoundationEssentials
import Glibc

/// The local time of this host, or a time with a fixed offset from UTC.
///
/// The C library knows the host's time zone; FoundationEssentials has no zones with daylight saving time.
package enum LocalTime: Hashable, Sendable {
    /// The time zone of this host, from `TZ` or `/etc/localtime`.
    case host
    /// An offset east of UTC, in seconds.
    case fixed(offset: Int)

    package static let utc = LocalTime.fixed(offset: 0)

    /// Returns the offset east of UTC at an instant, in seconds.
    ///
    /// For an instant outside the years 1 to 9999, this is the offset at the nearest instant in that range.
    package func offset(at date: Date) -> Int {
        switch self {
        case .host:
            let instant = Instant(clamping: date).date
            var seconds = time_t(saturating: instant.timeIntervalSince1970.rounded(.down))
            var parts = tm()
            return localtime_r(&seconds, &parts) == nil ? 0 : parts.tm_gmtoff
        case .fixed(let offset):
            return offset
        }
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
