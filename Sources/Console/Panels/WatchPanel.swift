import Drawing
import Federation
import FoundationEssentials
import Propagation

extension Panel.ID {
    package static let watch = Panel.ID(rawValue: "watch")
}

extension Panel {
    static let watch = Panel(
        .watch,
        title: "Watch",
        help: "mappings that are retried, with cause and duration",
        list: { $0.watches.list },
        changeList: { $1(&$0.watches.list) },
        naturalOrder: "running first",
        columns: { state in
            let name = max(14, state.mappings.widths.name)
            let (cause, left) = (state.watches.causeColumns, WatchList.Entry.leftColumns)
            return [
                Column("", minimum: 1, priority: 0, gap: 1),
                Column("MAPPING", minimum: 10, preferred: 26, ideal: name, priority: 0, cut: .middle),
                Column("WAITING FOR", minimum: 12, preferred: 34, ideal: cause, priority: 1),
                Column(WatchList.Entry.waitedColumn, minimum: 7, priority: 4, alignment: .right),
                Column("TIME LEFT (MAX)", minimum: 15, preferred: left, ideal: left, priority: 2),
                Column("NEXT", minimum: 7, priority: 3, alignment: .right),
                Column("ATTEMPTS", minimum: 8, priority: 5, alignment: .right),
                Column("OUTCOMES", minimum: 10, ideal: 40, priority: 6),
            ]
        },
        cells: { state, entry in
            let watch = entry.watch
            return [
                entry.glyph, Line(watch.mapping), entry.cause,
                Line(DurationColumn.text(seconds: entry.waited(at: state.now)), .faint),
                entry.left(in: state),
                entry.next(in: state), Line("\(watch.attempts)", .faint), watch.strip(columns: 40),
            ]
        },
        detail: { state, entry in
            let detail = WatchDetail(entry: entry, state: state)
            return Detail(title: entry.watch.mapping, remark: detail.remark) { detail.lines(columns: $0) }
        },
        empty: { state in
            [
                "No mapping is watched.",
                Line("\(state.key(.watch)) in Mappings retries the selected mapping until it works."),
            ]
        }
    ).with { panel in
        panel.times = { state, line in state.watches.list[line].times }
        panel.states =
            ["waiting"] + WatchResult.Verdict.allCases.filter { $0 != .cannot }.map(\.word)
        panel.entryName = "watch"
        panel.fields = [.code] + RoleMapping.filterFields + [.node]
        panel.subjects = { state in
            let id = state.watches.list.selected?.watch.id
            return id.map { state.mappings.list.contains($0) ? [$0] : [] } ?? []
        }
        panel.open = { state in
            if let entry = state.watches.list.selected { state.showMapping(entry.watch.id) }
            return []
        }
    }
}

extension WatchResult.Verdict {
    /// The word that the screen shows.
    var word: String {
        switch self {
        case .works: "works"
        case .cannot, .blocked: "blocked"
        case .timedOut: "timed out"
        case .stopped: "stopped"
        }
    }
}

extension WatchCause {
    /// The cause as words that follow "waiting for".
    fileprivate var phrase: String {
        switch self {
        case .assignment: "assignment in Entra"
        case .directory: "directory replication"
        case .cachedToken: "expiration of cached token"
        case .iam: "IAM to apply the change"
        case .trouble: "a response"
        case .stability: words
        }
    }

    /// The name of the system that delays the change, for the bar in the detail.
    fileprivate var delayingSystem: String {
        switch self {
        case .assignment, .directory: "directory"
        case .cachedToken: "host's token cache"
        case .iam: "IAM"
        case .trouble, .stability: ""
        }
    }

    fileprivate func action(in state: ConsoleState) -> String {
        switch self {
        case .assignment, .directory:
            "None, if Entra is still replicating the change; \(state.key(.explain)) explains other causes."
        case .cachedToken:
            "None on this host: it cannot renew its cached token. A new identity has no cached token, but the trust "
                + "policy must allow it."
        case .iam: "None: IAM usually applies changes within two minutes."
        case .trouble: "None, if the failure is temporary; \(state.key(.show(.log))) shows the requests."
        case .stability: "None: the mapping works; the watch ends after three successes in a row."
        }
    }
}

extension WatchList {
    /// The width of the longest cause, in terminal columns.
    fileprivate var causeColumns: Int {
        list.all.reduce(0) { max($0, $1.cause.columns) }
    }
}

extension WatchList.Entry {
    /// The width of a duration, a bar, and the time or date of the latest possible end, in terminal columns.
    fileprivate static let leftColumns = 24
    private static let barColumns = 8

    fileprivate var times: [RelativeTime] {
        guard watch.result == nil else { return [] }
        return [.lasting(watch.since), .left(watch.next)] + (watch.latest.map { [.left($0)] } ?? [])
    }

