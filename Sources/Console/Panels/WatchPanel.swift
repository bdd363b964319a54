import Drawing
import Federation
import Foundation
import Propagation

extension Panel.ID {
    package static let watch = Panel.ID(rawValue: "watch")
}

extension Panel {
    static let watch = Panel(
        .watch,
        title: "Watch",
        help: "Mappings that are retried until they work: the cause of the wait and its end",
        list: \.watches.list,
        naturalOrder: "running first",
        columns: { state in
            let name = max(14, state.mappings.widths.name)
            return [
                Column("", minimum: 1, priority: 0, gap: 1),
                Column("MAPPING", minimum: 10, ideal: name, priority: 1, cut: .middle),
                Column("WAITING FOR", minimum: 12, comfort: 14, ideal: 14, priority: 2),
                Column("NEXT", minimum: 7, priority: 3, alignment: .right),
                Column("SURE BY", minimum: 8, priority: 4),
                Column("SINCE", minimum: 8, priority: 6, alignment: .right),
                Column("TRIES", minimum: 5, priority: 5, alignment: .right),
                Column("ATTEMPTS", minimum: 8, ideal: 40, priority: 7),
            ]
        },
        cells: { state, entry in
            let watch = entry.watch
            return [
                entry.glyph, Line(watch.mapping), entry.cause, entry.next(in: state),
                watch.ending == nil ? watch.bar(at: state.now, columns: 8) : Line("–", .faint),
                Line(entry.since.text(at: state.now), .faint), Line("\(watch.attempts)", .faint),
                watch.strip(columns: 40),
            ]
        },
        detail: { state, entry in
            Detail(title: entry.watch.mapping) { WatchDetail(entry: entry, state: state).lines(columns: $0) }
        },
        empty: { _ in
            ["No mapping is watched.", "w in Mappings retries the selected mapping until it works."]
        }
    ).with { panel in
        panel.times = { state, line in state.watches.list[line].times }
        panel.open = { state in
            if let entry = state.watches.list.selected { state.showMapping(entry.watch.id) }
            return []
        }
    }
}

extension WatchList.Entry {
    fileprivate var since: RelativeTime { .ago(watch.ending?.at ?? watch.since) }

    fileprivate var times: [RelativeTime] {
        guard watch.ending == nil else { return [since] }
        return [since, .left(watch.next)] + (watch.latest.map { [.left($0)] } ?? [])
    }

    /// Whether a process makes the attempts.
    fileprivate func isDriven(in state: ConsoleState) -> Bool {
        isHere || stored.isDriven(at: state.now)
    }

    fileprivate var glyph: Line {
        switch watch.ending?.verdict {
        case .works: Line("✓", .good)
        case .cannot, .timedOut: Line("✕", .bad)
        case .stopped: Line("·", .faint)
        case nil: Line("◷", .waiting)
        }
    }

    fileprivate var cause: Line {
        if let ending = watch.ending {
            return Line(ending.verdict == .cannot ? "blocked" : ending.verdict.rawValue, glyph.spans[0].ink)
        }
        guard let cause = watch.cause else { return Line("–", .faint) }
        return cause == .stability
            ? Line("\(watch.successes) of \(Watch.requiredSuccesses)", .good) : Line(cause.words, .waiting)
    }

    fileprivate func next(in state: ConsoleState) -> Line {
        if watch.ending != nil { return Line("–", .faint) }
        guard isDriven(in: state) else { return Line("stopped", .caution) }
        return watch.next <= state.now
            ? Line("now", .pending) : Line(RelativeTime.left(watch.next).text(at: state.now))
    }
}

/// The detail of a watch.
private struct WatchDetail {
    let entry: WatchList.Entry
    let state: ConsoleState

    private var watch: Watch { entry.watch }

    func lines(columns: Int) -> [Line] {
        let head = watch.summary(at: state.now, state.clockText.dateAndTime).wrapped(to: columns).map {
            Line($0, watch.isOverdue(at: state.now) ? .caution : .text)
        }
        let facts = self.facts.map { $0.line(columns: columns) }
        guard watch.ending == nil else { return head + [Line()] + strip(columns) + facts }
        return head + holder(columns) + [Line()] + bar(columns) + strip(columns) + facts
    }

