import Drawing
import Federation
import Propagation

extension Binding {
    static let watch: Binding = Binding(
        "begin-watch",
        [.character("w")],
        in: mappingPanels + [.setup],
        help: "Retry marked mappings (none: the selected one) until they work",
        label: "watch",
        isChange: true,
        obstacle: { state in
            let ids = state.watchTargets
            guard let first = ids.first else { return "No mapping is selected." }
            if ids.count > 1 {
                return state.unwatched.isEmpty
                    ? "All of these mappings are watched; \(state.key(.endWatch)) stops the watches." : nil
            }
            guard state.mappings.list.contains(first) else {
                return "\(first) is no longer in the configuration."
            }
            return state.watches[first].map { _ in
                "\(first) is already watched; \(state.key(.endWatch)) stops the watch."
            }
        },
        perform: { state in
            let (ids, now) = (state.unwatched, state.now)
            for id in ids {
                state.mappings.modify(id, now: now) { $0.plan = Plan(action: .attempt, at: now) }
            }
            let subject = ids.count == 1 ? ids[0] : "\(ids.count) mappings"
            state.notice = Notice(.info, "Watching \(subject).")
            return ids.map { .watch($0) }
        }
    ).requesting(.watch)

    static let clearEnded = Binding(
        "clear-finished",
        [.character("x")],
        in: [.watch],
        help: "Clear ended watches from the list",
        label: "clear",
        obstacle: { $0.watches.hasEnded ? nil : "No watch has ended." },
        perform: { state in
            state.watches.clearEnded()
            return []
        }
    )

    static let endWatch: Binding = Binding(
        "stop-watch",
        [.character("W")],
        in: mappingPanels + [.setup],
        help: "Stop watching marked mappings (none marked: the selected one)",
        label: "stop",
        isChange: true,
        obstacle: { state in
            let ids = state.watchTargets
            guard let first = ids.first else { return "No mapping is selected." }
            guard ids.allSatisfy({ state.watches[$0] == nil }) else { return nil }
            return ids.count > 1
                ? "None of these mappings is watched; \(state.key(.watch)) starts a watch."
                : "\(first) is not watched; \(state.key(.watch)) starts a watch."
        },
        isUseful: { $0.panel != .fleet || $0.fleetTarget.map { $0.state.isWatched } ?? false },
        perform: { state in
            state.watchTargets.filter { state.watches[$0] != nil }.map { .endWatch($0) }
        }
    ).requesting(.stop)
}

extension ConsoleState {
    /// The mappings to watch or to stop watching; marked mappings are included only in panels that show marks.
    fileprivate var watchTargets: [RoleMapping.ID] {
        switch panel {
        case .watch: watches.list.selected.map { [$0.watch.id] } ?? []
        case .mappings, .timeline: mappings.targets
        default: panel.panel.subjects(self)
        }
    }

    fileprivate var unwatched: [RoleMapping.ID] {
        watchTargets.filter { mappings.list.contains($0) && watches[$0] == nil }
    }

    /// Records the end of a watch and notifies the operator.
    mutating func end(_ watch: Watch) -> [Effect] {
        watches.end([watch]) { [mappings] in mappings[$0]?.mapping }
        mappings.modify(watch.id, now: now) { if $0.plan?.action == .attempt { $0.plan = nil } }
        guard let result = watch.result else { return [] }
        switch result.verdict {
        case .works: notice = Notice(.info, "\(watch.mapping) works.")
        case .cannot:
            notice = Notice(.error, "\(watch.mapping) is blocked: \(result.code): \(result.message)")
        case .blocked, .timedOut: notice = Notice(.error, "\(watch.mapping): \(result.message)")
        case .stopped: notice = Notice(.info, "Stopped watching \(watch.mapping).")
        }
        return notifier.notification(of: watch, at: now).map { [.announce($0)] } ?? []
    }
}
