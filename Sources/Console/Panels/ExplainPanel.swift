import Diagnosis
import Drawing
import Federation
import TrustPolicy

import struct FoundationEssentials.Date

extension Panel.ID {
    package static let explain = Panel.ID(rawValue: "explain")
}

extension Panel {
    static let explain = Panel(
        .explain,
        title: "Explain",
        help: "the causes of a failure, with evidence and commands",
        keys: [.character("e")],
        list: { $0.mappings.list },
        changeList: { $1(&$0.mappings.list) },
        columns: { _ in [Column("MAPPING", minimum: 10, priority: 0)] },
        cells: { _, row in [Line(row.id)] },
        detail: { state, row in
            Detail(title: state.explanationTitle(of: row), remark: state.explanationSummary) { columns in
                state.explanationLines(columns: columns).map(\.line)
            }
        },
        empty: emptyMappings
    ).with { panel in
        panel.isPage = true
        panel.sorting = nil
        panel.open = { state in
            state.move { line, page in line + page }
            return []
        }
        panel.prepare = { state in
            state.evaluateSelected(state.explainedRecord)
            return []
        }
        panel.load = { state in
            state.mappings.selected.map { state.explainIfUnknown($0.id) } ?? []
        }
    }
}

/// The exchange to explain, and the cause in view.
package struct ExplainState: Hashable, Sendable {
    /// The exchange to explain; `nil` for the selected mapping's last exchange.
    var record: ExchangeRecord?
    /// The index of the cause in view.
    var cause = 0
}

extension ConsoleState {
    /// The chosen exchange to explain, if the exchange belongs to the selected mapping.
    fileprivate var explainedRecord: ExchangeRecord? {
        explain.record.flatMap { $0.mapping == mappings.selected?.id ? $0 : nil }
    }

    /// Shows the explanation of a mapping, or of one of its exchanges.
    mutating func openExplanation(of id: RoleMapping.ID, record: ExchangeRecord? = nil) -> [Effect] {
        guard mappings.list.contains(id) else {
            notice = Notice(.warning, "\(id) is no longer in the configuration.")
            return []
        }
        if mappings.selected?.id != id { mappings.list.reveal(id) }
        explain = ExplainState(record: record)
        show(.explain)
        return explainUnlessRecent(id, record: record)
    }

    /// Scrolls to the next cause, wrapping around.
    mutating func showNextCause() {
        let causes = trust.page?.explanation.causes.count ?? 0
        guard causes > 0 else { return }
        explain.cause = (explain.cause + 1) % causes
        let lines = explanationLines(columns: layout.detail.inset(columns: 1).columns)
        var cursor = ListCursor()
        cursor.select(lines.firstIndex { $0.cause == explain.cause } ?? 0)
        reading = cursor
    }

    /// The explanation as text, without line breaks inside commands.
    var explanationText: String {
        guard let row = mappings.selected else { return "" }
        return ([explanationTitle(of: row)] + explanationLines(columns: 10_000).map(\.line.text))
            .joined(separator: "\n")
    }

    fileprivate func explanationTitle(of row: MappingRow) -> String {
        let record = explainedRecord ?? row.lastRecord
        guard let record else { return "\(row.id) has no exchange yet" }
        guard let failed = record.steps.first(where: { $0.outcome == .failed }) else {
            let warned = record.steps.first { $0.outcome == .warn }
            return warned.map { "\(row.id) works, with a warning at \($0.step.rawValue)" }
                ?? "\(row.id) works"
        }
        return "\(row.id) fails at \(failed.step.rawValue): \(failed.failure?.code ?? "")"
    }

    fileprivate var explanationSummary: Line {
        guard let explanation = trust.page?.explanation else { return Line() }
        let (causes, weaknesses) = (explanation.causes.count, explanation.lint.count)
        return Line("\(causes) cause\(causes == 1 ? "" : "s")", explanation.isClear ? .faint : .bad)
            + Line(" · ", .faint)
            + Line(
                "\(weaknesses) weakness\(weaknesses == 1 ? "" : "es")",
                weaknesses == 0 ? .faint : .caution
            )
    }

    fileprivate func explanationLines(columns: Int) -> [ExplanationPage.Entry] {
        guard let page = trust.page, page.basis.mapping == mappings.selected?.id else { return [] }
        return ExplanationPage(page, in: self).entries(columns: max(12, columns))
    }
}