    /// Returns a bar from the start of the wait to its latest certain end.
    private func bar(_ columns: Int) -> [Line] {
        // Without dates, two times of day that are a day apart would look alike.
        let isLong = watch.latest.map { $0.timeIntervalSince(watch.since) > 43_200 } ?? false
        let text = isLong ? state.clockText.dateAndTime : state.clockText.time
        let left = text(watch.since)
        let right = watch.latest.map(text) ?? "unknown"
        let room = columns - left.count - right.count - 2
        guard room >= 4 else { return [] }
        return [
            Line(left + " ", .faint) + watch.bar(at: state.now, columns: room) + Line(" " + right, .faint)
        ]
    }

    private func strip(_ columns: Int) -> [Line] {
        watch.marks.isEmpty
            ? [] : [Line("attempts".padding(to: 10), .faint) + watch.strip(columns: columns - 10)]
    }

    private func holder(_ columns: Int) -> [Line] {
        if entry.isHere { return [] }
        guard entry.isDriven(in: state), let holder = entry.stored.lease?.holder else {
            let text = "No process makes attempts now."
            return [Line("▲ ", .caution) + Line(text.fitted(to: max(0, columns - 2)))]
        }
        let words = holder.split(separator: " ").prefix(2).joined(separator: ", process ")
        return [Line("Watched by another cambist: \(words)".fitted(to: columns), .faint)]
    }

    private var facts: [Fact] {
        var facts: [Fact] = []
        if watch.ending == nil {
            facts.append(Fact("next", instant(watch.next)))
            facts.append(Fact("earliest", instant(watch.earliest)))
            facts.append(Fact("latest", watch.latest.map(instant) ?? "no upper bound known"))
            facts.append(Fact("estimate", estimate))
        }
        facts.append(Fact("since", state.clockText.dateAndTime(watch.since)))
        if let reason = watch.reason { facts.append(Fact("last", "\(reason.code)  \(reason.message)")) }
        if let token = watch.token {
            let roles = token.roles.isEmpty ? "no roles" : token.roles.joined(separator: " ")
            facts.append(Fact("token", "\(token.fingerprint), \(roles)"))
            facts.append(Fact("seen", state.clockText.dateAndTime(token.firstSeen)))
        }
        if watch.flaps > 0 { facts.append(Fact("relapses", "\(watch.flaps)")) }
        if watch.ending == nil { facts.append(Fact("deadline", state.clockText.dateAndTime(watch.deadline))) }
        return facts
    }

    private func instant(_ date: Date) -> String {
        let left = date <= state.now ? "now" : "in " + RelativeTime.left(date).text(at: state.now)
        return "\(state.clockText.dateAndTime(date))  \(left)"
    }

    /// The estimate from past waits for the same cause.
    private var estimate: String {
        guard let cause = watch.cause, cause.isPropagation else { return "–" }
        guard let estimate = state.watches.estimate(for: cause), !estimate.isInsufficient else {
            return "no estimate yet"
        }
        func text(_ duration: Duration?) -> String {
            duration.map { DurationColumn.text(watch.timing.scaled($0)) } ?? "?"
        }
        return
            "median \(text(estimate.median)), 90 % \(text(estimate.ninetiethPercentile)), n = \(estimate.count)"
    }
}

extension Watch {
    /// Returns the share of the time until the latest certain end that has passed; a stroke marks the earliest end.
    fileprivate func bar(at now: Date, columns: Int) -> Line {
        guard let latest, latest > since else { return Line(String(repeating: "·", count: columns), .border) }
        let whole = latest.timeIntervalSince(since)
        func place(_ date: Date) -> Int {
            Int(
                clamping: date.timeIntervalSince(since) / whole * Double(columns),
                to: 0...max(0, columns - 1)
            )
        }
        let (passed, earliest) = (place(now), place(earliest))
        let style: ResolvedStyle = isOverdue(at: now) ? .caution : .waiting
        return (0..<columns).reduce(Line()) { line, column in
            if column == earliest { return line + Line("│", .accent) }
            return line + (column <= passed ? Line("━", style) : Line("─", .border))
        }
    }

    /// Returns the latest attempts, one character each, the last one at the right.
    fileprivate func strip(columns: Int) -> Line {
        marks.suffix(max(0, columns)).reduce(Line()) { line, mark in
            switch mark.cause {
            case nil: line + Line("✓", .good)
            case .assignment, .directory: line + Line("○", .waiting)
            case .cachedToken: line + Line(mark.isSameToken ? "·" : "◷", .waiting)
            case .iam: line + Line("▲", .caution)
            case .trouble, .stability: line + Line("✕", .bad)
            }
        }
    }
}
