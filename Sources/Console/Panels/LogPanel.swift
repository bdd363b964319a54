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
        help: "HTTP requests without query, headers, and body; G follows",
        keys: [.character("L")],
        list: \.log,
        columns: { state in
            [
                Column("TIME", minimum: 8, priority: 0),
                Column(
                    "MAPPING",
                    minimum: 10,
                    preferred: 26,
                    ideal: state.mappings.widths.name,
                    priority: 4,
                    cut: .middle
                ),
                Column("OPERATION", minimum: 14, preferred: 30, ideal: 30, priority: 1, cut: .segment),
                Column("HOST", minimum: 12, preferred: 24, ideal: 40, priority: 5, cut: .middle),
                Column("STATUS", minimum: 6, priority: 2, alignment: .right),
                Column("MS", minimum: 5, priority: 3, alignment: .right),
                Column("REQUEST ID", minimum: 10, preferred: 36, ideal: 36, priority: 6),
                Column("METHOD", minimum: 6, priority: 7),
                Column("PATH", minimum: 24, preferred: 40, ideal: 120, priority: 8, cut: .segment),
            ]
        },
        cells: { state, transfer in
            [
                Line(state.clockText.time(transfer.at), .faint), Line(transfer.mapping ?? "–"),
                Line(transfer.operationText), Line(transfer.host, .faint), transfer.statusLine,
                Line("\(max(0, transfer.duration.milliseconds))", .faint),
                Line(transfer.requestID ?? "–", .faint),
                Line(transfer.method, .faint), Line(transfer.path, .faint),
            ]
        },
        detail: { state, transfer in
            Detail(title: transfer.operationText) { transfer.lines(in: state, columns: $0) }
        },
        empty: { _ in ["No requests yet.", "r in Mappings exchanges the selected mapping."] }
    ).with { panel in
        panel.progress = { state in
            let isFollowing =
                state.log.cursor.selected >= state.log.count - 1 && state.log.order.isDescending == false
            return state.log.isEmpty ? Line() : Line(isFollowing ? "following  " : "G follows  ", .faint)
        }
    }
}

extension Transfer: ListEntry {
    package static let sortKeys: [SortKey<Transfer>] = [
        SortKey("TIME") { SortValue($0.at) },
        SortKey("MAPPING") { $0.mapping.map { .text($0) } ?? .absent },
        SortKey("OPERATION") { .text($0.operationText) },
        SortKey("HOST") { .text($0.host) },
        SortKey("STATUS") { SortValue($0.status.map(Double.init)) },
        SortKey("MS") { SortValue($0.duration.seconds) },
        SortKey("REQUEST ID") { $0.requestID.map { .text($0) } ?? .absent },
        SortKey("METHOD") { .text($0.method) },
        SortKey("PATH") { .text($0.path) },
    ]

    /// The transfer itself, because requests have no other ID.
    package var id: Transfer { self }

    package var filterTexts: [FilterText] {
        [mapping, operation, method, host, path, status.map(String.init), requestID, problem]
            .compactMap { $0.map { FilterText($0) } }
    }

    /// The operation, or method and path where it has no name.
    fileprivate var operationText: String { operation ?? "\(method) \(path)" }

    fileprivate var statusLine: Line {
        guard let status else { return Line("none", .bad) }
        return Line(String(status), status < 400 ? .good : status < 500 ? .caution : .bad)
    }

    fileprivate func lines(in state: ConsoleState, columns: Int) -> [Line] {
        let answer = status.map { "HTTP \($0)" } ?? problem ?? "no answer"
        return [
            Fact("time", state.clockText.dateAndTime(at)), Fact("mapping", mapping ?? "–"),
            Fact("request", "\(method) \(host)\(path)"),
            Fact("answer", "\(answer) in \(DurationColumn.latency(duration))"),
            Fact("id", requestID ?? "–"),
        ].flatMap { $0.lines(columns: columns) }
    }
}
