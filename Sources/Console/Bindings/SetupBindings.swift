import Drawing
import Federation

extension Binding {
    static let plan = Binding(
        "plan",
        [.character("r")],
        in: [.setup],
        help: "Read the cloud objects that the mappings need",
        label: "read",
        obstacle: { state in
            state.obstacleWhilePending ?? (state.mappings.targets.isEmpty ? "No mapping is selected." : nil)
        },
        perform: { $0.planSetup() }
    )

    static let apply = Binding(
        "apply",
        [.character("a")],
        in: [.setup],
        help: "Ask, then create or update all objects or the selected one",
        label: "apply",
        isChange: true,
        obstacle: { state in
            if let obstacle = state.obstacleWhilePending { return obstacle }
            if state.setup.planned == nil {
                return "The clouds have not been read yet; \(state.key(.plan)) reads them."
            }
            return state.setup.open.isEmpty ? "Nothing is missing or different." : nil
        },
        perform: { $0.chooseObjectsToApply() }
    )
}

extension ConsoleState {
    fileprivate var obstacleWhilePending: String? {
        setup.pending.map { $0.work == .plan ? "Reading both clouds." : "Applying the plan." }
    }

    /// Reads both clouds; a plan of the same mappings stays visible until the result arrives.
    fileprivate mutating func planSetup() -> [Effect] {
        let targets = mappings.targets
        if targets.isEmpty { return [] }
        let request = nextRequest()
        setup.beginPlan(targets, request, now: now)
        return [.planSetup(targets, request)]
    }

    /// Reads both clouds if no setup work is pending and the plan is for other mappings.
    mutating func planShownMappings() -> [Effect] {
        setup.pending == nil && setup.mappings != mappings.targets ? planSetup() : []
    }

    /// Asks for approval of all missing and different objects.
    ///
    /// If the selected object is one of several such objects, a menu opens first.
    fileprivate mutating func chooseObjectsToApply() -> [Effect] {
        let all = setup.open.map(\.id)
        if let selected = setup.list.selected?.id, all.contains(selected), all.count > 1 {
            overlay = .menu(Menu(.apply(selected)))
            return []
        }
        return askToApply(all)
    }

    /// Reads both clouds again at the time ``SetupState/nextRead`` or later.
    mutating func readSetupAgain() -> [Effect] {
        guard let due = setup.nextRead, due <= now, setup.pending == nil, let ids = setup.mappings else {
            return []
        }
        let request = nextRequest()
        setup.beginPlan(ids, request, now: now)
        return [.planSetup(ids, request)]
    }

    /// Asks for approval of the changes that a fix needs; shows a notice if the plan has no changes.
    mutating func askToApplyFix() -> [Effect] {
        notice = nil
        let open = setup.open.map(\.id)
        if !open.isEmpty { return askToApply(open) }
        let names = Confirmation.listed(setup.mappings ?? [], atMost: 2)
        let unreadable = setup.plan.unreadable.first?.obstacle
        notice =
            unreadable.map {
                Notice(.warning, "Setup cannot read what \(names) needs: \($0.message) \($0.fix)")
            }
            ?? Notice(.warning, "Setup has nothing to change for \(names); \(key(.copyFix)) copies the fix.")
        return []
    }

    /// Asks for approval to apply objects of the current plan; shows an obstacle if no object can be changed.
    mutating func askToApply(_ objects: [SetupObject.ID]) -> [Effect] {
        let obstacle = setup.plan.objects.first { objects.contains($0.id) && $0.obstacle != nil }?.obstacle
        if let obstacle, setup.plan.changeable(among: objects).isEmpty {
            notice = Notice(.warning, "\(obstacle.messageWithCode) \(obstacle.fix)")
            return []
        }
        return ask(.applySetup(setup.plan, objects))
    }

    /// Applies an approved plan, unless setup work is pending or the plan is no longer current.
    mutating func applySetup(_ plan: SetupPlan, _ objects: [SetupObject.ID]) -> [Effect] {
        guard setup.pending == nil, let mappings = setup.mappings, setup.plan == plan else { return [] }
        let request = nextRequest()
        setup.beginApply(request, now: now)
        trust.invalidate(mappings)
        show(.setup)
        return [.applySetup(mappings, plan, objects, request)]
    }
}