    /// Whether this process or another process makes the attempts.
    fileprivate func isRunning(in state: ConsoleState) -> Bool {
        isHere || stored.isRunning(at: state.now)
    }

    fileprivate var glyph: Line {
        switch watch.result?.verdict {
        case .works: Line("✓", .good)
        case .cannot, .blocked, .timedOut: Line("✕", .bad)
        case .stopped: Line("·", .faint)
        case nil: isBlocked ? Line("✕", .bad) : Line("◷", .waiting)
        }
    }

    fileprivate var cause: Line {
        if let result = watch.result {
            let style = glyph.spans[0].style
            switch result.verdict {
            case .works:
                let waited = DurationColumn.text(seconds: waited(at: result.at))
                return Line("works after \(waited)", style)
            case .cannot, .blocked: return Line("blocked: \(result.code)", style)
            case .timedOut: return Line("timed out: \(watch.reason?.code ?? result.code)", style)
            case .stopped: return Line("stopped", style)
            }
        }
        if isBlocked, let obstacle = watch.predictedDenial ?? watch.reason {
            return Line("blocked: \(obstacle.code)", .bad)
        }
        guard let cause = watch.cause else { return Line("the first attempt", .waiting) }
        switch cause {
        case .stability:
            return Line("\(watch.successes) of \(Watch.requiredSuccesses) successes in a row", .good)
        case .trouble: return Line(cause.phrase + (watch.reason.map { " (\($0.code))" } ?? ""), .caution)
        default: return Line(cause.phrase, .waiting)
        }
    }

    fileprivate func left(in state: ConsoleState) -> Line {
        if watch.result != nil { return Line("–", .faint) }
        guard let latest = watch.latest else { return Line("no upper bound known", .faint) }
        if watch.isOverdue(at: state.now) {
            let over = DurationColumn.largestUnit(seconds: latest.distance(to: state.now))
            return Line("overdue by \(over)", .caution)
        }
        let left = RelativeTime.left(latest).text(at: state.now)
        let end = state.clockText.short(latest, now: state.now)
        let instant = String(end.count > 8 ? end.dropFirst(5).prefix(5) : end.prefix(5))
        return Line(left.leftPadding(to: 7) + " ") + watch.bar(at: state.now, columns: Self.barColumns)
            + Line(" \(instant)", .faint)
    }

    fileprivate func next(in state: ConsoleState) -> Line {
        if watch.result != nil { return Line("–", .faint) }
        guard isRunning(in: state) else { return Line("not running", .caution) }
        return watch.next <= state.now
            ? Line("now", .pending) : Line(RelativeTime.left(watch.next).text(at: state.now))
    }
}

private struct WatchDetail {
    private static let legend: [(String, String, ResolvedStyle)] = [
        ("◷", "new token", .waiting), ("·", "same token", .waiting), ("○", "directory", .waiting),
        ("▲", "refused", .caution), ("✓", "works", .good), ("✕", "other failure", .bad),
    ]

    let entry: WatchList.Entry
    let state: ConsoleState

    private var watch: Watch { entry.watch }
    private var isRunning: Bool { entry.isRunning(in: state) }
    private var paragraphs: LabeledParagraphs {
        LabeledParagraphs(labelColumns: 9, reference: state.reference)
    }

    var remark: Line {
        if let result = watch.result {
            return entry.cause + Line(" · \(state.clockText.short(result.at, now: state.now))", .faint)
        }
        return Line("watched since \(state.clockText.short(watch.began, now: state.now))", .faint)
    }

    func lines(columns: Int) -> [Line] {
        let style: ResolvedStyle = watch.isOverdue(at: state.now) ? .caution : .text
        let why =
            watch.cause != nil || watch.result != nil || isRunning
            ? watch.summary(at: state.now) { state.clockText.short($0, now: state.now) }
            : "The first attempt has not been made."
        var lines = watch.result == nil ? holder(columns) + bar(columns) : []
        lines += paragraphs.lines("WHY", why, columns, style)
        if watch.result == nil {
            lines += paragraphs.lines("LEFT", left, columns)
            lines += paragraphs.lines("ACTION", action, columns)
        } else if let fix = watch.result?.fix, !fix.isEmpty {
            lines += paragraphs.lines("FIX", fix, columns)
        }
        return lines + tries(columns) + [Line()] + facts.flatMap { $0.lines(columns: columns) }
    }

    private var action: String {
        if entry.isBlocked {
            return watch.predictedDenial == nil
                ? "Waiting cannot help: \(state.key(.explain)) explains what to change."
                : "The trust policy must change: \(state.key(.explain)) explains how."
        }
        return watch.cause?.action(in: state)
            ?? (isRunning
                ? "None: the first attempt is about to start."
                : "Run `cambist wait \(ShellWord.posix(watch.mapping))`.")
    }

