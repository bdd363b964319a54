import Federation
import Foundation
import Provisioning

/// A plan as text, one paragraph per object.
struct SetupText {
    let plan: SetupPlan
    /// The mappings for commands in remedies; `nil` omits the remedies.
    var mapping: RoleMapping.ID?

    /// The maximum length of a name or a value; trust policies are never truncated.
    private static let width = 400

    var text: String {
        (plan.objects.map(paragraph) + [summary]).joined(separator: "\n")
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
        if let mapping, let remedy = object.remedy(mapping) {
            lines.append("       fix: \(remedy)")
        } else if let obstacle = object.obstacle {
            lines.append("       fix: \(obstacle.fix)")
        }
        lines += object.notes.map { "       note: \($0.text)" }
        return lines.joined(separator: "\n")
    }

    /// A difference: `+` adds, `-` removes, `~` changes.
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

/// Prints the steps of a setup on stderr when it is a terminal, or with `--verbose`.
struct SetupProgressText: Sendable {
    private let isShown: Bool

    init(_ options: GlobalOptions) {
        isShown = options.verbose || ProcessEnvironment.isTerminal(STDERR_FILENO)
    }

    @Sendable func report(_ step: SetupProgress) {
        guard isShown, let text = Self.text(step.phase) else { return }
        let name = VisibleText.oneLine(step.object.description, limit: 120)
        Report.say("\(name): \(VisibleText.oneLine(text, limit: 300))")
    }

    private static func text(_ phase: SetupProgress.Phase) -> String? {
        switch phase {
        case .reading: nil
        case .writing(let title): title
        case .waiting(let reason, let pause): "\(reason) (next read in \(DurationText.format(pause)))"
        case .done(let changed): changed ? "done" : nil
        case .removed: "removed"
        case .kept(let reason): "kept: \(reason)"
        case .failed(let failure): "failed: \(failure.messageWithCode)"
        }
    }
}
