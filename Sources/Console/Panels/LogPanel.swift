import Drawing
package import Federation

extension Panel {
    /// Every HTTP call, the newest first; secrets never reach it.
    static let log = Panel(
        title: "Log",
        help: "Every HTTP call, the newest first; no query, header or body",
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
        count: { $0.transfers.count },
        cells: { state, line in
            let transfer = state.transfers[line]
            return [
                Line(state.clockText.time(transfer.at), .faint), transfer.statusLine,
                Line(DurationColumn.latency(transfer.duration), .faint), Line(transfer.method),
                Line(transfer.host), Line(transfer.path), Line(transfer.requestID ?? "–", .faint),
            ]
        },
        times: { _, _ in [] },
        detail: { state in
            state.transfers.selected.map { transfer in
                Detail(title: "\(transfer.method) \(transfer.host)") { transfer.lines(columns: $0) }
            }
        },
        empty: { state in
            state.transfers.isEmpty
                ? ["Nothing was sent in this run.", "r in Mappings exchanges the selected mapping."]
                : ["No call matches the filter.", "Esc shows all of them again."]
        },
        cursor: \.transfers.cursor,
        filter: { $0.transfers.filter },
        setFilter: { $0.transfers.show(only: $1, text: \.searchText) },
        sorting: .log
    )
}

extension Transfer: Sortable {
    /// By its columns in the log.
    package static let sortKeys: [SortKey<Transfer>] = [
        SortKey("TIME") { SortValue($0.at) },
        SortKey("STATUS") { SortValue($0.status.map(Double.init)) },
        SortKey("LATENCY") { SortValue($0.duration.seconds) },
        SortKey("METHOD") { .text($0.method) },
        SortKey("HOST") { .text($0.host) },
        SortKey("PATH") { .text($0.path) },
        SortKey("REQUEST ID") { $0.requestID.map { .text($0) } ?? .absent },
    ]
    /// What a filter looks in.
    var searchText: SearchText {
        let texts = [method, host, path, status.map(String.init), requestID, problem]
        return SearchText(texts.compactMap(\.self).joined(separator: " "))
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
