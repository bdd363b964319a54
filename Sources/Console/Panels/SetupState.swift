package import Federation
package import FoundationEssentials

/// The objects in both clouds that the mappings of a plan need, as last read.
package struct SetupState: Hashable, Sendable {
    /// An object of the plan with the progress of its work.
    package struct Entry: ListEntry {
        package internal(set) var object: SetupObject
        /// The latest progress of reading or applying this object, if any.
        package internal(set) var phase: SetupProgress.Phase?
        private(set) var work: Work?
        /// Whether the object is applied, but the cloud does not show the object yet.
        private(set) var isPropagating = false

        package var id: SetupObject.ID { object.id }

        init(object: SetupObject, phase: SetupProgress.Phase? = nil) {
            self.object = object
            self.phase = phase
        }

        /// Creates an entry for an applied object that the cloud does not show yet.
        init(propagating object: SetupObject, now: Date, pause: Double) {
            self.object = object
            phase = .waiting("written; replicating", pause: .seconds(pause))
            isPropagating = true
            work = Work(since: now, attempts: 1, nextAttempt: now + pause)
        }

        /// Unfinished work on an object.
        struct Work: Hashable, Sendable {
            let since: Date
            var attempts = 0
            var nextAttempt: Date?
        }

        /// Applies progress; successive waits for one reason count as one wait.
        mutating func apply(_ phase: SetupProgress.Phase?, now: Date) {
            var work = Work(since: now)
            if case .waiting(let reason, let pause) = phase {
                if case .waiting(reason, _) = self.phase, let earlier = self.work { work = earlier }
                work.attempts += 1
                work.nextAttempt = now.addingTimeInterval(pause.seconds)
            }
            self.phase = phase
            isPropagating = false
            self.work = isRunning ? work : nil
            if case .done = phase {
                object.state = .ok
                object.differences = []
            }
        }

        var isRunning: Bool {
            switch phase {
            case .reading, .writing, .answered, .waiting: true
            default: false
            }
        }

        var hasFailed: Bool {
            if case .failed = phase { true } else { false }
        }

        package var filterText: String {
            "\(id.kind.cloud.rawValue) \(id.kind.title) \(id.name) \(object.state.rawValue)"
        }

        package var filterStates: [String] { [object.state.rawValue] }
    }

    /// A request to the clouds.
    package struct Pending: Hashable, Sendable {
        package enum Work: String, CaseIterable, Hashable, Sendable {
            case plan
            case apply
        }

        package let request: Request
        package let work: Work
        package let since: Date
        /// Whether the console asks the operator to apply the plan once the clouds are read.
        var asksToApply = false
    }

    /// The time, in seconds, between automatic reads of the clouds after an apply.
    private static let rereadInterval = 5.0
    /// The period after an apply, in seconds, in which the console repeats automatic reads.
    private static let rereadLimit = 300.0

    /// The mappings of the plan; `nil` before the first request.
    package private(set) var mappings: [RoleMapping.ID]?
    /// The plan as last read; ``list`` also shows the progress since that read.
    package private(set) var plan = SetupPlan()
    /// The objects in the order of creation.
    var list = ListModel<Entry>()
    package private(set) var pending: Pending?
    /// The failure of the last request to the clouds, if any.
    package private(set) var failure: Failure?
    /// The time at which the plan was read.
    package private(set) var planned: Date?
    /// The applied objects that the clouds do not show yet; `nil` if the console waits for no object.
    private var pendingPropagation: PendingPropagation?

    private struct PendingPropagation: Hashable {
        var ids: Set<SetupObject.ID>
        /// The time at which the console stops waiting for these objects.
        let until: Date
    }
    /// The time of the next automatic read of the clouds; `nil` if none is planned.
    private(set) var nextRead: Date?

    init() {}

    package var entries: [Entry] { Array(list.all) }

    /// The missing and different objects.
    package var open: [SetupObject] {
        entries.map(\.object).filter { $0.state == .missing || $0.state == .different }
    }

    /// Returns an open object, preceded by its open dependencies.
    func withDependencies(_ id: SetupObject.ID) -> [SetupObject.ID] {
        let objects = Dictionary(open.map { ($0.id, $0) }) { first, _ in first }
        var needed: Set<SetupObject.ID> = []
        var next = [id]
        while let id = next.popLast() {
            if needed.insert(id).inserted { next += objects[id]?.dependencies ?? [] }
        }
        return open.map(\.id).filter(needed.contains)
    }

    /// The progress of the request: `reading`, `applying, 2 of 5 done`.
    var progress: String? {
        guard let pending else { return nil }
        if pending.work == .plan { return "reading" }
        let wanted = entries.filter { $0.phase != nil || $0.object.state != .ok }
        let done = wanted.count { entry in
            if case .done = entry.phase { true } else { entry.hasFailed }
        }
        return "applying, \(done) of \(wanted.count) done"
    }

    private func outcome(changed: Int) -> Notice {
        let failed = entries.count(where: \.hasFailed)
        if failed == 0 {
            if changed == 0 { return Notice(.info, "Nothing to change.") }
            let names = Confirmation.listed(mappings ?? [], atMost: 2)
            let next =
                isApplied
                ? " Watching \(names) until \(mappings?.count == 1 ? "it works" : "they work")." : ""
            return Notice(.info, "\(changed) created or changed.\(next)")
        }
        return Notice(
            .error,
            "\(changed) created or changed, \(failed) failed; select an object for its error."
        )
    }

    /// Drops the plan after the configuration changed.
    mutating func clear() {
        var cleared = SetupState()
        cleared.list.show(only: list.filter)
        self = cleared
    }

    /// Starts reading the clouds; keeps a plan of the same mappings until the answer arrives.
    mutating func beginPlan(
        _ mappings: [RoleMapping.ID],
        _ request: Request,
        now: Date,
        asksToApply: Bool = false
    ) {
        if self.mappings != mappings {
            plan = SetupPlan()
            list.replace(with: [])
            planned = nil
            pendingPropagation = nil
        }
        self.mappings = mappings
        failure = nil
        nextRead = nil
        pending = Pending(request: request, work: .plan, since: now, asksToApply: asksToApply)
    }

    mutating func beginApply(_ request: Request, now: Date) {
        for id in entries.map(\.id) { list.modify(id) { $0.apply(nil, now: now) } }
        pending = Pending(request: request, work: .apply, since: now)
    }

    /// Applies progress of an object; ignores an outdated request.
    mutating func apply(_ progress: SetupProgress, of request: Request, now: Date) {
        guard pending?.request == request else { return }
        list.modify(progress.object) { $0.apply(progress.phase, now: now) }
    }

    /// Stores the answer to a request and returns a notice; ignores an outdated request.
    ///
    /// A failure keeps the plan.
    mutating func finish(_ request: Request, _ result: Result<SetupPlan, Failure>, now: Date) -> Notice? {
        guard let pending, pending.request == request else { return nil }
        self.pending = nil
        switch result {
        case .success(let plan):
            self.plan = plan
            failure = nil
            planned = now
            updatePendingPropagation(after: pending.work, now: now)
            let hidden = pendingPropagation?.ids ?? []
            let objects = plan.objects.map { object in
                if hidden.contains(object.id) {
                    return Entry(propagating: object, now: now, pause: Self.rereadInterval)
                }
                let entry = Entry(object: object, phase: list[id: object.id]?.phase)
                let dropsProgress = pending.work == .plan || object.state == .ok && entry.hasFailed
                return dropsProgress ? Entry(object: object) : entry
            }
            let changed = entries.count { $0.phase == .done(changed: true) }
            list.replace(with: objects)
            return pending.work == .apply ? outcome(changed: changed) : nil
        case .failure(let failure):
            self.failure = failure
            // Without a plan the panel itself shows the failure.
            return list.isEmpty ? nil : Notice(.error, "\(failure.messageWithCode) \(failure.fix)")
        }
    }

    /// Records the applied objects that the plan does not show yet, and schedules the next read.
    private mutating func updatePendingPropagation(after work: Pending.Work, now: Date) {
        let unready = Set(plan.pending.map(\.id))
        if work == .apply {
            let made = Set(entries.filter { $0.phase == .done(changed: true) }.map(\.id))
            pendingPropagation = PendingPropagation(ids: made, until: now + Self.rereadLimit)
        }
        pendingPropagation?.ids.formIntersection(unready)
        if let rest = pendingPropagation, rest.ids.isEmpty || rest.until <= now { pendingPropagation = nil }
        nextRead = pendingPropagation == nil ? nil : now + Self.rereadInterval
    }

    /// Whether all changes are applied, including those that the clouds do not show yet.
    var isApplied: Bool {
        planned != nil && Set(plan.pending.map(\.id)).isSubset(of: pendingPropagation?.ids ?? [])
    }
}
