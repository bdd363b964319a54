import Diagnosis
import Drawing
import Federation

// Copying and applying fixes, and moving between causes and mappings.
extension Binding {
    private static let panels: [Panel.ID] = [.mappings, .claims, .trust, .watch, .timeline, .explain]

    static let copyFix = Binding(
        "copy-fix",
        [.character("c")],
        in: panels,
        help: "Copy the command that fixes the selected or first cause",
        label: "copy fix",
        obstacle: { $0.obstacleToFix ?? $0.obstacleToCopyFix },
        isUseful: \.hasFixCommands,
        perform: { $0.fix(.copy) }
    )

    static let applyFix = Binding(
        "apply-fix",
        [.character("a")],
        in: panels,
        help: "Fix the mapping through setup, after showing the changes",
        label: "apply",
        isChange: true,
        obstacle: { $0.setup.pending == nil ? $0.obstacleToFix : "Setup is already running." },
        isUseful: \.isFixedBySetup,
        perform: { $0.fix(.apply) }
    )

    static let nextCause = Binding(
        "next-cause",
        [.character("n")],
        in: [.explain],
        help: "Show the next cause",
        label: "next cause",
        obstacle: { state in
            let count = state.trust.page?.explanation.causes.count ?? 0
            return count > 1 ? nil : "There is no other cause."
        },
        perform: { state in
            state.showNextCause()
            return []
        }
    )

    static let copyReport = Binding(
        "copy-report",
        [.character("y")],
        in: [.explain],
        help: "Copy the explanation as text",
        label: "copy report",
        obstacle: { $0.mappings.selected == nil ? "No mapping is selected." : nil },
        perform: { state in
            guard let id = state.mappings.selected?.id else { return [] }
            return [.copy(state.explanationText, label: "the explanation of \(id)")]
        }
    )

    static let copyClaim = Binding(
        "copy-claim",
        [.character("y")],
        in: [.claims],
        help: "Copy the selected claim's value",
        label: "copy value",
        obstacle: { $0.claims.list.selected == nil ? "No claim is selected." : nil },
        perform: { state in
            guard let claim = state.claims.list.selected else { return [] }
            return [.copy(claim.copyText, label: "the claim \(claim.name)")]
        }
    )

    static let copyClaims = Binding(
        "copy-claims",
        [.character("Y")],
        in: [.claims],
        help: "Copy all claims as JSON",
        label: "copy all",
        obstacle: { $0.mappings.selected?.lastRecord?.token == nil ? "There is no token." : nil },
        perform: { state in
            guard let row = state.mappings.selected else { return [] }
            return [.copy(CopyItem.claims.text(of: row), label: "the claims of \(row.id)")]
        }
    )

    static let previousMapping = step("previous-mapping", "[", "Show the previous mapping", by: -1)
    static let nextMapping = step("next-mapping", "]", "Show the next mapping", by: 1)

    private static func step(_ id: String, _ key: Character, _ help: String, by step: Int) -> Binding {
        Binding(id, [.character(key)], in: [.claims, .trust, .explain], help: help) { state in
            state.mappings.list.count < 2 ? "There is no other mapping in the list." : nil
        } perform: { state in
            let count = state.mappings.list.count
            state.mappings.list.cursor.select((state.mappings.list.cursor.selected + step + count) % count)
            if state.panel == .explain { state.explain = ExplainState() }
            if state.reading != nil { state.reading = ListCursor() }
            return []
        }
    }
}

/// An action on a fix; the console performs the action after the role is read.
enum FixAction: Hashable, Sendable {
    case copy
    case apply
}

private struct MissingCommand: Error {
    let text: String
}

extension ConsoleState {
    fileprivate var obstacleToFix: String? {
        guard let id = subject, let row = mappings[id] else { return "No mapping is selected." }
        let record = panel == .explain ? explain.record ?? row.lastRecord : row.lastRecord
        guard let record else { return "\(id) has no exchange yet; \(key(.refresh)) exchanges its token." }
        let hasWarning = record.steps.contains { $0.outcome == .warn || $0.outcome == .failed }
        return hasWarning || panel == .explain ? nil : "\(id) works; there is nothing to fix."
    }

