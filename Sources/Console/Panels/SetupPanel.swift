import Drawing
import Federation

import struct Foundation.Date

extension Panel.ID {
    package static let setup = Panel.ID(rawValue: "setup")
}

extension Panel {
    static let setup = Panel(
        .setup,
        title: "Setup",
        help: "The cloud objects that mappings need, and differences",
        list: \.setup.list,
        columns: { state in
            let isApplying = state.setup.pending?.work == .apply
            let names = state.setup.list.all.reduce(12) { max($0, $1.id.name.columns(upTo: 64)) }
            return [
                Column("", minimum: 1, priority: 0, gap: 1),
                Column("STATE", minimum: 10, priority: isApplying ? 4 : 2),
                Column("CLOUD", minimum: 5, priority: isApplying ? 5 : 4),
                Column("KIND", minimum: 19, priority: 3),
                Column("NAME", minimum: 12, preferred: 22, ideal: names, priority: 1, cut: .middle),
                Column(
                    "NOW",
                    minimum: 10,
                    preferred: isApplying ? 26 : 10,
                    ideal: 44,
                    priority: 2
                ),
            ]
        },
        cells: { state, entry in
            [
                entry.mark, entry.stateLine,
                Line(entry.id.kind.cloud.title, .faint), Line(entry.id.kind.title), Line(entry.id.name),
                entry.progress(at: state.now),
            ]
        },
        detail: { state, entry in
            Detail(title: entry.id.description) {
                SetupDetail(entry: entry, now: state.now).lines(columns: $0)
            }
        },
        empty: \.emptySetup
    ).with { panel in
        panel.times = { state, line in state.setup.list[line].times }
        panel.states = SetupObject.State.allCases.map(\.rawValue)
        panel.prepare = { $0.planShownMappings() }
        panel.progress = { state in
            guard let pending = state.setup.pending, let progress = state.setup.progress else {
                return Line()
            }
            let elapsed = RelativeTime.lasting(pending.since).text(at: state.now)
            return Line("↻ \(progress), \(elapsed)", .pending) + Line("  ")
        }
    }
}

extension SetupObject.State {
    /// A glyph that is distinct without color, and in ASCII too.
    fileprivate var glyph: String {
        switch self {
        case .ok: "✓"
        case .missing: "○"
        case .different: "▲"
        case .unreadable: "✕"
        }
    }

    fileprivate var style: ResolvedStyle {
        switch self {
        case .ok: .good
        case .missing: .waiting
        case .different: .caution
        case .unreadable: .bad
        }
    }
}

extension SetupState.Entry {
    fileprivate var mark: Line {
        switch phase {
        case .reading, .writing: Line("↻", .pending)
        case .waiting: Line("◷", .waiting)
        case .failed: Line("✕", .bad)
        default: Line(object.state.glyph, object.state.style)
        }
    }

    fileprivate var times: [RelativeTime] {
        guard let work else { return [] }
        return [.lasting(work.since)] + (work.nextAttempt.map { [.left($0)] } ?? [])
    }

    fileprivate var stateLine: Line {
        isPropagating ? Line("applied", .waiting) : Line(object.state.rawValue, object.state.style)
    }

    /// Returns the running work with its duration, or the result.
    fileprivate func progress(at now: Date) -> Line {
        let elapsed = work.map { RelativeTime.lasting($0.since).text(at: now) + " " } ?? ""
        return switch phase {
        case .reading: Line("\(elapsed)reading", .pending)
        case .writing(let work): Line("\(elapsed)\(work)", .pending)
        case .waiting(let reason, _): Line("\(elapsed)\(reason)", .waiting)
        case .done(let isChanged):
            Line(isChanged ? "created or changed" : "unchanged", isChanged ? .good : .faint)
        case .removed: Line("removed", .good)
        case .kept(let reason): Line("kept: \(reason)", .faint)
        case .failed(let failure): Line(failure.code, .bad)
        case nil: object.obstacle.map { Line($0.code, .bad) } ?? Line()
        }
    }
}

extension ConsoleState {
    /// The text of a plan without objects.
    fileprivate var emptySetup: [Line] {
        let columns = max(20, layout.list.columns - 4)
        if mappings.list.isEmpty { return ["The configuration has no mappings to set up."] }
        let names = Confirmation.listed(setup.mappings ?? [], atMost: 3)
        if setup.pending != nil {
            return [Line("↻ ", .pending) + Line("Reading both clouds for \(names) …".fitted(to: columns))]
        }
        if let failure = setup.failure {
            return [Line("✕ ", .bad) + Line(failure.code, .bad)]
                + "\(failure.message) \(failure.fix)".wrapped(to: columns).map { Line($0) }
                + ["r reads the clouds again."]
        }
        return ["The clouds have not been read yet.", "r reads them."]
    }
}

/// The detail of an object: its work, errors, differences, and notes.
private struct SetupDetail {
    let entry: SetupState.Entry
    let now: Date

    private var object: SetupObject { entry.object }

    func lines(columns: Int) -> [Line] {
        head + work(columns: columns) + failures(columns: columns)
            + SetupChanges(object: object).differences(columns: columns)
            + object.notes.flatMap { paragraph($0.text, lead: Line("▲ ", .caution), columns: columns) }
    }

    private var head: [Line] {
        let origin = object.isManaged.map { $0 ? ", created by cambist" : ", not created by cambist" } ?? ""
        let state = Line("\(object.state.glyph) \(object.state.rawValue)", object.state.style)
        let hasResult = entry.phase != nil && !entry.hasFailed && !entry.isRunning
        return [state + Line(origin, .faint)] + (hasResult ? [Line("  ") + entry.progress(at: now)] : [])
    }

    /// Returns the running work or wait, its duration, and the next attempt.
    private func work(columns: Int) -> [Line] {
        guard let work = entry.work else { return [] }
        let elapsed = RelativeTime.lasting(work.since).text(at: now)
        switch entry.phase {
        case .reading:
            return paragraph("Reading for \(elapsed).", lead: Line("↻ ", .pending), columns: columns)
        case .writing(let text):
            return paragraph("\(text), for \(elapsed).", lead: Line("↻ ", .pending), columns: columns)
        case .waiting(let reason, _):
            let next = work.nextAttempt.map { $0 > now ? "in " + RelativeTime.left($0).text(at: now) : "now" }
            return paragraph(
                "Waiting for \(elapsed): \(reason). Attempt \(work.attempts): \(next ?? "now").",
                lead: Line("◷ ", .waiting),
                columns: columns
            )
        default: return []
        }
    }

    private func failures(columns: Int) -> [Line] {
        var failures = [object.obstacle].compactMap(\.self)
        if case .failed(let failure) = entry.phase { failures.append(failure) }
        return failures.flatMap { failure in
            [(Line("✕ ", .bad) + Line(failure.code, .bad)).fitted(to: columns)]
                + paragraph(failure.message, lead: Line("  "), columns: columns)
                + paragraph(failure.fix, lead: Line("→ ", .accent), columns: columns)
        }
    }

    private func paragraph(_ text: String, lead: Line, _ style: ResolvedStyle = .text, columns: Int) -> [Line]
    {
        let width = columns - 2
        if text.isEmpty || width < 6 { return [] }
        let limit = 4000
        return String(text.prefix(limit)).wrapped(to: width).enumerated().map { index, part in
            (index == 0 ? lead : Line("  ")) + Line(part, style)
        }
    }
}
