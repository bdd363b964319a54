import Federation
import FoundationEssentials
import Glibc
import Provisioning
import Synchronization

/// A plan as text, one paragraph per object.
struct SetupText {
    let plan: SetupPlan
    /// The mappings for suggested commands.
    ///
    /// Without mappings, the text suggests no command of setup.
    var mappings: [RoleMapping.ID]?

    /// The maximum length of a printed name or value; trust policies are never truncated.
    private static let width = 400

    var text: String {
        (plan.objects.map(paragraph) + plan.sources.map(\.sentence) + [summary]).joined(separator: "\n")
    }

    private func paragraph(_ object: SetupObject) -> String {
        let name = VisibleText.oneLine(object.id.name, limit: Self.width)
        var lines = [
            [
                object.id.kind.cloud.rawValue.padded(to: 5), object.state.rawValue.padded(to: 10),
                object.id.kind.title.padded(to: 19), name,
            ].joined(separator: "  ")
        ]
        lines += object.differences.map { "       " + Self.line($0) }
        if let obstacle = object.obstacle { lines.append("       ! \(obstacle.messageWithCode)") }
        if let mappings, let remedy = object.remedy(mappings) {
            lines.append("       fix: \(remedy)")
        } else if let obstacle = object.obstacle {
            lines.append("       fix: \(obstacle.fix)")
        }
        lines += object.notes.map { "       note: \($0.text)" }
        return lines.joined(separator: "\n")
    }

    /// Returns the line of a difference: `+` for an addition, `-` for a removal, `~` for a change.
    private static func line(_ difference: SetupDifference) -> String {
        let limit = difference.property.hasPrefix("AssumeRolePolicyDocument") ? Int.max : width
        let old = VisibleText.oneLine(difference.found.joined(separator: ", "), limit: limit)
        let new = VisibleText.oneLine(difference.wanted.joined(separator: ", "), limit: limit)
        if difference.found.isEmpty { return "+ \(difference.property): \(new)" }
        if difference.wanted.isEmpty { return "- \(difference.property): \(old)" }
        return "~ \(difference.property): \(old) -> \(new)"
    }

    private var summary: String {
        let counts = SetupObject.State.allCases.compactMap { state -> String? in
            let count = plan.objects.count { $0.state == state }
            return count == 0 ? nil : "\(count) \(state.rawValue)"
        }
        return counts.joined(separator: ", ") + "."
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}

/// Prints the steps of a setup on stderr.
///
/// Without a terminal and without `--verbose`, only the reasons for waiting are printed, each once per object. The
/// operator must see a reason (for example, a cloud's refusal) before the wait ends.
final class SetupProgressText: Sendable {
    private let showsAll: Bool
    private let shownWaits = Mutex(Set<String>())

    init(_ options: GlobalOptions) {
        showsAll = options.verbose || ProcessEnvironment.isTerminal(STDERR_FILENO)
    }

    @Sendable func report(_ step: SetupProgress) {
        guard let text = text(step) else { return }
        let name = VisibleText.oneLine(step.object.description, limit: 120)
        Report.say("\(name): \(VisibleText.oneLine(text, limit: 300))")
    }

    private func text(_ step: SetupProgress) -> String? {
        if showsAll { return Self.text(step.phase) }
        guard case .waiting(let reason, _) = step.phase else { return nil }
        let isNew = shownWaits.withLock { $0.insert("\(step.object) \(reason)").inserted }
        return isNew ? "waiting: \(reason)" : nil
    }

    private static func text(_ phase: SetupProgress.Phase) -> String? {
        switch phase {
        case .reading, .answered: nil
        case .writing(let title): title
        case .waiting(let reason, let pause): "\(reason) (next read in \(DurationText.format(pause)))"
        case .done(let changed): changed ? "done" : nil
        case .removed: "removed"
        case .kept(let reason): "kept: \(reason)"
        case .failed(let failure): "failed: \(failure.messageWithCode)"
        }
    }
}
