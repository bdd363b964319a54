import Federation

/// A figure that the program has to reach, and how it is measured.
struct Benchmark: Sendable {
    let name: String
    /// What it has to reach, as the table shows it.
    let target: String
    /// Measures, and says what came and whether it is good enough.
    let measure: @Sendable (any TimeSource) throws -> Measurement

    struct Measurement: Sendable {
        /// The figure with its unit.
        let text: String
        let reachesTarget: Bool
    }

    /// Every figure, in the order of the table.
    static let all: [Benchmark] = [.trustAllowed, .trustDenied]
}
