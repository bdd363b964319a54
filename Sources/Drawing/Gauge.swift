/// A horizontal bar for a fraction, such as the remaining part of a duration.
package struct Gauge: Hashable, Sendable {
    /// The filled fraction, 0 to 1.
    package let fraction: Double

    package init(_ fraction: Double) {
        self.fraction = fraction.isFinite ? min(1, max(0, fraction)) : 0
    }

    /// Returns the bar with a resolution of half a column; a positive fraction fills at least half a column.
    package func line(columns: Int, _ style: ResolvedStyle) -> Line {
        let halves = fraction > 0 ? max(1, Int((fraction * Double(2 * columns)).rounded())) : 0
        let full = String(repeating: "━", count: halves / 2) + (halves % 2 == 1 ? "╸" : "")
        let rest = String(repeating: "─", count: max(0, columns - (halves + 1) / 2))
        return Line(full, style) + Line(rest, .border)
    }
}
