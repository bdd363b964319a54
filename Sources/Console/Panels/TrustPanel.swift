import Diagnosis
import Drawing
import Federation
import FoundationEssentials
import TrustPolicy

extension Panel.ID {
    package static let trust = Panel.ID(rawValue: "trust")
}

extension Panel {
    static let trust = Panel(
        .trust,
        title: "Trust",
        help: "the policy, with the token's value for each condition",
        list: { $0.trust.list },
        changeList: { $1(&$0.trust.list) },
        columns: { _ in
            [
                Column("POLICY", minimum: 14, preferred: 16, ideal: 24, priority: 0),
                Column("KEY", minimum: 6, ideal: 20, priority: 1, cut: .middle),
                Column("VALUES", minimum: 9, preferred: 18, ideal: 64, priority: 2, cut: .middle),
                Column("FOUND", minimum: 7, preferred: 18, ideal: 64, priority: 2, cut: .middle),
            ]
        },
        cells: { _, line in line.cells },
        detail: { _, _ in nil },
        empty: { state in
            guard state.mappings.selected != nil else { return ["No mapping is selected."] }
            guard let page = state.trust.page else { return ["Reading the trust policy."] }
            return page.emptyLines(columns: state.layout.list.columns - 4, state.reference)
        }
    ).with { panel in
        panel.heading = { state in
            guard let row = state.mappings.selected else { return [] }
            return [Line(row.id, .title), Line(state.inspectedRole(of: row).description, .faint)]
        }
        // IDs of 36 characters must fit, because the operator compares them.
        panel.preferredColumns = { _ in 116 }
        panel.idealColumns = { _ in 180 }
        panel.detail = { state in
            guard let page = state.trust.page, let row = state.mappings.selected else { return nil }
            return Detail(title: "\(row.id): \(state.inspectedRole(of: row).name)") { columns in
                page.lines(
                    about: state.trust.list.selected,
                    at: state.now,
                    columns: columns,
                    state.reference,
                    explainKey: state.key(.explain)
                )
            }
        }
        panel.prepare = { state in
            state.evaluateSelected()
            state.trust.wrapLines(to: state.layout.list.columns)
            return []
        }
        panel.load = { state in
            state.mappings.selected.map { state.explainIfUnknown($0.id) } ?? []
        }
    }
}

extension ConsoleState {
    /// The role whose trust policy the panel shows for a mapping.
    fileprivate func inspectedRole(of row: MappingRow) -> RoleARN {
        mappings[hop(of: row.id)]?.mapping.roleARN ?? row.mapping.roleARN
    }
}

extension TrustPanelModel {
    /// Returns the verdict, the selected line, the first cause, the token's claims, and the sources.
    fileprivate func lines(
        about line: TrustLine?,
        at now: Date,
        columns: Int,
        _ reference: ConfigurationReference?,
        explainKey: String
    ) -> [Line] {
        let problem = unread(reference) ?? ""
        return [verdict.fitted(to: columns)]
            + (line?.lines(columns: columns) ?? [])
            + causeLines(columns: columns, explainKey)
            + [Line()] + claims.flatMap { Fact($0.name, $0.value).lines(columns: columns) }
            + sources(at: now).flatMap { $0.wrapped(to: columns) }.map { Line($0, .faint) }
            + (problem.isEmpty ? [] : problem.wrapped(to: columns).map { Line($0, .faint) })
    }

    private func causeLines(columns: Int, _ explainKey: String) -> [Line] {
        guard let cause = explanation.causes.first else { return [] }
        return Self.paragraph("▲ ", .caution, cause.summary, columns: columns)
            + (cause.adviceWithoutCommands.isEmpty
                ? [] : Self.paragraph("→ ", .accent, cause.adviceWithoutCommands, columns: columns))
            + (explanation.causes.count > 1 || cause.fix.contains("\n")
                ? [Line("  \(explainKey) shows the full explanation", .faint)] : [])
    }

    private static func paragraph(_ lead: String, _ style: ResolvedStyle, _ text: String, columns: Int)
        -> [Line]
    {
        text.wrapped(to: max(8, columns - 2)).enumerated().map { order, part in
            Line(order == 0 ? lead : "  ", style) + Line(part)
        }
    }

    /// Returns the lines to show when no policy is known.
    fileprivate func emptyLines(columns: Int, _ reference: ConfigurationReference?) -> [Line] {
        let width = max(12, min(70, columns))
        let reason = basis.entry.inspection?.problem?.messageAndFix(reference) ?? ""
        return [verdict.fitted(to: width)]
            + origin.wrapped(to: width).map { Line($0) }
            + reason.wrapped(to: width).filter { !$0.isEmpty }.map { Line($0, .faint) }
    }
}

extension TrustLine {
    fileprivate var cells: [Line] {
        let style: ResolvedStyle = isDeciding ? (outcome == .yes ? .good : .bad) : .text
        if let shown, shown.isContinuation {
            return [
                Line(), Line(), Line(shown.required, style), Line(shown.found, isDeciding ? style : .faint),
            ]
        }
        let isHead = required.isEmpty
        let mark: Line =
            switch outcome {
            case .yes: Line("● ", .good)
            case .no: Line("✕ ", isDeciding ? .bad : .faint)
            case .unknown: Line("▲ ", .caution)
            case nil: Line("  ")
            }
        return [
            mark + Line(name, isHead && !isDeciding ? .heading : style),
            Line(shortKey, isDeciding ? style : .faint),
            Line(shown?.required ?? required, style),
            Line(shown?.found ?? found, isDeciding ? style : .faint),
        ]
    }

    /// Returns the full values of the line; the list may truncate values.
    fileprivate func lines(columns: Int) -> [Line] {
        guard !required.isEmpty else { return [] }
        var lines: [Line] = []
        for (title, text) in [("key", key), (role.rawValue, required), ("found", found)] where !text.isEmpty {
            for (order, part) in text.readable.wrapped(to: max(8, columns - 10)).enumerated() {
                lines.append(Line((order == 0 ? title : "").padding(to: 10), .faint) + Line(part))
            }
        }
        if let nearMiss { lines.append(Line("near miss".padding(to: 10), .caution) + Line(nearMiss)) }
        return lines
    }
}
