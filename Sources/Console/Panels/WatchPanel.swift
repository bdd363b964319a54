import Drawing
import Federation
import Propagation

extension Panel {
    /// What is being waited for, since when, and until when at the latest.
    static let watch = Panel(
        title: "Watch",
        help: "Mappings that are tried until they work: what they wait for, and how long still",
        columns: { state in
            [
                Column("", minimum: 1, priority: 0, gap: 1),
                Column(
                    "MAPPING",
                    minimum: 10,
                    ideal: max(14, state.roster.widths.name),
                    priority: 1,
                    cut: .middle
                ),
                Column("WAITING FOR", minimum: 12, comfort: 14, ideal: 14, priority: 2),
                Column("NEXT", minimum: 7, priority: 3, alignment: .right),
                Column("SURE BY", minimum: 8, priority: 4),
                Column("SINCE", minimum: 8, priority: 6, alignment: .right),
                Column("TRIES", minimum: 5, priority: 5, alignment: .right),
                Column("ATTEMPTS", minimum: 8, ideal: 40, priority: 7),
            ]
        },
        count: { $0.watches.entries.count },
        cells: { state, line in
            let entry = state.watches.entries[line]
            let watch = entry.watch
            return [
                entry.glyph, Line(watch.mapping), entry.cause, entry.next(in: state),
                watch.ending == nil ? watch.bar(at: state.now, columns: 8) : Line("–", .faint),
                Line(entry.since.text(at: state.now), .faint), Line("\(watch.attempts)", .faint),
                watch.strip(columns: 40),
            ]
        },
        times: { state, line in state.watches.entries[line].times },
        detail: { state in
            state.watches.entries.selected.map { entry in
                Detail(title: entry.watch.mapping) { columns in
                    WatchDetail(entry: entry, state: state).lines(columns: columns)
                }
            }
        },
        empty: { state in
            state.watches.entries.isEmpty
                ? ["Nothing is being watched.", "w in Mappings tries the selected mapping until it works."]
                : ["No watch matches the filter.", "Esc shows all of them again."]
        },
        cursor: \.watches.entries.cursor,
        filter: { $0.watches.entries.filter },
        setFilter: { $0.watches.entries.show(only: $1) },
        sorting: .watches
    )
}

extension WatchList.Entry {
    /// When it is over that, else since when it is waited.
    fileprivate var since: RelativeTime { .ago(watch.ending?.at ?? watch.since) }

    fileprivate var times: [RelativeTime] {
        guard watch.ending == nil else { return [since] }
        return [since, .left(watch.next)] + (watch.latest.map { [.left($0)] } ?? [])
    }

    /// Whether somebody asks.
    func isDriven(in state: ConsoleState) -> Bool {
        isHere || kept.isDriven(at: state.now)
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
        if let ending = watch.ending { return Line(ending.verdict.rawValue, glyph.spans[0].ink) }
        guard let cause = watch.cause else { return Line("–", .faint) }
        return cause == .stability
            ? Line("\(watch.successes) of \(Watch.requiredSuccesses)", .good) : Line(cause.words, .waiting)
    }

    fileprivate func next(in state: ConsoleState) -> Line {
        if watch.ending != nil { return Line("–", .faint) }
        guard isDriven(in: state) else { return Line("nobody", .caution) }
        return watch.next <= state.now
            ? Line("now", .pending) : Line(RelativeTime.left(watch.next).text(at: state.now))
    }
}
