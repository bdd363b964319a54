package import Federation
package import Foundation

/// What the clouds have of what some mappings need, as last read.
package struct SetupState: Hashable, Sendable {
    /// An object of the plan, and what happens to it.
    package struct Entry: Hashable, Sendable {
        package internal(set) var object: SetupObject
        /// What was last heard of it in the apply that runs, or that ran last.
        package internal(set) var phase: SetupProgress.Phase?
        /// Since when that happens, or is waited for, with how often it was looked for and when it is next.
        private(set) var course: Course?

        init(object: SetupObject, phase: SetupProgress.Phase? = nil) {
            self.object = object
            self.phase = phase
        }

        struct Course: Hashable, Sendable {
            let since: Date
            var looks = 0
            var next: Date?
        }

        /// Takes what happens to it; a wait that goes on for the same reason began when its first pause did.
        mutating func take(_ phase: SetupProgress.Phase?, now: Date) {
            var course = Course(since: now)
            if case .waiting(let reason, let pause) = phase {
                if case .waiting(reason, _) = self.phase, let earlier = self.course { course = earlier }
                course.looks += 1
                course.next = now.addingTimeInterval(pause.seconds)
            }
            self.phase = phase
            self.course = isUnderWay ? course : nil
        }

        /// Whether something happens to it now.
        var isUnderWay: Bool {
            switch phase {
            case .reading, .writing, .waiting: true
            default: false
            }
        }

        /// Whether the apply could not make it.
        var hasFailed: Bool {
            if case .failed = phase { true } else { false }
        }
    }

    /// What is asked of the clouds.
    package struct Pending: Hashable, Sendable {
        package enum Work: String, CaseIterable, Hashable, Sendable {
            case plan
            case apply
        }

        package let request: Request
        package let work: Work
        package let since: Date
    }

    /// The mappings that it is about; `nil` before the first question.
    package private(set) var about: [RoleMapping.ID]?
    /// In the order in which they are made.
    package private(set) var entries: [Entry] = []
    package private(set) var pending: Pending?
    /// Why there is no plan; `nil` when there is one, or none was asked for.
    package private(set) var failure: Failure?
    /// When the plan came.
    package private(set) var read: Date?
    var view = ListView()

    /// What is missing or different and can be made.
    package var open: [SetupObject] {
        entries.map(\.object).filter { $0.state == .missing || $0.state == .different }
    }

    /// The entries that pass the filter.
    var shown: [Entry] {
        let filter = view.filter
        return filter.isEmpty
            ? entries : entries.filter { filter.matches($0.searchText, state: $0.object.state.rawValue) }
    }

    var selected: Entry? {
        let shown = shown
        return shown.indices.contains(view.cursor.selected) ? shown[view.cursor.selected] : nil
    }

    /// An open object with those that must be there before it and are not.
    func withPrerequisites(_ id: SetupObject.ID) -> [SetupObject.ID] {
        let needed = id.kind.prerequisites
        return open.map(\.id).filter { $0 == id || needed.contains($0.kind) }
    }
}

extension SetupState {
    /// How far what is asked of the clouds is: `making 2 of 5`, `reading`.
    var progress: String? {
        guard let pending else { return nil }
        if pending.work == .plan { return "reading" }
        let wanted = entries.filter { $0.phase != nil || $0.object.state != .ok }
        let done = wanted.count { entry in
            if case .done = entry.phase { true } else { entry.hasFailed }
        }
        return "making, \(done) of \(wanted.count) done"
    }

    /// How the apply that ran last ended.
    var outcome: Notice {
        let made = entries.count { $0.phase == .done(changed: true) }
        let failed = entries.count(where: \.hasFailed)
        if failed == 0 {
            return Notice(.info, made == 0 ? "Everything was so already." : "\(made) made or changed.")
        }
        return Notice(.error, "\(made) made or changed, \(failed) failed; what failed says why.")
    }

    /// Forgets everything, as after another configuration.
    mutating func clear() {
        let view = view
        self = SetupState()
        self.view = view
    }

    /// Begins to read; what was read of the same mappings stays until the answer.
    mutating func plan(_ mappings: [RoleMapping.ID], _ request: Request, now: Date) {
        if about != mappings {
            entries = []
            read = nil
        }
        about = mappings
        failure = nil
        pending = Pending(request: request, work: .plan, since: now)
    }

    /// Begins to make what is missing.
    mutating func apply(_ request: Request, now: Date) {
        for index in entries.indices { entries[index].take(nil, now: now) }
        pending = Pending(request: request, work: .apply, since: now)
    }

    /// Takes what happens to an object, unless it belongs to an older question.
    mutating func take(_ progress: SetupProgress, of request: Request, now: Date) {
        guard pending?.request == request else { return }
        guard let index = entries.firstIndex(where: { $0.object.id == progress.object }) else { return }
        entries[index].take(progress.phase, now: now)
        if case .done = progress.phase {
            entries[index].object.state = .ok
            entries[index].object.differences = []
        }
    }

    /// Takes the answer to a question; `false` when it is an older one's.
    ///
    /// A failure leaves what was read before.
    mutating func finish(_ request: Request, _ result: Result<SetupPlan, Failure>, now: Date) -> Bool {
        guard let pending, pending.request == request else { return false }
        self.pending = nil
        switch result {
        case .success(let plan):
            let phases = Dictionary(entries.map { ($0.object.id, $0.phase) }) { first, _ in first }
            entries = plan.objects.map { object in
                let entry = Entry(object: object, phase: phases[object.id] ?? nil)
                let isOver = pending.work == .plan || object.state == .ok && entry.hasFailed
                return isOver ? Entry(object: object) : entry
            }
            failure = nil
            read = now
        case .failure(let failure):
            self.failure = failure
        }
        return true
    }
}

extension SetupState.Entry {
    fileprivate var searchText: SearchText {
        let id = object.id
        return SearchText("\(id.kind.cloud.rawValue) \(id.kind.title) \(id.name) \(object.state.rawValue)")
    }
}

extension SetupObject.Kind {
    /// What must be there before it, nearest last.
    fileprivate var prerequisites: [SetupObject.Kind] {
        switch self {
        case .identity, .application, .provider: []
        case .servicePrincipal: [.application]
        case .assignment: [.identity, .application, .servicePrincipal]
        case .role: [.identity, .provider]
        case .attachedPolicy, .inlinePolicy: [.identity, .provider, .role]
        }
    }
}
