import Drawing
import Federation

import struct FoundationEssentials.Date

extension Panel.ID {
    package static let history = Panel.ID(rawValue: "history")
}

extension Panel {
    /// The number of digits of a token's fingerprint that the list shows.
    fileprivate static let tokenColumns = 8

    static let history = Panel(
        .history,
        title: "History",
        help: "past exchanges with their steps, newest first",
        list: { $0.history.list },
        changeList: { $1(&$0.history.list) },
        columns: { $0.historyColumns(withDates: $0.showsOldHistory) },
        cells: { state, record in
            [
                Line(state.historyTime(record.at), .faint),
                record.outcome.mark + Line(" " + record.outcome.rawValue),
                Line(record.mapping),
                Line(record.failure?.messageWithCode ?? record.assumedRoleARN ?? ""),
                Line(DurationColumn.latency(record.duration), .faint),
                Line(record.token.map { String($0.fingerprint.prefix(Self.tokenColumns)) } ?? "–", .faint),
            ]
        },
        detail: { state, record in
            Detail(title: "\(record.mapping) at \(state.clockText.dateAndTime(record.at))") { columns in
                SideBySide(
                    left: {
                        ExchangeDetail(steps: record.steps, reference: state.reference).lines(columns: $0)
                    },
                    right: { columns in record.facts(in: state).flatMap { $0.lines(columns: columns) } }
                ).lines(columns: columns)
            }
        },
        empty: { state in
            if let problem = state.history.problem { return [Line(problem, .caution)] }
            if state.history.isReading { return ["Reading the history …"] }
            return state.history.filter.isEmpty
                ? [
                    "No exchanges yet.",
                    Line("\(state.key(.refresh)) in Mappings exchanges the selected mapping's token."),
                ]
                : [Line(state.unmatchedHistoryFilter), Line("\(state.key(.back)) clears it.")]
        }
    ).with { panel in
        panel.preferredColumns = { $0.historyColumns(withDates: true).preferredColumns }
        panel.idealColumns = { $0.historyColumns(withDates: true).idealColumns }
        panel.filter = { $0.history.filter }
        panel.setFilter = { state, filter in
            state.history.show(only: filter, of: state.mappings.list.all.lazy.map(\.mapping))
        }
        panel.states = [StepOutcome.ok, .failed].map(\.rawValue)
        panel.fields = HistoryQuery.fields
        // The store may have matches that the list lacks, except for `node:`: all exchanges are from one node.
        panel.hasMatch = { $1.field != .node || $0.history.list.hasMatch($1) }
        panel.subjects = { state in state.history.selected.map { [$0.mapping] } ?? [] }
        panel.sorting = Sorting(
            columns: ExchangeRecord.sortKeys.map(\.column),
            naturalName: nil,
            order: { $0.history.list.order },
            sort: { $0.history.sort(by: $1) },
            limit: { $0.history.sortedCount }
        )
        panel.willShow = { $0.history.refresh() }
        panel.load = { $0.loadHistory() }
        panel.open = { state in
            if let record = state.history.selected { state.showMapping(record.mapping) }
            return []
        }
        panel.step = { $0.history.step(to: $1) }
        panel.moveToEnd = { $0.history.go(to: $1 ? .oldest : .newest) }
        panel.position = { $0.history.position }
        panel.progress = { state in
            state.history.isSearching ? Line("searching …", .pending) + Line("  ") : Line()
        }
    }
}

extension ConsoleState {
    /// The message for a filter without matches, for example, that no mapping has the given role.
    fileprivate var unmatchedHistoryFilter: String {
        for term in history.filter.terms where !term.isExcluding {
            guard let field = term.field, field != .state, field != .node else { continue }
            let values = mappings.values(of: field)
            if values.contains(where: { term.matches($0.lowercased()) }) { continue }
            return
                "No line matches the filter: \(Panel.unknownValue(of: term, in: field, "mapping", among: values))."
        }
        return "No line matches the filter."
    }

    fileprivate mutating func loadHistory() -> [Effect] {
        guard !isFrozen, filterProblem == nil else { return [] }
        let layout = layout
        let lines = shownLines(in: layout)
        guard let page = history.wantedPage(showing: lines, room: layout.list.rows) else { return [] }
        let request = nextRequest()
        history.begin(page, request)
        return [.readHistory(page, request)]
    }

    fileprivate func historyColumns(withDates: Bool) -> [Column] {
        let name = mappings.widths.name
        return [
            Column("TIME", minimum: withDates ? 19 : 8, priority: 0),
            Column("OUTCOME", minimum: 8, priority: 1),
            Column("MAPPING", minimum: 10, preferred: 18, ideal: name, priority: 2, cut: .middle),
            Column("RESULT", minimum: 10, preferred: 40, ideal: 100, priority: 3),
            Column("LATENCY", minimum: 7, priority: 4, alignment: .right),
            Column("TOKEN", minimum: Panel.tokenColumns, priority: 5),
        ]
    }

    fileprivate var showsOldHistory: Bool {
        shownLines.contains { !isWithinDay(history[$0].at) }
    }

    fileprivate func historyTime(_ date: Date) -> String {
        isWithinDay(date) ? clockText.time(date) : clockText.dateAndTime(date)
    }

    private func isWithinDay(_ date: Date) -> Bool {
        abs(now.timeIntervalSince(date)) < 86_400
    }
}

extension ExchangeRecord {
    fileprivate func facts(in state: ConsoleState) -> [Fact] {
        func text(_ value: String?, until expiry: Date?) -> String? {
            let end = expiry.map { "expires at \(state.clockText.dateAndTime($0))" }
            let parts = [value, end].compactMap(\.self)
            return parts.isEmpty ? nil : parts.joined(separator: ", ")
        }
        let facts: [(String, String?)] = [
            ("role", roleARN.description), ("identity", identity),
            ("token", text(token?.fingerprint, until: token?.claims.expiry)),
            ("uti", token?.claims.uniqueTokenID), ("key ID", text(accessKeyID, until: credentialExpiry)),
            ("request", steps.last { $0.requestID != nil }?.requestID),
        ]
        return facts.compactMap { name, value in value.map { Fact(name, $0) } }
    }
}
