/// A length of time in few columns, so that columns of them line up.
package enum DurationColumn {
    /// `1d 04h`, `23h 05m`, `48m`, `9m 59s`, `42s`; at most seven columns.
    ///
    /// Seconds show only below ten minutes: further off they would be noise that costs a redraw each.
    package static func text(_ duration: Duration) -> String {
        let seconds = Int(duration.components.seconds)
        switch seconds {
        case ..<60: return "\(max(0, seconds))s"
        case ..<600: return "\(seconds / 60)m \(padded(seconds % 60))s"
        case ..<3600: return "\(seconds / 60)m"
        case ..<86400: return "\(seconds / 3600)h \(padded(seconds / 60 % 60))m"
        case ..<8_640_000: return "\(seconds / 86400)d \(padded(seconds / 3600 % 24))h"
        default: return "\(seconds / 86400)d"
        }
    }

    /// The largest unit alone: `3m`, `23h`, `2d`.
    package static func unit(_ duration: Duration) -> String {
        let seconds = Int(duration.components.seconds)
        switch seconds {
        case ..<60: return "\(max(0, seconds))s"
        case ..<3600: return "\(seconds / 60)m"
        case ..<86400: return "\(seconds / 3600)h"
        default: return "\(seconds / 86400)d"
        }
    }

    /// How a duration of some steps reads: `118 ms`, `1.2 s`, `75 s`.
    package static func latency(_ duration: Duration) -> String {
        let milliseconds = Int(duration / .milliseconds(1))
        switch milliseconds {
        case ..<1000: return "\(milliseconds) ms"
        case ..<10_000: return "\(milliseconds / 1000).\(milliseconds / 100 % 10) s"
        default: return "\(milliseconds / 1000) s"
        }
    }

    private static func padded(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
