import Drawing
import Federation

extension Binding {
    static let watch = Binding(
        "begin-watch",
        [.character("w")],
        in: [.mappings, .claims, .watch, .timeline],
        help: "Try the mapping again and again until it works",
        label: "watch",
        isChange: true,
        obstacle: { state in
            guard let id = state.watchable else { return "No mapping is selected." }
            guard state.roster[id] != nil else { return "\(id) is not in the configuration any more." }
            return state.watches[id].map { _ in "\(id) is being watched already; W stops that." }
        },
        perform: { state in
            guard let id = state.watchable else { return [] }
            let now = state.now
            state.roster.modify(id, now: now) { $0.plan = Plan(action: .attempt, at: now) }
            state.notice = Notice(.info, "\(id) is watched until it works.")
            return [.watch(id)]
        }
    )

    static let endWatch = Binding(
        "stop-watch",
        [.character("W")],
        in: [.mappings, .claims, .watch, .timeline],
        help: "Stop watching the mapping",
        isChange: true,
        obstacle: { state in
            guard let id = state.watchable else { return "No mapping is selected." }
            return state.watches[id] == nil ? "\(id) is not being watched; w begins that." : nil
        },
        perform: { state in state.watchable.map { [.endWatch($0)] } ?? [] }
    )
}

extension ConsoleState {
    /// The mapping that a watch would be about.
    fileprivate var watchable: RoleMapping.ID? {
        panel == .watch ? watches.entries.selected?.watch.id : roster.selected?.id
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
