import Drawing
import Federation

extension Panel {
    /// The exchanges of this run, the newest first.
    static let history = Panel(
        title: "History",
        help: "The exchanges of this run, the newest first, with their steps",
        columns: { state in
            [
                Column("TIME", minimum: 8, priority: 0),
                Column("OUTCOME", minimum: 8, priority: 1),
                Column("MAPPING", minimum: 10, ideal: state.roster.widths.name, priority: 2, cut: .middle),
                Column("RESULT", minimum: 10, ideal: 60, priority: 3),
                Column("LATENCY", minimum: 7, priority: 4, alignment: .right),
                Column("TOKEN", minimum: 8, ideal: 16, priority: 5),
            ]
        },
        count: { $0.exchanges.count },
        cells: { state, line in
            let record = state.exchanges[line]
            return [
                Line(state.clockText.time(record.at), .faint),
                record.outcome.mark + Line(" " + record.outcome.rawValue),
                Line(record.mapping),
                Line(record.failure.map { "\($0.code)  \($0.message)" } ?? record.assumedRoleARN ?? ""),
                Line(DurationColumn.latency(record.duration), .faint),
                Line(record.token?.fingerprint ?? "–", .faint),
            ]
        },
        times: { _, _ in [] },
        detail: { state in
            state.exchanges.selected.map { record in
                Detail(title: "\(record.mapping) at \(state.clockText.dateAndTime(record.at))") { columns in
                    ExchangeDetail(steps: record.steps).lines(columns: columns)
                }
            }
        },
        empty: { state in
            state.exchanges.isEmpty
                ? ["Nothing was exchanged in this run.", "r in Mappings exchanges the selected mapping."]
                : ["No exchange matches the filter.", "Esc shows all of them again."]
        },
        cursor: \.exchanges.cursor,
        filter: { $0.exchanges.filter },
        setFilter: { $0.exchanges.show(only: $1, text: \.searchText) }
    )
}

extension ExchangeRecord {
    /// What a filter looks in.
    var searchText: SearchText {
        let texts = [mapping, outcome.rawValue, failure?.code, failure?.message, token?.fingerprint]
        return SearchText(texts.compactMap(\.self).joined(separator: " "))
    }
}