    private var left: String {
        let next = watch.next <= state.now ? "now" : "in \(RelativeTime.left(watch.next).text(at: state.now))"
        let attempt =
            isRunning ? "next attempt \(next)" : "paused; `cambist wait` continues the watch"
        let bound =
            watch.latest.map { latest in
                watch.isOverdue(at: state.now)
                    ? "the wait should have ended by \(state.clockText.short(latest, now: state.now))"
                    : "at most \(RelativeTime.left(latest).text(at: state.now))"
            } ?? "no upper bound known"
        return "\(bound) · \(estimate) · \(attempt)"
    }

    private var estimate: String {
        guard let cause = watch.cause, cause.isPropagation,
            let estimate = state.watches.estimate(for: cause), !estimate.isInsufficient
        else { return "no estimate yet" }
        func text(_ duration: Duration?) -> String {
            duration.map { DurationColumn.text(watch.timing.scaled($0)) } ?? "?"
        }
        return "usually \(text(estimate.median)), 90% within \(text(estimate.ninetiethPercentile)) "
            + "(\(estimate.count) past waits)"
    }

    /// Returns the instants of the wait, above a bar that extends from the start to the latest possible end.
    private func bar(_ columns: Int) -> [Line] {
        guard let latest = watch.latest, latest > watch.since, columns >= 40 else { return [] }
        let isAssigned = watch.assigned.map { $0 == watch.since } ?? false
        let start =
            "\(state.clockText.short(watch.since, now: state.now)) \(isAssigned ? "assigned" : "started")"
        let end = "\(state.clockText.short(latest, now: state.now)) at the latest"
        let share = watch.since.distance(to: state.now) / watch.since.distance(to: latest)
        let nowColumn = Int(clamping: share * Double(columns), to: 0...max(0, columns - 1))
        var heads = start.padding(to: columns - end.count) + end
        let nowStart = nowColumn - 1
        if nowStart > start.count + 1, nowStart + 3 < columns - end.count - 1 {
            let before = String(heads.prefix(nowStart))
            heads = before + "now" + String(heads.dropFirst(nowStart + 3))
        }
        let name = watch.cause?.delayingSystem ?? ""
        var line = watch.bar(at: state.now, columns: columns)
        let nameStart = (nowColumn - name.count - 2) / 2
        if !name.isEmpty, nameStart >= 2 {
            line =
                Line(String(repeating: "━", count: nameStart), .waiting) + Line(" \(name) ", .waiting)
                + watch.bar(at: state.now, columns: columns).dropping(columns: nameStart + name.count + 2)
        }
        return [Line(heads, .faint), line]
    }

    private func tries(_ columns: Int) -> [Line] {
        if watch.marks.isEmpty { return [] }
        let room = max(8, columns - paragraphs.labelColumns)
        let strip = watch.strip(columns: room)
        let seen = Set(strip.spans.flatMap { $0.text.map(String.init) })
        let legend = Self.legend.filter { seen.contains($0.0) }.map {
            Line($0.0, $0.2) + Line(" \($0.1)", .faint)
        }
        let head = Line("ATTEMPTS".padding(to: paragraphs.labelColumns), .title)
        return [head + strip]
            + Line.flow(legend, gap: 2, columns: room).map(paragraphs.indented)
    }

    private func holder(_ columns: Int) -> [Line] {
        if entry.isHere { return [] }
        guard isRunning, let holder = entry.stored.lease?.holder else {
            let text = "No process runs this watch."
            return [Line("▲ ", .caution) + Line(text.fitted(to: max(0, columns - 2)))]
        }
        let words = holder.split(separator: " ").prefix(2).joined(separator: ", PID ")
        return [Line("Run by another cambist process: \(words)".fitted(to: columns), .faint)]
    }

    private var facts: [Fact] {
        var facts: [Fact] = []
        if let reason = watch.reason { facts.append(Fact("failure", "\(reason.code)  \(reason.message)")) }
        if let token = watch.token {
            let roles = token.roles.isEmpty ? "no roles" : token.roles.joined(separator: " ")
            let seen = state.clockText.short(token.firstSeen, now: state.now)
            facts.append(Fact("token", "\(token.fingerprint), \(roles), first seen \(seen)"))
        }
        if watch.flaps > 0 { facts.append(Fact("relapses", "\(watch.flaps)")) }
        if watch.result == nil {
            if isRunning {
                facts.append(Fact("next", "attempt at \(state.clockText.short(watch.next, now: state.now))"))
            }
            facts.append(Fact("deadline", state.clockText.short(watch.deadline, now: state.now)))
        }
        return facts
    }
}

extension Watch {
    /// Returns a bar that fills until the latest possible end; a mark shows the earliest possible end.
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

    /// Returns the latest attempts, one character each, the last attempt at the right.
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
