/// Durations limited to ten thousand years in either direction, with saturating arithmetic.
///
/// `Duration`'s own conversions and operators trap on overflow. Use these functions to create durations from external
/// input, and to convert durations to numbers.
extension Duration {
    /// Ten thousand years of 365.2425 days.
    package static let longest = Duration.seconds(315_569_520_000)

    /// Returns `nil` if the number of seconds is NaN or exceeds ``longest``.
    package init?(boundedSeconds seconds: Double) {
        guard abs(seconds) <= Self.longest.seconds else { return nil }
        self = .seconds(seconds)
    }

    /// Returns `nil` if the number of seconds exceeds ``longest``.
    package init?(boundedSeconds seconds: Int) {
        guard seconds.magnitude <= Self.longest.components.seconds.magnitude else { return nil }
        self = .seconds(seconds)
    }

    /// The nearest duration within ±``longest``; zero for NaN.
    package init(clampingSeconds seconds: Double) {
        self =
            Duration(boundedSeconds: seconds)
            ?? (seconds > 0 ? .longest : seconds < 0 ? .zero - .longest : .zero)
    }

    /// The nearest duration within ±``longest``.
    package init(clampingSeconds seconds: Int) {
        self = Duration(boundedSeconds: seconds) ?? (seconds > 0 ? .longest : .zero - .longest)
    }

    /// This duration, limited to ±``longest``.
    package var clamped: Duration { min(max(self, .zero - .longest), .longest) }

    /// The sum, limited to ±``longest``.
    package func addingClamped(_ other: Duration) -> Duration { (clamped + other.clamped).clamped }

    /// The product, limited to ±``longest``; zero if the factor is NaN.
    package func multipliedClamped(by factor: Double) -> Duration {
        Duration(clampingSeconds: seconds * factor)
    }

    /// Seconds with a fraction; exact for whole seconds within ±``longest``.
    package var seconds: Double {
        guard self == clamped else { return self / .seconds(1) }
        let (whole, attoseconds) = components
        return Double(whole) + Double(attoseconds) / 1e18
    }

    /// Whole seconds, rounded toward zero and limited to ±``longest``.
    package var wholeSeconds: Int { Int(clamped.components.seconds) }

    /// Whole milliseconds, rounded toward zero and limited to ±``longest``.
    package var milliseconds: Int {
        let (seconds, attoseconds) = clamped.components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }

    /// Whole nanoseconds, rounded toward zero and limited to the range of `Int`, about ±292 years.
    package var nanoseconds: Int {
        let (seconds, attoseconds) = clamped.components
        let (product, overflows) = Int(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carries) = product.addingReportingOverflow(Int(attoseconds / 1_000_000_000))
        guard overflows || carries else { return sum }
        return seconds < 0 ? .min : .max
    }
}

extension FixedWidthInteger {
    /// The value rounded toward zero and limited to the range of this type; zero for NaN.
    @inlinable
    package init(saturating value: Double) {
        if let exact = Self(exactly: value.rounded(.towardZero)) {
            self = exact
        } else {
            self = value > 0 ? .max : value < 0 ? .min : 0
        }
    }
}
