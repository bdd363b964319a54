import Drawing
import Federation
import Foundation
import Propagation

extension Panel.ID {
    package static let timeline = Panel.ID(rawValue: "timeline")
}

extension Panel {
    static let timeline = Panel(
        .timeline,
        title: "Timeline",
        help: "The next 24 hours of each mapping: credentials, token, renewal, waits",
        list: \.mappings.list,
        columns: { state in
            let lane = Lane(state: state)
            return [
                Column("", minimum: 1, priority: 0, gap: 1),
                Column("STATE", minimum: Lane.stateColumns, priority: 3),
                Column("MAPPING", minimum: lane.nameColumns, priority: 1, cut: .middle),
                Column(lane.scale, minimum: 12, ideal: lane.columns, priority: 2),
            ]
        },
        cells: { state, row in
            [
                Line(row.status.glyph, row.status.style), Line(row.status.rawValue, row.status.style),
                Line(row.id), Lane(state: state).line(of: row),
            ]
        },
        detail: { state, row in Detail(title: row.id) { row.instants(in: state, columns: $0) } },
        empty: Panel.emptyMappings
    ).with { panel in
        panel.breadth = { Lane.breadth(nameColumns: Lane.nameColumns(in: $0.mappings)) }
        panel.showMappingActions()
    }
}

/// A row of the timeline: its columns stand for 24 hours.
private struct Lane {
    private static let seconds = 86_400.0
    static let stateColumns = 8
    /// Shorter lanes make no room for a detail beside them.
    private static let comfort = 72

    private let now: Date
    private let watches: WatchList
    /// The columns that glyph, state, name, gaps, and margins leave; on a narrow screen the state has none.
    let columns: Int
    /// The columns of the names, at most a third of the list.
    let nameColumns: Int

    init(state: ConsoleState) {
        now = state.now
        watches = state.watches
        let list = state.layout.list.columns
        nameColumns = min(Self.nameColumns(in: state.mappings), max(10, list / 3))
        let room = list - nameColumns - 7
        columns = max(12, room >= 40 ? room - Self.stateColumns - 2 : room)
    }

    static func nameColumns(in mappings: MappingList) -> Int { min(24, max(10, mappings.widths.name)) }

    static func breadth(nameColumns: Int) -> Int { nameColumns + stateColumns + 6 + comfort }

    /// The hours above the lanes.
    var scale: String {
        stride(from: 0, to: 24, by: columns < 32 ? 12 : 6).reduce("") { text, hour in
            let place = columns * hour / 24
            return text.padding(to: place) + (hour == 0 ? "now" : "+\(hour)h")
        }
    }

    /// Returns the credentials over the token, with the marks of planned actions.
    func line(of row: MappingRow) -> Line {
        let credentials = cells(until: row.credentials?.expiry)
        let token = max(credentials, cells(until: row.tokenExpiry))
        func bar(_ part: Range<Int>) -> Line {
            func text(_ symbol: String, _ range: Range<Int>) -> String {
                String(repeating: symbol, count: part.clamped(to: range).count)
            }
            return Line(text("━", 0..<credentials), row.status.style)
                + Line(text("─", credentials..<token), .waiting)
                + Line(text("·", token..<columns), .border)
        }
        var line = Line()
        var end = 0
        for (place, mark) in marks(of: row).sorted(by: { $0.key < $1.key }) {
            line += bar(end..<place) + mark
            end = place + 1
        }
        return line + bar(end..<columns)
    }

    /// Returns the planned action and the latest end of a wait.
    private func marks(of row: MappingRow) -> [Int: Line] {
        var marks: [Int: Line] = [:]
        if let latest = watches[row.id]?.watch.latest {
            marks[max(0, cells(until: latest) - 1)] = Line("◷", .waiting)
        }
        if let plan = row.plan { marks[max(0, cells(until: plan.at) - 1)] = Line("↻", .pending) }
        return marks
    }

    /// Returns the number of cells until an instant; at least one while time is left.
    private func cells(until date: Date?) -> Int {
        guard let date, date > now else { return 0 }
        let share = date.timeIntervalSince(now) / Self.seconds
        return Int(clamping: (share * Double(columns)).rounded(), to: 1...columns)
    }
}

extension MappingRow {
    fileprivate func instants(in state: ConsoleState, columns: Int) -> [Line] {
        let watch = state.watches[id]?.watch
        let ends: [(String, Date?)] =
            [
                ("━ credentials", credentials?.expiry), ("─ token", tokenExpiry),
                ("↻ \(plan?.action.rawValue ?? "next")", plan?.at),
            ] + (watch.map { [("◷ sure by", $0.latest)] } ?? [])
        let explanation =
            watch?.summary(at: state.now, state.clockText.dateAndTime).wrapped(to: columns) ?? []
        return explanation.map { Line($0) }
            + ends.map { name, date in
                let text = date.map {
                    "\(state.clockText.dateAndTime($0))  \(RelativeTime.left($0).text(at: state.now))"
                }
                return Line(name.padding(to: 16), .faint)
                    + Line((text ?? "–").fitted(to: max(0, columns - 16)))
            }
    }
}
