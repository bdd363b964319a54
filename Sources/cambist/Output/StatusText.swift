import Federation
import FoundationEssentials
import Operations

/// The states of mappings as text: a table, or a short form for a shell prompt.
struct StatusText {
    let states: [MappingState]
    let now: Date

    /// The table: a header line, and one line per mapping.
    var text: String {
        let isFleet = states.contains { $0.node != nil }
        if states.isEmpty { return "There are no mappings." }
        let header = ["MAPPING", "STATE", "SINCE", "CREDENTIALS", "LAST", "CAUSE"]
        return Self.table(
            [isFleet ? ["NODE"] + header : header]
                + states.map { isFleet ? [node(of: $0)] + row($0) : row($0) }
        )
    }

    private func node(of state: MappingState) -> String {
        let word = state.nodeHasStopped ? "stopped" : "silent"
        let silence = state.nodeSilentSince.map { " (\(word) \(Self.rounded(now.since($0))))" } ?? ""
        return VisibleText.oneLine(state.node ?? "") + silence
    }

    /// Returns rows with aligned columns.
    static func table(_ rows: [[String]]) -> String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
                .joined(separator: "  ").trimmed
        }
        .joined(separator: "\n")
    }

    /// The worst state, and the shortest remaining lifetime of credentials among the mappings in this state.
    var short: String {
        guard let worst = states.map(\.word).min(by: { $0.rank < $1.rank }) else { return "" }
        let expiries = states.filter { $0.word == worst }.compactMap(\.credentialExpiry).filter { $0 > now }
        return [worst.rawValue, expiries.min().map(left)].compactMap(\.self).joined(separator: " ")
    }

    private func row(_ state: MappingState) -> [String] {
        [
            VisibleText.oneLine(state.name),
            state.word.rawValue,
            state.since.map { Self.rounded(now.since($0)) } ?? "-",
            state.credentialExpiry.map(left) ?? "-",
            state.lastAt.map { "\(state.lastOutcome?.rawValue ?? "") \(Self.rounded(now.since($0))) ago" }
                ?? "-",
            state.cause.map { VisibleText.oneLine($0) } ?? "",
        ]
    }

    private func left(_ expiry: Date) -> String {
        expiry > now ? Self.rounded(expiry.since(now)) : "expired"
    }

    /// Formats a duration in one unit, rounded down: `45s`, `90m`, `3h`, `2d`.
    ///
    /// The result is never `1h` or `1d`. For example, 119 minutes are `119m`, and 47 hours are `47h`.
    static func rounded(_ duration: Duration) -> String {
        let seconds = max(0, duration.wholeSeconds)
        for (length, unit) in [(86_400, "d"), (3600, "h"), (60, "m")]
        where seconds >= 2 * length || length == 60 && seconds >= 60 {
            return "\(seconds / length)\(unit)"
        }
        return "\(seconds)s"
    }
}

/// The output of `status --json`.
struct StatusReport: Encodable {
    struct Mapping: Encodable {
        let name: String
        let state: String
        let since: Nullable<Date>
        let credentialExpiry: Nullable<Date>
        let lastOutcome: Nullable<StepOutcome>
        let lastAt: Nullable<Date>
        let cause: Nullable<String>
        /// The node of the entry; `null` for this host.
        let node: Nullable<String>
        /// Only for the fleet: the last heartbeat of a silent node, or the end of a stopped node.
        let nodeSilentSince: Date?

        init(_ state: MappingState) {
            name = state.name
            self.state = state.word.rawValue
            since = Nullable(state.since)
            credentialExpiry = Nullable(state.credentialExpiry)
            lastOutcome = Nullable(state.lastOutcome)
            lastAt = Nullable(state.lastAt)
            cause = Nullable(state.cause)
            node = Nullable(state.node)
            nodeSilentSince = state.nodeSilentSince
        }
    }

    let version = 1
    let mappings: [Mapping]
    var error: ErrorReport?

    init(_ states: [MappingState], error: ErrorReport? = nil) {
        mappings = states.map(Mapping.init)
        self.error = error
    }
}
