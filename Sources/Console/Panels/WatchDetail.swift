import Drawing
import Federation
import Foundation
import Propagation

/// All there is to say of one watch.
struct WatchDetail {
    let entry: WatchList.Entry
    let state: ConsoleState

    private var watch: Watch { entry.watch }

    func lines(columns: Int) -> [Line] {
        let story = watch.summary(at: state.now, state.clockText.dateAndTime)
        let head = story.wrapped(to: columns).map {
            Line($0, watch.isOverdue(at: state.now) ? .caution : .text)
        }
        let facts = self.facts.map { $0.line(columns: columns) }
        guard watch.ending == nil else { return head + [Line()] + strip(columns) + facts }
        return head + holder(columns) + [Line()] + bar(columns) + strip(columns) + facts
    }

    /// From the begin of the wait to its latest sure end, and where the earliest one and now lie between.
    private func bar(_ columns: Int) -> [Line] {
        // Two times of day that are a day apart would look alike.
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
        guard entry.isDriven(in: state), let holder = entry.kept.lease?.holder else {
            return [Line("▲ ", .caution) + Line("Nobody is asking now.".fitted(to: max(0, columns - 2)))]
        }
        let words = holder.split(separator: " ").prefix(2).joined(separator: ", process ")
        return [Line("Another cambist asks: \(words)".fitted(to: columns), .faint)]
    }

    private var facts: [Fact] {
        var facts: [Fact] = []
        if watch.ending == nil {
            facts.append(Fact("next", instant(watch.next)))
            facts.append(Fact("earliest", instant(watch.earliest)))
            facts.append(Fact("latest", watch.latest.map(instant) ?? "nothing is sure"))
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
        if watch.ending == nil { facts.append(Fact("gives up", state.clockText.dateAndTime(watch.deadline))) }
        return facts
    }

    private func instant(_ date: Date) -> String {
        let left = date <= state.now ? "now" : "in " + RelativeTime.left(date).text(at: state.now)
        return "\(state.clockText.dateAndTime(date))  \(left)"
    }

    /// What past waits of this kind teach, as time passes here.
    private var estimate: String {
        guard let cause = watch.cause, cause.isPropagation else { return "–" }
        guard let estimate = state.watches.estimate(for: cause), !estimate.isInsufficient else {
            return "no estimate yet"
        }
        func text(_ duration: Duration?) -> String {
            duration.map { DurationColumn.text(watch.timing.scaled($0)).trimmingCharacters(in: .whitespaces) }
                ?? "?"
        }
        return "median \(text(estimate.median)), 90 % \(text(estimate.ninetiethPercentile)), n = \(estimate.count)"
    }
}

extension Watch {
    /// How much of the time until the latest sure end has passed; a stroke where the earliest lies.
    func bar(at now: Date, columns: Int) -> Line {
        guard let latest, latest > since else { return Line(String(repeating: "·", count: columns), .border) }
        let whole = latest.timeIntervalSince(since)
        func place(_ date: Date) -> Int {
            min(columns - 1, max(0, Int(date.timeIntervalSince(since) / whole * Double(columns))))
        }
        let (passed, earliest) = (place(now), place(earliest))
        let ink: ResolvedStyle = isOverdue(at: now) ? .caution : .waiting
        return (0..<columns).reduce(Line()) { line, column in
            if column == earliest { return line + Line("│", .accent) }
            return line + (column <= passed ? Line("━", ink) : Line("─", .border))
        }
    }

    /// The latest attempts, the last one at the right, a character each.
    func strip(columns: Int) -> Line {
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