    /// The reason why no command can be copied, if any; always `nil` before the role is read.
    fileprivate var obstacleToCopyFix: String? {
        guard let id = subject, inspected(id).inspection != nil else { return nil }
        if case .failure(let reason) = fixCommands(of: id) { return reason.text }
        return nil
    }

    /// Whether a command can fix the cause from ``causeToFix(of:)``.
    fileprivate var hasFixCommands: Bool {
        guard let id = subject, case .success = fixCommands(of: id) else { return false }
        return true
    }

    /// Whether setup can fix the cause from ``causeToFix(of:)``.
    fileprivate var isFixedBySetup: Bool {
        guard let (cause, explanation) = subject.flatMap(causeToFix) else { return false }
        return explanation.settledBySetup.contains(cause.id)
    }

    /// Copies or applies the fix of the selected mapping, after the mapping's role is read.
    fileprivate mutating func fix(_ action: FixAction) -> [Effect] {
        guard let id = subject else { return [] }
        if inspected(id).inspection != nil { return perform(action, on: id) }
        trust.waiting = TrustState.WaitingFix(mapping: id, action: action)
        notice = Notice(.info, "Reading the role of \(hop(of: id)) …")
        return explainIfUnknown(id)
    }

    /// Performs the action that waits for this role, if any.
    mutating func continueFix(inspected id: RoleMapping.ID) -> [Effect] {
        guard let waiting = trust.waiting, hop(of: waiting.mapping) == id, trust[id].inspection != nil else {
            return []
        }
        trust.waiting = nil
        notice = nil
        return perform(waiting.action, on: waiting.mapping)
    }

    private mutating func perform(_ action: FixAction, on id: RoleMapping.ID) -> [Effect] {
        switch action {
        case .copy: copyFix(of: id)
        case .apply: planFix(of: id)
        }
    }

    private mutating func copyFix(of id: RoleMapping.ID) -> [Effect] {
        switch fixCommands(of: id) {
        case .success(let fix):
            return [.copy(fix.commands.joined(separator: "\n"), label: "the fix of \(id) (\(fix.cause))")]
        case .failure(let reason):
            notice = Notice(.warning, reason.text)
            return []
        }
    }

    /// Returns the commands for the cause from ``causeToFix(of:)``, or the reason why none exist.
    private func fixCommands(
        of id: RoleMapping.ID
    ) -> Result<(cause: String, commands: [String]), MissingCommand> {
        guard let cause = causeToFix(of: id)?.cause else {
            return .failure(MissingCommand(text: "No cause is known for \(id)."))
        }
        if cause.commands.isEmpty {
            let advice = cause.fix.split(separator: "\n").first.map(String.init) ?? ""
            return .failure(MissingCommand(text: "\(id): no command fixes this. \(advice)"))
        }
        return .success((cause.id, cause.commands))
    }

    /// Returns the cause on the screen in Explain; in other panels, the first cause of the mapping's last exchange.
    ///
    /// A cause that only reports a failure of the hub (the mapping in `via`) is skipped if other causes exist.
    private func causeToFix(of id: RoleMapping.ID) -> (cause: Cause, explanation: Explanation)? {
        let record = panel == .explain ? explain.record : nil
        guard let explanation = explanation(of: id, record: record ?? mappings[id]?.lastRecord) else {
            return nil
        }
        let causes = explanation.causes
        let isShown = panel == .explain && causes.indices.contains(explain.cause)
        let shown = isShown && !causes[explain.cause].isHubFailure ? causes[explain.cause] : nil
        return (shown ?? explanation.firstFixableCause).map { ($0, explanation) }
    }

    private mutating func planFix(of id: RoleMapping.ID) -> [Effect] {
        let id = hop(of: id)
        let request = nextRequest()
        setup.beginPlan([id], request, now: now, asksToApply: true)
        notice = Notice(.info, "Reading what setup would change for \(id) …")
        return [.planSetup([id], request)]
    }
}