extension ConsoleState {
    /// Returns the identity with this object ID, in parentheses.
    ///
    /// The result is `(unknown)` for any other UUID, and `nil` for text that is not a UUID.
    func note(onSubject id: String, of mapping: RoleMapping.ID) -> String? {
        if let row = mappings[mapping], row.lastRecord?.token?.claims.subject == id {
            return "(\(row.mapping.identity))"
        }
        if let known = configuration.identities.values.filter({ $0.principalID == id }).map(\.id).min() {
            return "(\(known))"
        }
        return id.isGUID ? "(unknown)" : nil
    }
}

/// Formats an explanation for the page: styled lines, commands that can be selected, and the sources.
struct ExplanationPage {
    struct Entry: Hashable {
        let line: Line
        /// The index of the cause that begins here.
        var cause: Int?
    }

    private let page: TrustPanelModel
    private let state: ConsoleState

    init(_ page: TrustPanelModel, in state: ConsoleState) {
        self.page = page
        self.state = state
    }

    func entries(columns: Int) -> [Entry] {
        var entries: [Entry] = []
        var number = -1
        for section in page.explanation.sections() {
            if !entries.isEmpty { entries.append(Entry(line: Line())) }
            if section.first?.role == .cause { number += 1 }
            let isCause = section.first?.role == .cause
            let fixes = isCause ? fixes(of: number) : []
            // The explanation's fix comes first, with its commands; the fixes by setup and by configuration follow.
            let end = section.lastIndex { $0.role == .command } ?? section.lastIndex { $0.label == "fix" }
            for (place, line) in section.enumerated() {
                let letter = line.label == "fix" ? fixes.first : nil
                entries += lines(of: line, letter, columns: columns).enumerated().map {
                    Entry(line: $1, cause: $0 == 0 && line.role == .cause ? number : nil)
                }
                guard place == end else { continue }
                for fix in fixes.dropFirst() {
                    entries += lines(of: fix, columns: columns).map { Entry(line: $0) }
                }
            }
        }
        return entries + ([Line()] + sources(columns)).map { Entry(line: $0) }
    }

    /// A fix of a cause, with the key of its action (for example, the key that copies the commands).
    private struct KeyedFix {
        /// `A`, `B`, or `C`; empty if the cause has only one fix.
        var letter = ""
        /// The description; empty for the explanation's fix, whose line already contains the description.
        let text: String
        let key: Line
    }

    /// Returns the fixes of a cause.
    ///
    /// The explanation's fix is first. Setup and a change of the configuration follow if they can fix the cause.
    private func fixes(of number: Int) -> [KeyedFix] {
        guard page.explanation.causes.indices.contains(number) else { return [] }
        let (cause, mapping) = (page.explanation.causes[number], page.basis.mapping)
        let isShown = number == state.explain.cause
        var fixes = [
            KeyedFix(text: "", key: isShown && !cause.commands.isEmpty ? key(of: .copyFix) : Line())
        ]
        if page.explanation.settledBySetup.contains(cause.id), Binding.applyFix.isOffered(in: state) {
            let changed = state.hop(of: mapping)
            let text =
                "Let setup change the objects of \(changed). Setup first shows the changes and asks for approval."
            fixes.append(KeyedFix(text: text, key: key(of: .applyFix)))
        }
        if cause.id == "sub-mismatch", Binding.edit.isOffered(in: state) {
            let identity = state.mappings[mapping]?.mapping.identity ?? ""
            let text = "If the identity \(identity) is wrong: change mappings.\(mapping).identity."
            fixes.append(KeyedFix(text: text, key: key(of: .edit)))
        }
        if fixes.count > 1 {
            for (place, letter) in zip(fixes.indices, "ABC") { fixes[place].letter = String(letter) }
        }
        return fixes
    }

    private func lines(of fix: KeyedFix, columns: Int) -> [Line] {
        Self.paragraph("   fix \(fix.letter)     ", .accent, fix.text, columns, .text, hint: fix.key)
    }

    /// Returns the key of a binding with its label; empty if the action is not available now.
    private func key(of binding: Binding) -> Line {
        guard binding.isOffered(in: state), let key = state.appearance.keymap.keys(of: binding).first else {
            return Line()
        }
        return Line(key.label, .key) + Line(" \(binding.label ?? binding.id)", .faint)
    }

