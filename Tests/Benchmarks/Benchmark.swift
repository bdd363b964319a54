import Federation

/// A figure that the program has to reach, and how it is measured.
struct Benchmark: Sendable {
    let name: String
    /// The target, as the table shows it.
    let target: String
    /// Measures, and says what came and whether it is good enough.
    let measure: @Sendable (any TimeSource) async throws -> Measurement

    struct Measurement: Sendable {
        /// The figure with its unit.
        let text: String
        let reachesTarget: Bool
    }

    /// Every figure, in the order of the table.
    static let all: [Benchmark] =
        [.trustAllowed, .trustDenied] + delivery + history + console

    /// The figures of the console, and of programs that one has open beside it.
    private static let console: [Benchmark] = [
        .firstFrame(mappings: 100, limit: .milliseconds(50)),
        .firstFrame(mappings: 10_000, limit: .milliseconds(150)),
        .keyToScreen(mappings: 100, hasPast: false, limit: .milliseconds(2)),
        .keyToScreen(mappings: 10_000, hasPast: true, limit: .milliseconds(5)),
        .keyToScreen(inHistoryWithin: .milliseconds(5)),
        .keyToScreen(of: "htop", [], first: "Load"),
        .keyToScreen(of: "tig", [], first: "[main]"),
        .idleWithCountdown, .idleHidden, .idleHtop,
        .memory(mappings: 100, limit: 40), .memory(mappings: 10_000, limit: 100),
    ]

    /// The figures of the commands that give credentials to others, and of the peers.
    private static let delivery: [Benchmark] = [.credentialProcess, .exchange, .python, .shell, .testAll]
}
