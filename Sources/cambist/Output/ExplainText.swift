import Diagnosis
import Federation
import Foundation
import TrustPolicy

/// An explanation as text: the decision, the causes in the order to act on them, then what is weak.
struct ExplainText {
    let explanation: Explanation
    /// The source of the trust policy, for a mapping.
    var knowledge: RoleInspection?

    var text: String {
        var blocks = [decision]
        blocks += explanation.causes.enumerated().map { cause($0.element, number: $0.offset + 1) }
        if !explanation.lint.isEmpty { blocks.append(lint) }
        return blocks.joined(separator: "\n\n")
    }

    private var decision: String {
        let place = explanation.statement.map { " (Statement[\($0)])" } ?? ""
        var lines = explanation.isProven ? ["The exchange works."] : []
        lines.append("\(sentence)\(place).")
        if let condition = explanation.condition {
            lines += [
                "  condition  \(condition.operator) \(Self.shown(condition.key))",
                "  required   \(Self.list(condition.required))",
                "  found      \(Self.list(condition.found))",
            ]
        }
        return (lines + origin).joined(separator: "\n")
    }

    private var origin: [String] {
        guard let knowledge else { return [] }
        // That it is not known was said already.
        let origin = knowledge.source == .nowhere ? [] : [Self.shown(knowledge.origin)]
        guard let problem = knowledge.problem else { return origin }
        return origin + ["IAM: \(Self.sentence(problem.message)) \(Self.shown(problem.fix))"]
    }

    private var sentence: String {
        switch explanation.decision {
        case .allow where explanation.isProven: "The trust policy allows it"
        case .allow: "The trust policy allows it, which is not to say that AWS will"
        case .deny: "The trust policy does not allow it"
        case .explicitDeny: "The trust policy denies it"
        case .undetermined where explanation.knowsPolicy && !explanation.hasToken:
            "There is no token for which the trust policy could be judged"
        case .undetermined where explanation.knowsPolicy:
            "What the trust policy says depends on what is not known here"
        case .undetermined: "The trust policy is not known here; --trust-policy or trust_policy_file gives it"
        case .invalid: "There is nothing that could be evaluated"
        }
    }

    private func cause(_ cause: Cause, number: Int) -> String {
        """
        \(number). \(Self.shown(cause.summary)) [\(cause.id)]
           evidence  \(Self.shown(cause.evidence))
           fix       \(Self.lines(cause.fix, indent: 13))
        """ + (cause.possibleCauses.map(possibleCauses) ?? "")
    }

    /// Formats the other possible causes, and the way to find out.
    private func possibleCauses(_ possible: PossibleCauses) -> String {
        """

           other possible causes:
        \(possible.causes.map { "   - \(Self.shown($0))" }.joined(separator: "\n"))
           to find out: \(Self.shown(possible.toFindOut))
        """
    }

    private var lint: String {
        let findings = explanation.lint.map { finding in
            "  \(finding.severity.rawValue.padding(toLength: 6, withPad: " ", startingAt: 0))  "
                + "\(Self.shown(finding.message)) [\(finding.id)]"
        }
        return (["Weak in the trust policy:"] + findings).joined(separator: "\n")
    }

    private static func sentence(_ text: String) -> String {
        let isClosed = text.last.map(".!?:".contains) ?? true
        return shown(text) + (isClosed ? "" : ".")
    }

    private static func list(_ values: [String]) -> String {
        values.isEmpty ? "nothing" : values.map(shown).joined(separator: ", ")
    }

    /// A text of several lines, those after the first indented.
    private static func lines(_ text: String, indent: Int) -> String {
        text.split(separator: "\n").map { shown(String($0)) }
            .joined(separator: "\n" + String(repeating: " ", count: indent))
    }

    /// Policies have at most some thousand characters, and a command that is cut short is of no use.
    private static func shown(_ text: String) -> String {
        VisibleText.oneLine(text, limit: 20_000)
    }
}
