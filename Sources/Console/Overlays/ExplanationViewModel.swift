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
        guard let explanation = explanation(in: state) else { return [missing] }
        let reading =
            state.trust[mapping].pending == nil ? [] : [[Line("↻ reading the role from IAM", .pending)]]
        let sections = explanation.sections(state.trust[mapping].inspection).map { section in
            section.flatMap { $0.lines(columns: max(12, columns)) }
        }
        return Array((sections + reading).joined(separator: [Line()]))
    }

    /// Returns the explanation as plain text for the clipboard.
    func text(in state: ConsoleState) -> String {
        explanation(in: state)?.text(state.trust[mapping].inspection) ?? missing.text
    }

    private func explanation(in state: ConsoleState) -> Explanation? {
        let record = record ?? state.mappings[mapping]?.lastRecord
        return state.evidence(of: mapping, record: record).map(Explanation.init)
    }

    private var missing: Line { Line("\(mapping) is no longer in the configuration.") }
}

extension ExplanationLine {
    /// Returns the line wrapped to a number of columns, with the style of its role.
    func lines(columns: Int) -> [Line] {
        let (leadStyle, textStyle) = styles
        let indent = String(repeating: " ", count: lead.count)
        return text.wrapped(to: max(8, columns - lead.count)).enumerated().map { row, part in
            Line(row == 0 ? lead : indent, leadStyle) + Line(part, textStyle)
        }
    }

    private var styles: (lead: ResolvedStyle, text: ResolvedStyle) {
        switch role {
        case .headline(.yes): (.text, .good)
        case .headline(.no): (.text, .bad)
        case .headline(.unknown): (.text, .caution)
        case .condition, .evidence, .possibleCause: (.faint, .text)
        case .cause: (.bad, .text)
        case .fix, .command: (.accent, .text)
        case .heading: (.text, .heading)
        case .lint: (.caution, .text)
        case .provenance: (.text, .faint)
        }
    }
}
