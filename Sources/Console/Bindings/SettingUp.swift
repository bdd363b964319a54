import Drawing
import Federation

extension Binding {
    static let plan = Binding(
        "plan",
        [.character("r")],
        in: [.setup],
        help: "Read what both clouds have of what the marked or selected mappings need",
        label: "read",
        obstacle: \.obstacleToPlan
    ) { $0.planSetup() }

    static let apply = Binding(
        "apply",
        [.character("a")],
        in: [.setup],
        help: "Make what is missing and change what is different, one or all, after a question",
        label: "apply",
        isChange: true,
        obstacle: \.obstacleToApply
    ) { $0.chooseWhatToApply() }
}

extension ConsoleState {
    fileprivate var obstacleToPlan: String? {
        if let pending = setup.pending {
            return pending.work == .plan ? "Both clouds are being asked." : "The set-up is being made."
        }
        return targets.isEmpty ? "No mapping is selected." : nil
    }

    fileprivate var obstacleToApply: String? {
        if let pending = setup.pending {
            return pending.work == .plan ? "Both clouds are being asked." : "The set-up is being made."
        }
        if setup.read == nil { return "Nothing has been read yet; r reads what both clouds have." }
        return setup.open.isEmpty ? "Nothing is missing or different." : nil
    }

    /// Asks both clouds; what is shown stays until the answer.
    fileprivate mutating func planSetup() -> [Effect] {
        let targets = targets
        if targets.isEmpty { return [] }
        let request = nextRequest()
        setup.plan(targets, request, now: now)
        return [.planSetup(targets, request)]
    }

    /// Asks both clouds when the set-up is looked at for the first time, or is of other mappings than before.
    mutating func planWhatIsLookedAt() -> [Effect] {
        guard panel == .setup, setup.pending == nil, setup.about != targets else { return [] }
        return planSetup()
    }

    /// Asks what to make, where there is a choice.
    fileprivate mutating func chooseWhatToApply() -> [Effect] {
        let all = setup.open.map(\.id)
        if let selected = setup.selected, all.contains(selected.object.id), all.count > 1 {
            overlay = .menu(Menu(.apply(selected.object.id)))
            return []
        }
        return ask(.applySetup(all))
    }

    /// Makes these objects, of the plan that is shown.
    mutating func applySetup(_ objects: [SetupObject.ID]) -> [Effect] {
        guard setup.pending == nil, let about = setup.about else { return [] }
        let request = nextRequest()
        setup.apply(request, now: now)
        return [.applySetup(about, objects, request)]
    }
}
