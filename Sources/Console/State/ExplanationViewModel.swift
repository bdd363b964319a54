import Diagnosis
import Drawing
package import Federation
import TrustPolicy

/// An explanation that lies over the panel, to be scrolled through.
package struct ExplanationViewModel: Hashable, Sendable {
    package let mapping: RoleMapping.ID
    /// The exchange that is explained; the mapping's last one when `nil`.
    let record: ExchangeRecord?
    /// The first line shown.
    var top = 0

    init(mapping: RoleMapping.ID, record: ExchangeRecord? = nil) {
        self.mapping = mapping
        self.record = record
    }

    var title: String { "Why \(mapping) works or does not" }

    /// The explanation for a number of columns.
    func lines(in state: ConsoleState, columns: Int) -> [Line] {
        let record = record ?? state.roster[mapping]?.lastRecord
        guard let evidence = state.evidence(of: mapping, record: record) else {
            return [Line("\(mapping) is no mapping any more.")]
        }
        let knowledge = state.trust[mapping].knowledge
        return ExplanationLines(
            Explanation(evidence),
            knowledge,
            isReading: state.trust[mapping].pending != nil
        )
        .lines(columns: max(12, columns))
    }

    /// The same as plain text, for the clipboard.
    func text(in state: ConsoleState) -> String {
        lines(in: state, columns: 10_000).map(\.text).joined(separator: "\n")
    }
}

/// An explanation as lines: the decision, the causes in the order to act on them, then what is weak.
struct ExplanationLines {
    private let explanation: Explanation
    private let knowledge: RoleInspection?
    private let isReading: Bool

    init(_ explanation: Explanation, _ knowledge: RoleInspection?, isReading: Bool) {
        self.explanation = explanation
        self.knowledge = knowledge
        self.isReading = isReading
    }

    func lines(columns: Int) -> [Line] {
        var lines = decision(columns)
        for (order, cause) in explanation.causes.enumerated() {
            lines.append(Line())
            lines += Self.paragraph("\(order + 1). ", .bad, cause.summary, columns)
            lines += Self.paragraph("   seen ", .faint, cause.evidence, columns)
            for (line, part) in cause.fix.split(separator: "\n").enumerated() {
                lines += Self.paragraph(line == 0 ? "   do   " : "        ", .accent, String(part), columns)
            }
            if let question = cause.possibleCauses { lines += Self.open(question, columns) }
        }
        if !explanation.lint.isEmpty { lines += [Line(), Line("Weak in the trust policy", .heading)] }
        for finding in explanation.lint {
            lines += Self.paragraph("  \(finding.severity.rawValue) ", .caution, finding.message, columns)
        }
        return lines
    }

    /// What a cause leaves open, and what would tell.
    private static func open(_ question: PossibleCauses, _ columns: Int) -> [Line] {
        paragraph("   or   ", .faint, "not to be told apart from here:", columns)
            + question.causes.flatMap { paragraph("        - ", .faint, $0, columns) }
            + paragraph("   tell ", .accent, question.toFindOut, columns)
    }

    private func decision(_ columns: Int) -> [Line] {
        var lines = explanation.isProven ? [Line("● The exchange works.", .good)] : []
        let place = explanation.statement.map { " (Statement[\($0)])" } ?? ""
        let (ink, sentence): (ResolvedStyle, String) =
            switch explanation.decision {
            case .allow: (.good, "The trust policy allows it\(place).")
            case .deny: (.bad, "The trust policy does not allow it\(place).")
            case .explicitDeny: (.bad, "The trust policy denies it\(place).")
            case .undetermined where explanation.knowsPolicy && !explanation.hasToken:
                (.caution, "There is no token for which the trust policy could be judged.")
            case .undetermined where explanation.knowsPolicy:
                (.caution, "What the trust policy says depends on what is not known here.")
            case .undetermined: (.caution, "The trust policy is not known here.")
            case .invalid: (.caution, "There is nothing that could be evaluated.")
            }
        lines += Self.paragraph("", ink, sentence, columns, ink)
        if let condition = explanation.condition {
            lines += Self.paragraph("   test     ", .faint, "\(condition.operator) \(condition.key)", columns)
            lines += Self.paragraph(
                "   required ",
                .faint,
                condition.required.joined(separator: ", "),
                columns
            )
            let found = condition.found.isEmpty ? "nothing" : condition.found.joined(separator: ", ")
            lines += Self.paragraph("   found    ", .faint, found, columns)
        }
        if isReading { lines.append(Line("↻ IAM is being asked", .pending)) }
        if let knowledge { lines += Self.paragraph("", .faint, knowledge.origin, columns, .faint) }
        if let problem = knowledge?.problem {
            lines += Self.paragraph("", .faint, "IAM: \(problem.message) \(problem.fix)", columns, .faint)
        }
        return lines
    }

    private static func paragraph(
        _ lead: String,
        _ ink: ResolvedStyle,
        _ text: String,
        _ columns: Int,
        _ textInk: ResolvedStyle = .text
    ) -> [Line] {
        let indent = String(repeating: " ", count: lead.count)
        return VisibleText.oneLine(text, limit: 20_000).wrapped(to: max(8, columns - lead.count)).enumerated()
            .map { order, part in
                Line(order == 0 ? lead : indent, ink) + Line(part, textInk)
            }
    }
}
