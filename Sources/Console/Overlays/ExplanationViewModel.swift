import Diagnosis
import Drawing
package import Federation
import TrustPolicy

/// An explanation over the panel, which can be scrolled.
package struct ExplanationViewModel: Hashable, Sendable {
    package let mapping: RoleMapping.ID
    /// The explained exchange; `nil` for the mapping's last one.
    let record: ExchangeRecord?
    /// The first line shown.
    var top = 0

    init(mapping: RoleMapping.ID, record: ExchangeRecord? = nil) {
        self.mapping = mapping
        self.record = record
    }

    var title: String { "Explanation of \(mapping)" }

    /// Returns the explanation for a number of columns.
    func lines(in state: ConsoleState, columns: Int) -> [Line] {
        let record = record ?? state.mappings[mapping]?.lastRecord
        guard let evidence = state.evidence(of: mapping, record: record) else {
            return [Line("\(mapping) is no longer in the configuration.")]
        }
        return ExplanationLines(
            Explanation(evidence),
            state.trust[mapping].inspection,
            isReading: state.trust[mapping].pending != nil
        )
        .lines(columns: max(12, columns))
    }

    /// Returns the explanation as plain text for the clipboard.
    func text(in state: ConsoleState) -> String {
        lines(in: state, columns: 10_000).map(\.text).joined(separator: "\n")
    }
}

/// Formats an explanation: the decision, the causes by priority, and the weaknesses of the trust policy.
struct ExplanationLines {
    private let explanation: Explanation
    private let inspection: RoleInspection?
    private let isReading: Bool

    init(_ explanation: Explanation, _ inspection: RoleInspection?, isReading: Bool) {
        self.explanation = explanation
        self.inspection = inspection
        self.isReading = isReading
    }

    func lines(columns: Int) -> [Line] {
        var lines = decision(columns)
        for (order, cause) in explanation.causes.enumerated() {
            lines.append(Line())
            lines += Self.paragraph("\(order + 1). ", .bad, cause.summary, columns)
            lines += Self.paragraph("   evidence ", .faint, cause.evidence, columns)
            for (line, part) in cause.fix.split(separator: "\n").enumerated() {
                lines += Self.paragraph(
                    line == 0 ? "   fix      " : "            ",
                    .accent,
                    String(part),
                    columns
                )
            }
            if let question = cause.possibleCauses { lines += Self.open(question, columns) }
        }
        if !explanation.lint.isEmpty { lines += [Line(), Line("Weaknesses of the trust policy", .heading)] }
        for finding in explanation.lint {
            lines += Self.paragraph("  \(finding.severity.rawValue) ", .caution, finding.message, columns)
        }
        return lines
    }

    /// Returns the other possible causes, and how to tell them apart.
    private static func open(_ question: PossibleCauses, _ columns: Int) -> [Line] {
        [Line("   other possible causes", .faint)]
            + question.causes.flatMap { paragraph("   - ", .faint, $0, columns) }
            + paragraph("   to find out  ", .accent, question.toFindOut, columns)
    }

    private func decision(_ columns: Int) -> [Line] {
        var lines = explanation.isProven ? [Line("● The exchange works.", .good)] : []
        let place = explanation.statement.map { " (Statement[\($0)])" } ?? ""
        let (style, sentence): (ResolvedStyle, String) =
            switch explanation.decision {
            case .allow: (.good, "The trust policy allows the token\(place).")
            case .deny: (.bad, "The trust policy does not allow the token\(place).")
            case .explicitDeny: (.bad, "The trust policy denies the token\(place).")
            case .undetermined where explanation.knowsPolicy && !explanation.hasToken:
                (.caution, "")
            case .undetermined where explanation.knowsPolicy:
                (.caution, "The decision depends on values that are not known here.")
            case .undetermined: (.caution, "The trust policy is not known.")
            case .invalid: (.caution, "The trust policy cannot be evaluated.")
            }
        if !sentence.isEmpty { lines += Self.paragraph("", style, sentence, columns, style) }
        if let condition = explanation.condition {
            lines += Self.paragraph("   tests    ", .faint, "\(condition.operator) \(condition.key)", columns)
            lines += Self.paragraph(
                "   required ",
                .faint,
                condition.required.joined(separator: ", "),
                columns
            )
            let found = condition.found.isEmpty ? "absent" : condition.found.joined(separator: ", ")
            lines += Self.paragraph("   found    ", .faint, found, columns)
        }
        if isReading { lines.append(Line("↻ reading the role from IAM", .pending)) }
        if let inspection { lines += Self.paragraph("", .faint, inspection.origin, columns, .faint) }
        if let problem = inspection?.problem {
            lines += Self.paragraph("", .faint, "IAM: \(problem.message) \(problem.fix)", columns, .faint)
        }
        return lines
    }

    private static func paragraph(
        _ lead: String,
        _ style: ResolvedStyle,
        _ text: String,
        _ columns: Int,
        _ textStyle: ResolvedStyle = .text
    ) -> [Line] {
        let indent = String(repeating: " ", count: lead.count)
        return VisibleText.oneLine(text, limit: 20_000).wrapped(to: max(8, columns - lead.count)).enumerated()
            .map { order, part in
                Line(order == 0 ? lead : indent, style) + Line(part, textStyle)
            }
    }
}
