import Drawing
import Federation

import struct Foundation.Date

extension Panel {
    /// The past exchanges, the newest first, of which only what is scrolled through is read.
    static let history = Panel(
        title: "History",
        help: "The past exchanges, the newest first, with their steps",
        columns: { $0.historyColumns(withDates: $0.showsOldHistory) },
        breadth: { $0.historyColumns(withDates: true).breadth },
        count: { $0.exchanges.count },
        cells: { state, line in
            let record = state.exchanges[line]
            return [
                Line(state.historyTime(record.at), .faint),
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
                    SideBySide(
                        left: { ExchangeDetail(steps: record.steps).lines(columns: $0) },
                        right: { columns in record.facts(in: state).map { $0.line(columns: columns) } }
                    ).lines(columns: columns)
                }
            }
        },
        empty: { state in
            if let problem = state.exchanges.problem { return [Line(problem, .caution)] }
            if state.exchanges.isReading { return ["Reading the history …"] }
            return state.exchanges.filter.isEmpty
                ? ["Nothing was exchanged yet.", "r in Mappings exchanges the selected mapping."]
                : ["No exchange matches the filter.", "Esc shows all of them again."]
        },
        cursor: \.exchanges.cursor,
        filter: { $0.exchanges.filter },
        setFilter: { $0.exchanges.show(only: $1) },
        sorting: .history,
        states: [StepOutcome.ok, .failed].map(\.rawValue)
    )
}

extension ConsoleState {
    fileprivate func historyColumns(withDates: Bool) -> [Column] {
        [
            Column("TIME", minimum: withDates ? 19 : 8, priority: 0),
            Column("OUTCOME", minimum: 8, priority: 1),
            Column(
                "MAPPING",
                minimum: 10,
                comfort: 18,
                ideal: roster.widths.name,
                priority: 2,
                cut: .middle
            ),
            Column("RESULT", minimum: 10, comfort: 40, ideal: 100, priority: 3),
            Column("LATENCY", minimum: 7, priority: 4, alignment: .right),
            Column("TOKEN", minimum: 8, ideal: 16, priority: 5),
        ]
    }

    /// Whether a line shown needs its date.
    fileprivate var showsOldHistory: Bool {
        shownLines.contains { now.timeIntervalSince(exchanges[$0].at) >= 86_400 }
    }

    /// The time of day alone for what happened within the last day.
    fileprivate func historyTime(_ date: Date) -> String {
        let age = now.timeIntervalSince(date)
        return age < 86_400 && age > -86_400 ? clockText.time(date) : clockText.dateAndTime(date)
    }
}

extension ExchangeRecord {
    /// What is kept of it beside the steps.
    fileprivate func facts(in state: ConsoleState) -> [Fact] {
        func text(_ date: Date?) -> String? { date.map(state.clockText.dateAndTime) }
        let facts: [(String, String?)] = [
            ("role", roleARN.description), ("identity", identity), ("token", token?.fingerprint),
            ("uti", token?.claims.uniqueTokenID), ("token end", text(token?.claims.expiry)),
            ("key id", accessKeyID), ("until", text(credentialExpiry)),
            ("request", steps.last { $0.requestID != nil }?.requestID),
        ]
        return facts.compactMap { name, value in value.map { Fact(name, $0) } }
    }
}
