import Federation

/// A performance figure with its target and its measurement.
struct Benchmark: Sendable {
    let name: String
    /// The target as printed in the table.
    let target: String
    /// Measures the figure and compares it with the target.
    let measure: @Sendable (any TimeSource) async throws -> Measurement

    struct Measurement: Sendable {
        /// The figure with its unit.
        let text: String
        let reachesTarget: Bool
    }

    /// Every figure, in the order of the table.
    static let all: [Benchmark] =
        console + delivery + [.trustAllowed, .trustDenied, .package] + history + fleet

    /// The figures of the console, and of comparable terminal programs.
    private static let console: [Benchmark] = [
        .firstFrame(mappings: 100, limit: .milliseconds(20)),
        .firstFrame(mappings: 10_000, limit: .milliseconds(200)),
        .keyToScreen(mappings: 100, hasHistory: false, limit: .milliseconds(2)),
        .keyToScreen(mappings: 10_000, hasHistory: true, limit: .milliseconds(5)),
        .keyToScreen(inHistoryWithin: .milliseconds(5)),
        .keyToScreen(of: "htop", [], first: "Load"),
        .keyToScreen(of: "tig", [], first: "[main]"),
        .idleWithCountdown, .idleHidden, .idleHtop,
        .peakMemory(mappings: 100, limit: 40), .peakMemoryOfExchanges(mappings: 10_000, limit: 120),
    ]

    /// The figures of the commands that deliver credentials, and of other tools.
    private static let delivery: [Benchmark] = [.credentialProcess, .exchange, .python, .shell, .testAll]
}
