import Drawing
import Federation
import FoundationEssentials
import Propagation

extension Panel.ID {
    package static let timeline = Panel.ID(rawValue: "timeline")
}

extension Panel {
    static let timeline = Panel(
        .timeline,
        title: "Timeline",
        help: "expirations, renewals, and waits in the next hours",
        list: { $0.mappings.list },
        changeList: { $1(&$0.mappings.list) },
        columns: { state in
            let lane = TimelineRow(state: state)
            return [
                Column("", minimum: 1, priority: 0, gap: 1),
                Column("STATE", minimum: TimelineRow.stateColumns, priority: 3),
                Column("MAPPING", minimum: lane.nameColumns, priority: 1, cut: .middle),
                Column(lane.scale, minimum: 12, ideal: lane.columns, priority: 2),
            ]
        },
        cells: { state, row in
            [
                Line(row.status.glyph, row.status.style), Line(row.status.rawValue, row.status.style),
                Line(row.id), TimelineRow(state: state).line(of: row),
            ]
        },
        detail: { state, row in
            let legend = "━ credentials  ─ token  ↻ renewal or retry  ◷ wait ends by"
            return Detail(title: row.id, remark: Line(legend, .faint)) {
                row.instants(in: state, columns: $0)
            }
        },
        empty: Panel.emptyMappings
    ).with { panel in
        panel.preferredColumns = {
            TimelineRow.preferredColumns(nameColumns: TimelineRow.nameColumns(in: $0.mappings))
        }
        panel.showMappingActions()
    }
}

/// The period that the timeline shows.
enum TimelineZoom: Int, CaseIterable, Hashable, Sendable {
    case hour = 1
    case sixHours = 6
    case day = 24

    var hours: Int { rawValue }
    var seconds: Double { Double(hours) * 3600 }
    /// The number of parts of the time scale, if the scale has at least 32 columns.
    fileprivate static let divisions = 4

    /// The next shorter period.
    var closer: TimelineZoom? { Self.allCases.last { $0.hours < hours } }
    /// The next longer period.
    var wider: TimelineZoom? { Self.allCases.first { $0.hours > hours } }

    /// The label of an instant relative to now: `+6h`, `+1h30`, `+15m`.
    fileprivate func label(part: Int, of parts: Int) -> String {
        let minutes = hours * 60 * part / parts
        if minutes < 60 { return "+\(minutes)m" }
        return "+\(minutes / 60)h" + (minutes % 60 == 0 ? "" : "\(minutes % 60)")
    }
}

/// A row of the timeline; the bar's column is called the lane.
///
/// The width of the lane represents ``TimelineZoom/seconds``.
private struct TimelineRow {
    static let stateColumns = 10
    /// The minimum number of columns of a lane beside a detail.
    private static let preferred = 72

    private let now: Date
    private let watches: WatchList
    private let zoom: TimelineZoom
    /// The width of the lane, without the other columns and the margins.
    let columns: Int
    /// The width of the names, usually at most a third of the list's width.
    let nameColumns: Int

    init(state: ConsoleState) {
        now = state.now
        watches = state.watches
        zoom = state.timelineZoom
        let list = state.layout.list.columns
        nameColumns = min(Self.nameColumns(in: state.mappings), max(10, list / 3))
        let room = list - nameColumns - 7
        columns = max(12, room >= 40 ? room - Self.stateColumns - 2 : room)
    }

    static func nameColumns(in mappings: MappingList) -> Int { min(24, max(10, mappings.widths.name)) }

    static func preferredColumns(nameColumns: Int) -> Int { nameColumns + stateColumns + 6 + preferred }

    /// The times above the lanes.
    var scale: String {
        let parts = columns < 32 ? 2 : TimelineZoom.divisions
        let marks = (0..<parts).reduce("") { text, part in
            text.padding(to: columns * part / parts) + (part == 0 ? "now" : zoom.label(part: part, of: parts))
        }
        let end = zoom.label(part: parts, of: parts)
        return columns - marks.count > end.count ? marks.padding(to: columns - end.count) + end : marks
    }

    /// Returns the lane: a bar for the credentials, a bar for the rest of the token's life, and marks.
    func line(of row: MappingRow) -> Line {
        let credentials = cells(until: row.credentials?.expiry)
        let token = max(credentials, cells(until: row.tokenExpiry))
        func bar(_ part: Range<Int>) -> Line {
            func text(_ symbol: String, _ range: Range<Int>) -> String {
                String(repeating: symbol, count: part.clamped(to: range).count)
            }
            return Line(text("━", 0..<credentials), row.status.style)
                + Line(text("─", credentials..<token), .faint)
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

    /// Returns the marks by column: the planned action, and the latest possible end of a wait.
    private func marks(of row: MappingRow) -> [Int: Line] {
        var marks: [Int: Line] = [:]
        func add(_ date: Date, _ mark: Line) {
            // An instant beyond the lane has no mark.
            guard date.timeIntervalSince(now) <= zoom.seconds else { return }
            marks[max(0, cells(until: date) - 1)] = mark
        }
        if let latest = watches[row.id]?.watch.latest { add(latest, Line("◷", .waiting)) }
        if let plan = row.plan { add(plan.at, Line("↻", .pending)) }
        return marks
    }

    /// Returns the number of cells until an instant; at least one while time is left.
    private func cells(until date: Date?) -> Int {
        guard let date, date > now else { return 0 }
        let share = date.timeIntervalSince(now) / zoom.seconds
        return Int(clamping: (share * Double(columns)).rounded(), to: 1...columns)
    }
}

extension ConsoleState {
    /// `in 5m`, or `expired`.
    fileprivate func until(_ date: Date) -> String {
        (date > now ? "in " : "") + RelativeTime.left(date).text(at: now)
    }
}

extension MappingRow {
    fileprivate func instants(in state: ConsoleState, columns: Int) -> [Line] {
        let watch = state.watches[id]?.watch
        let ends: [(String, Date?)] =
            [
                ("━ credentials", credentials?.expiry), ("─ token", tokenExpiry),
                ("↻ \(plan?.action.rawValue ?? "next")", plan?.at),
            ] + (watch.map { [("◷ wait ends by", $0.latest)] } ?? [])
        let explanation =
            watch.map {
                state.reference.naming(in: $0.summary(at: state.now, state.clockText.dateAndTime))
                    .wrapped(to: columns)
            } ?? []
        return explanation.map { Line($0) }
            + ends.map { name, date in
                let text = date.map {
                    "\(state.clockText.dateAndTime($0))  \(state.until($0))"
                }
                return Line(name.padding(to: 16), .faint)
                    + Line((text ?? "–").fitted(to: max(0, columns - 16)))
            }
    }
}