    private func lines(of line: ExplanationLine, _ fix: KeyedFix?, columns: Int) -> [Line] {
        if line.role == .command {
            return Self.lines(of: line, columns: columns)
                + policyChanges(line.text, columns: columns, indent: line.lead.columns(upTo: 16))
        }
        let (style, text) = line.role.styles
        let name = fix.map { $0.letter.isEmpty ? "fix" : "fix \($0.letter)" } ?? line.label
        let lead = fix == nil ? line.lead : "   \(name.padding(to: 10))"
        var lines = Self.paragraph(lead, style, line.text, columns, text, hint: fix?.key ?? Line())
        if line.role == .condition, let note = state.note(onSubject: line.text, of: page.basis.mapping),
            lines.count == 1, lines[0].columns + note.columns() + 2 <= columns
        {
            lines[0] += Line("  \(note)", .faint)
        }
        return lines
    }

    /// Formats a line without keys and notes.
    static func lines(of line: ExplanationLine, columns: Int) -> [Line] {
        if line.role == .command {
            return CommandLines(line.text).lines(columns: columns, indent: line.lead.columns(upTo: 16))
        }
        let (style, text) = line.role.styles
        return paragraph(line.lead, style, line.text, columns, text)
    }

    /// Returns the difference between the trust policy and the policy that a command stores.
    private func policyChanges(_ command: String, columns: Int, indent: Int) -> [Line] {
        guard case .parsed(let old) = page.evidence.policy,
            let text = CommandLines.value(of: "--policy-document", in: command),
            let new = try? TrustPolicy(parsing: text)
        else { return [] }
        let changes = old.differences(to: new).map { SetupDifference($0.path, found: $0.old, wanted: $0.new) }
        if changes.isEmpty { return [] }
        let lead = String(repeating: " ", count: indent)
        return [Line(lead + "changes in the policy", .faint)]
            + SetupChanges.lines(of: changes, columns: columns, indent: indent)
    }

    /// Returns the sources of the evidence, each with its age or its time.
    private func sources(_ columns: Int) -> [Line] {
        let entry = state.inspected(page.basis.mapping)
        var parts = page.sources(at: state.now)
        if let token = state.mappings[page.basis.mapping]?.lastRecord?.token {
            let at = state.clockText.timeOfDay(token.received, seenFrom: state.now)
            parts.append("Token: \(token.source.rawValue), received \(at).")
        }
        if let problem = page.unread(state.reference) { parts.append(problem) }
        let lines = parts.enumerated().flatMap { order, part in
            Self.paragraph(order == 0 ? "SOURCES  " : "         ", .faint, part, columns, .faint)
        }
        return (entry.pending == nil ? [] : [Line("↻ reading both clouds", .pending)]) + lines
    }

    private static func paragraph(
        _ lead: String,
        _ style: ResolvedStyle,
        _ text: String,
        _ columns: Int,
        _ textStyle: ResolvedStyle,
        hint: Line = Line()
    ) -> [Line] {
        let room = columns - (hint.isEmpty ? 0 : hint.columns + 2)
        let hasHint = !hint.isEmpty && room - lead.columns() >= 24
        let width = hasHint ? room : columns
        let isNarrow = width - lead.count < 20
        let indent = isNarrow ? "  " : String(repeating: " ", count: lead.count)
        let rows = text.wrapped(to: max(8, width - lead.count))
        var lines = rows.enumerated().map { order, part in
            Line(order == 0 ? lead : indent, style) + Line(part, textStyle)
        }
        if hasHint, !lines.isEmpty {
            lines[0] += Line(String(repeating: " ", count: columns - lines[0].columns - hint.columns)) + hint
        }
        return lines
    }
}

extension ExplanationLine.Role {
    fileprivate var styles: (lead: ResolvedStyle, text: ResolvedStyle) {
        switch self {
        case .headline(.yes): (.good, .good)
        case .headline(.no): (.bad, .bad)
        case .headline(.unknown): (.caution, .caution)
        case .condition, .evidence: (.faint, .text)
        case .cause: (.bad, .title)
        case .fix: (.accent, .text)
        case .command: (.text, .field)
        case .possibleCause, .provenance: (.faint, .faint)
        case .heading: (.heading, .heading)
        case .lint: (.caution, .text)
        }
    }
}
