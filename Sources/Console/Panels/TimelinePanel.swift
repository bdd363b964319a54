import Drawing
import Federation
import Foundation
import Propagation

extension Panel {
    /// One lane a mapping: what it has over the next 24 hours.
    static let timeline = Panel(
        title: "Timeline",
        help: "The next 24 hours of each mapping: credentials, token, renewal, waits",
        columns: { state in
            let lane = Lane(state: state)
            return [
                Column("", minimum: 1, priority: 0, gap: 1),
                Column("STATE", minimum: Lane.stateColumns, priority: 3),
                Column("MAPPING", minimum: lane.nameColumns, priority: 1, cut: .middle),
                Column(lane.scale, minimum: 12, ideal: lane.columns, priority: 2),
            ]
        },
        breadth: { state in Lane.breadth(nameColumns: Lane.nameColumns(in: state.roster)) },
        count: { $0.roster.visible.count },
        cells: { state, line in
            guard let row = state.roster.row(at: line) else { return [] }
            let condition = state.roster.condition(at: line)
            return [
                Line(condition.glyph, condition.ink), Line(condition.rawValue, condition.ink), Line(row.id),
                Lane(state: state).line(of: row),
            ]
        },
        times: { state, line in state.roster.row(at: line)?.times ?? [] },
        detail: { state in
            state.roster.selected.map { row in
                Detail(title: row.id) { row.instants(in: state, columns: $0) }
            }
        },
        empty: Panel.mappings.empty,
        cursor: \.roster.cursor,
        filter: { $0.roster.filter },
        setFilter: { $0.roster.show(only: $1) },
        sorting: .mappings,
        states: MappingStatus.allCases.map(\.rawValue),
        hasTags: true
    )
}

/// A lane of the timeline: as many columns as there is room for stand for 24 hours.
private struct Lane {
    private static let hours = 24.0
    static let stateColumns = 8

    private let now: Date
    private let watches: WatchList
    /// What the list leaves beside glyph, state, name, gaps and margins; where it is narrow the word for the
    /// state gives way.
    let columns: Int
    /// What the names get: no more than a third, so that there is room for lanes on a narrow screen.
    let nameColumns: Int

    init(state: ConsoleState) {
        now = state.now
        watches = state.watches
        let list = state.layout.list.columns
        nameColumns = min(Self.nameColumns(in: state.roster), max(10, list / 3))
        let room = list - nameColumns - 7
        columns = max(12, room >= 40 ? room - Self.stateColumns - 2 : room)
    }

    /// Shorter than this, lanes do not make room for a detail beside them.
    private static let comfort = 72

    static func nameColumns(in roster: MappingList) -> Int { min(24, max(10, roster.widths.name)) }

    /// What is beside the lanes: glyph, state and name, with their gaps.
    private static func beside(nameColumns: Int) -> Int { nameColumns + stateColumns + 6 }

    static func breadth(nameColumns: Int) -> Int { beside(nameColumns: nameColumns) + comfort }

    /// The hours above the lanes, some of them named.
    var scale: String {
        stride(from: 0, to: 24, by: columns < 32 ? 12 : 6).reduce("") { text, hour in
            let place = columns * hour / 24
            return text.padding(to: place) + (hour == 0 ? "now" : "+\(hour)h")
        }
    }

    /// Credentials over token, and the mark of what is done by itself.
    func line(of row: MappingRow) -> Line {
        let credentials = cells(until: row.credentials?.expiry)
        let token = max(credentials, cells(until: row.tokenExpiry))
        let ink = row.condition(at: now).ink
        func bar(_ part: Range<Int>) -> Line {
            func text(_ symbol: String, _ range: Range<Int>) -> String {
                String(repeating: symbol, count: part.clamped(to: range).count)
            }
            return Line(text("━", 0..<credentials), ink) + Line(text("─", credentials..<token), .waiting)
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

    /// What is done by itself, and when a wait is over for sure.
    private func marks(of row: MappingRow) -> [Int: Line] {
        var marks: [Int: Line] = [:]
        if let latest = watches[row.id]?.watch.latest {
            marks[max(0, cells(until: latest) - 1)] = Line("◷", .waiting)
        }
        if let plan = row.plan { marks[max(0, cells(until: plan.at) - 1)] = Line("↻", .pending) }
        return marks
    }

    /// How many cells an instant is away; any time left is one at least.
    private func cells(until date: Date?) -> Int {
        guard let date, date > now else { return 0 }
        let share = date.timeIntervalSince(now) / (Self.hours * 3600)
        return min(columns, max(1, Int((share * Double(columns)).rounded())))
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
        let story = watch?.summary(at: state.now, state.clockText.dateAndTime).wrapped(to: columns) ?? []
        return story.map { Line($0) }
            + ends.map { name, date in
                let text = date.map {
                    "\(state.clockText.dateAndTime($0))  \(RelativeTime.left($0).text(at: state.now))"
                }
                return Line(name.padding(to: 16), .faint)
                    + Line((text ?? "–").fitted(to: max(0, columns - 16)))
            }
    }
}
