import Federation
import Provisioning

/// A plan as text, one paragraph per object.
struct SetupText {
    let plan: SetupPlan
    /// The mappings for commands in remedies; `nil` omits the remedies.
    var mapping: RoleMapping.ID?

    /// The longest text of a name or a value; trust policies are never cut.
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
        if let obstacle = object.obstacle { lines.append("       ! \(obstacle.code): \(obstacle.message)") }
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
