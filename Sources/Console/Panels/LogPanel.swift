import Drawing
package import Federation

extension Panel.ID {
    package static let log = Panel.ID(rawValue: "log")
}

extension Panel {
    /// The HTTP requests of this run, without secrets.
    static let log = Panel(
        .log,
        title: "Log",
        help: "HTTP requests (method, path, status), with the newest last",
        keys: [.character("L")],
        list: { $0.log },
        changeList: { $1(&$0.log) },
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
                Column("HOST", minimum: 12, preferred: 16, ideal: 40, priority: 5, cut: .middle),
                Column("STATUS", minimum: 6, priority: 2, alignment: .right),
                Column("MS", minimum: 5, priority: 3, alignment: .right),
                Column("REQUEST ID", minimum: 10, preferred: 13, ideal: 36, priority: 6),
                Column("METHOD", minimum: 6, priority: 8),
                Column("PATH", minimum: 24, preferred: 40, ideal: 120, priority: 7, cut: .segment),
            ]
        },
        cells: { state, entry in
            let transfer = entry.transfer
            return [
                Line(state.clockText.time(transfer.at), .faint), Line(transfer.mapping ?? "–"),
                Line(transfer.operationText), Line(transfer.host, .faint), transfer.statusLine,
                Line("\(max(0, transfer.duration.milliseconds))", .faint),
                Line(transfer.requestID ?? "–", .faint),
                Line(transfer.method, .faint), Line(transfer.path, .faint),
            ]
        },
        detail: { state, entry in
            let transfer = entry.transfer
            return Detail(title: transfer.operationText) { transfer.lines(in: state, columns: $0) }
        },
        empty: { state in
            [
                "No requests yet.",
                Line("\(state.key(.refresh)) in Mappings exchanges the selected mapping's token."),
            ]
        }
    ).with { panel in
        panel.entryName = "request"
        // With this width, the list has room for hosts and request IDs beside the detail.
        panel.preferredColumns = { _ in 180 }
        panel.idealColumns = { _ in 290 }
        panel.fields = [.code] + RoleMapping.filterFields + [.node]
        panel.progress = { state in
            let isFollowing =
                state.log.cursor.selected >= state.log.count - 1 && state.log.order.isDescending == false
            let text = isFollowing ? "following  " : "\(state.key(.bottom)) follows  "
            return state.log.isEmpty ? Line() : Line(text, .faint)
        }
    }
}

/// A request, with its mapping, if any.
package struct LoggedTransfer: ListEntry {
    package static let sortKeys: [SortKey<LoggedTransfer>] = [
        SortKey("TIME") { SortValue($0.transfer.at) },
        SortKey("MAPPING") { $0.transfer.mapping.map { .text($0) } ?? .absent },
        SortKey("OPERATION") { .text($0.transfer.operationText) },
        SortKey("HOST") { .text($0.transfer.host) },
        SortKey("STATUS") { SortValue($0.transfer.status.map(Double.init)) },
        SortKey("MS") { SortValue($0.transfer.duration.seconds) },
        SortKey("REQUEST ID") { $0.transfer.requestID.map { .text($0) } ?? .absent },
        SortKey("METHOD") { .text($0.transfer.method) },
        SortKey("PATH") { .text($0.transfer.path) },
    ]

    package let transfer: Transfer
    /// The mapping of the request, as it was configured when the request ended.
    let mapping: RoleMapping?

    /// The whole transfer, because some services assign no request ID.
    package var id: Transfer { transfer }

    package var filterTexts: [FilterText] {
        [
            transfer.mapping, transfer.operation, transfer.method, transfer.host, transfer.path,
            transfer.status.map(String.init), transfer.requestID, transfer.problem,
        ].compactMap { $0.map { FilterText($0) } } + (mapping?.filterTexts ?? [])
    }

    package var filterCodes: [String] { [transfer.statusText] }
}

extension Transfer {
    fileprivate var operationText: String { operation ?? "\(method) \(path)" }

    fileprivate var statusText: String { status.map(String.init) ?? "none" }

    fileprivate var statusLine: Line {
        guard let status else { return Line(statusText, .bad) }
        return Line(statusText, status < 400 ? .good : status < 500 ? .caution : .bad)
    }

    fileprivate func lines(in state: ConsoleState, columns: Int) -> [Line] {
        let response = status.map { "HTTP \($0)" } ?? problem ?? "no response"
        return [
            Fact("time", state.clockText.dateAndTime(at)), Fact("mapping", mapping ?? "–"),
            Fact("request", "\(method) \(host)\(path)"),
            Fact("response", "\(response) in \(DurationColumn.latency(duration))"),
            Fact("id", requestID ?? "–"),
        ].flatMap { $0.lines(columns: columns) }
    }
}
