import Drawing
package import Federation

extension Panel.ID {
    package static let log = Panel.ID(rawValue: "log")
}

extension Panel {
    /// The HTTP requests of this run; they carry no secrets.
    static let log = Panel(
        .log,
        title: "Log",
        help: "HTTP requests, the newest first, without query, headers, and body",
        keys: [.character("L")],
        list: \.log,
        columns: { _ in
            [
                Column("TIME", minimum: 8, priority: 0),
                Column("STATUS", minimum: 6, priority: 1, alignment: .right),
                Column("LATENCY", minimum: 7, priority: 4, alignment: .right),
                Column("METHOD", minimum: 6, priority: 3),
                Column("HOST", minimum: 12, comfort: 21, ideal: 32, priority: 5, cut: .middle),
                Column("PATH", minimum: 24, comfort: 40, ideal: 120, priority: 2, cut: .middle),
                Column("REQUEST ID", minimum: 10, ideal: 36, priority: 6),
            ]
        },
        cells: { state, transfer in
            [
                Line(state.clockText.time(transfer.at), .faint), transfer.statusLine,
                Line(DurationColumn.latency(transfer.duration), .faint), Line(transfer.method),
                Line(transfer.host), Line(transfer.path), Line(transfer.requestID ?? "–", .faint),
            ]
        },
        detail: { _, transfer in
            Detail(title: "\(transfer.method) \(transfer.host)") { transfer.lines(columns: $0) }
        },
        empty: { _ in ["No requests yet.", "r in Mappings exchanges the selected mapping."] }
    )
}

extension Transfer: ListEntry {
    package static let sortKeys: [SortKey<Transfer>] = [
        SortKey("TIME") { SortValue($0.at) },
        SortKey("STATUS") { SortValue($0.status.map(Double.init)) },
        SortKey("LATENCY") { SortValue($0.duration.seconds) },
        SortKey("METHOD") { .text($0.method) },
        SortKey("HOST") { .text($0.host) },
        SortKey("PATH") { .text($0.path) },
        SortKey("REQUEST ID") { $0.requestID.map { .text($0) } ?? .absent },
    ]

    /// The transfer itself: requests have no other identity.
    package var id: Transfer { self }

    package var filterText: String {
        let texts = [method, host, path, status.map(String.init), requestID, problem]
        return texts.compactMap(\.self).joined(separator: " ")
    }

    fileprivate var statusLine: Line {
        guard let status else { return Line("none", .bad) }
        return Line(String(status), status < 400 ? .good : status < 500 ? .caution : .bad)
    }

    fileprivate func lines(columns: Int) -> [Line] {
        let answer = status.map { "HTTP \($0)" } ?? problem ?? "no answer"
        return [
            Fact("path", path), Fact("answer", "\(answer) in \(DurationColumn.latency(duration))"),
            Fact("request", requestID ?? "–"),
        ].flatMap { $0.lines(columns: columns) }
    }
}
