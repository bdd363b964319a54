import Diagnosis
import Drawing
import Federation
import TrustPolicy

extension Panel {
    /// The trust policy of the selected mapping's role, with what its token brings beside each condition.
    static let trust = Panel(
        title: "Trust",
        help: "The role's trust policy, and what the token brings to each condition",
        columns: { _ in
            [
                Column("POLICY", minimum: 14, comfort: 16, ideal: 24, priority: 0),
                Column("KEY", minimum: 6, ideal: 20, priority: 1, cut: .middle),
                Column("REQUIRED", minimum: 9, comfort: 18, ideal: 64, priority: 2, cut: .middle),
                Column("FOUND", minimum: 7, comfort: 18, ideal: 64, priority: 2, cut: .middle),
            ]
        },
        // What is required and what was found is to be compared: whole ids of 36 characters.
        breadth: { _ in 116 },
        count: { $0.trustLines.count },
        cells: { state, line in state.trustLines[line].cells },
        times: { _, _ in [] },
        detail: { state in
            guard let page = state.trustPage, let row = state.roster.selected else { return nil }
            let lines = state.trustLines
            let selected = state.trustView.cursor.selected
            return Detail(title: "\(row.id): \(row.mapping.roleARN.name)") { columns in
                page.lines(about: lines.indices.contains(selected) ? lines[selected] : nil, columns: columns)
            }
        },
        empty: { state in
            guard let row = state.roster.selected else { return ["No mapping is selected."] }
            guard state.trustView.filter.isEmpty else {
                return ["No line matches the filter.", "Esc shows all of them again."]
            }
            guard let page = state.trustPage else { return ["The trust policy is being read."] }
            return page.emptyLines(of: row.mapping, columns: state.layout.list.columns - 4)
        },
        cursor: \.trustView.cursor,
        filter: { $0.trustView.filter },
        setFilter: { $0.trustView.filter = $1 }
    )
}

extension TrustPanelModel {
    /// The verdict, then the line that is selected, then what the token says and what to do.
    fileprivate func lines(about entry: Entry?, columns: Int) -> [Line] {
        [verdict.fitted(to: columns)]
            + (entry?.lines(columns: columns) ?? [])
            + causeLines(columns: columns)
            + [Line()] + claimLines(columns: columns)
            + origin.wrapped(to: columns).map { Line($0, .faint) }
            + (problem.map { "IAM: \($0.message) \($0.fix)".wrapped(to: columns).map { Line($0, .faint) } }
                ?? [])
    }

    private func causeLines(columns: Int) -> [Line] {
        guard let cause = explanation.causes.first else { return [] }
        let advice = cause.fix.split(separator: "\n").first.map(String.init) ?? ""
        return Self.paragraph("▲ ", .caution, cause.summary, columns: columns)
            + Self.paragraph("→ ", .accent, advice, columns: columns)
            + (explanation.causes.count > 1 || cause.fix.contains("\n")
                ? [Line("  e shows all of it", .faint)] : [])
    }

    private func claimLines(columns: Int) -> [Line] {
        claims.map { Fact($0.name, $0.value).line(columns: columns) }
    }

    private static func paragraph(_ lead: String, _ ink: ResolvedStyle, _ text: String, columns: Int)
        -> [Line]
    {
        text.wrapped(to: max(8, columns - 2)).enumerated().map { order, part in
            Line(order == 0 ? lead : "  ", ink) + Line(part)
        }
    }

    /// What stands in place of a policy.
    fileprivate func emptyLines(of mapping: RoleMapping, columns: Int) -> [Line] {
        let width = max(12, min(70, columns))
        let why = problem.map { "\($0.message) \($0.fix)" } ?? ""
        return [verdict.fitted(to: width)]
            + origin.wrapped(to: width).map { Line($0) }
            + why.wrapped(to: width).filter { !$0.isEmpty }.map { Line($0, .faint) }
    }
}

extension TrustPanelModel.Entry {
    fileprivate var cells: [Line] {
        let ink: ResolvedStyle = decides ? (outcome == .yes ? .good : .bad) : .text
        let isHead = required.isEmpty
        let mark: Line =
            switch outcome {
            case .yes: Line("● ", .good)
            case .no: Line("✕ ", decides ? .bad : .faint)
            case .unknown: Line("▲ ", .caution)
            case nil: Line("  ")
            }
        return [
            mark + Line(name, isHead && !decides ? .heading : ink), Line(shortKey, decides ? ink : .faint),
            Line(required, ink),
            Line(found, decides ? ink : .faint),
        ]
    }

    /// The provider's keys by their ends: the rest is the same for all of them, and long.
    private var shortKey: String {
        guard key.contains("/"), let colon = key.lastIndex(of: ":") else { return key }
        return "…" + key[colon...]
    }

    /// All of it, as there may be no room for it in the list.
    fileprivate func lines(columns: Int) -> [Line] {
        guard !required.isEmpty else { return [] }
        var lines: [Line] = []
        for (title, text) in [("key", key), ("required", required), ("found", found)] where !text.isEmpty {
            for (order, part) in text.wrapped(to: max(8, columns - 10)).prefix(6).enumerated() {
                lines.append(Line(order == 0 ? title.padding(to: 10) : "          ", .faint) + Line(part))
            }
        }
        if let nearMiss { lines.append(Line("nearly".padding(to: 10), .caution) + Line(nearMiss)) }
        return lines
    }
}
