import Drawing
import Federation
import Propagation

extension Binding {
    static let watch = Binding(
        "begin-watch",
        [.character("w")],
        in: [.mappings, .claims, .watch, .timeline],
        help: "Try the marked mappings, or the selected one, again and again until they work",
        label: "watch",
        isChange: true,
        obstacle: { state in
            let ids = state.watchable
            guard let first = ids.first else { return "No mapping is selected." }
            if ids.count > 1 {
                return state.unwatched.isEmpty ? "All marked mappings are being watched; W stops that." : nil
            }
            guard state.roster[first] != nil else { return "\(first) is not in the configuration any more." }
            return state.watches[first].map { _ in "\(first) is being watched already; W stops that." }
        },
        perform: { state in
            let (ids, now) = (state.unwatched, state.now)
            for id in ids {
                state.roster.modify(id, now: now) { $0.plan = Plan(action: .attempt, at: now) }
            }
            state.notice = Notice(
                .info,
                ids.count == 1
                    ? "\(ids[0]) is watched until it works."
                    : "\(ids.count) mappings are watched until they work."
            )
            return ids.map { .watch($0) }
        }
    )

    static let endWatch = Binding(
        "stop-watch",
        [.character("W")],
        in: [.mappings, .claims, .watch, .timeline],
        help: "Stop watching the marked mappings, or the selected one",
        isChange: true,
        obstacle: { state in
            let ids = state.watchable
            guard let first = ids.first else { return "No mapping is selected." }
            guard ids.allSatisfy({ state.watches[$0] == nil }) else { return nil }
            return ids.count > 1
                ? "No marked mapping is being watched; w begins that."
                : "\(first) is not being watched; w begins that."
        },
        perform: { state in
            state.watchable.filter { state.watches[$0] != nil }.map { .endWatch($0) }
        }
    )
}

extension ConsoleState {
    /// The mappings that a watch would be about: the marked ones count where marks are shown.
    fileprivate var watchable: [RoleMapping.ID] {
        switch panel {
        case .watch: watches.entries.selected.map { [$0.watch.id] } ?? []
        case .mappings, .timeline: targets
        default: roster.selected.map { [$0.id] } ?? []
        }
    }

    /// Those of them that nobody watches yet.
    fileprivate var unwatched: [RoleMapping.ID] {
        watchable.filter { roster[$0] != nil && watches[$0] == nil }
    }

    /// Takes the end of a watch, and tells of it.
    mutating func end(_ watch: Watch) -> [Effect] {
        watches.end([watch])
        roster.modify(watch.id, now: now) { if $0.plan?.action == .attempt { $0.plan = nil } }
        guard let ending = watch.ending else { return [] }
        switch ending.verdict {
        case .works: notice = Notice(.info, "\(watch.mapping) works.")
        case .cannot:
            notice = Notice(
                .error,
                "\(watch.mapping): waiting does not help: \(ending.code): \(ending.message)"
            )
        case .timedOut: notice = Notice(.error, "\(watch.mapping): \(ending.message)")
        case .stopped: notice = Notice(.info, "\(watch.mapping) is watched no more.")
        }
        return announcer.announcement(of: watch, at: now).map { [.announce($0)] } ?? []
    }
}
