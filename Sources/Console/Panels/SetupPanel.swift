import Diagnosis
import Drawing
import Federation

import struct FoundationEssentials.Date

extension Panel.ID {
    package static let setup = Panel.ID(rawValue: "setup")
}

extension Panel {
    static let setup = Panel(
        .setup,
        title: "Setup",
        help: "the cloud objects that mappings need, with differences",
        list: { $0.setup.list },
        changeList: { $1(&$0.setup.list) },
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
                SetupDetail(
                    entry: entry,
                    sources: state.setupSources(of: entry.id.kind.cloud),
                    now: state.now,
                    reference: state.reference
                ).lines(columns: $0)
            }
        },
        empty: \.emptySetup
    ).with { panel in
        panel.heading = { $0.setupHeading }
        panel.times = { state, line in
            state.setup.list[line].times + (state.setup.planned.map { [.ago($0)] } ?? [])
        }
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
    /// A glyph that is distinct even without color or in ASCII.
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

    fileprivate func progress(at now: Date) -> Line {
        let elapsed = work.map { RelativeTime.lasting($0.since).text(at: now) + " " } ?? ""
        return switch phase {
        case .reading: Line("\(elapsed)reading", .pending)
        case .writing(let work): Line("\(elapsed)\(work)", .pending)
        case .answered(let isAccepted):
            Line("\(elapsed)\(isAccepted ? "accepted" : "refused")", .pending)
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
    fileprivate var setupHeading: [Line] {
        guard let mappings = setup.mappings, let planned = setup.planned else { return [] }
        return [
            Line(Confirmation.listed(mappings, atMost: 3), .title),
            Line("both clouds read \(RelativeTime.ago(planned).text(at: now))", .faint),
        ]
    }

    fileprivate func setupSources(of cloud: SetupObject.Cloud) -> [String] {
        let age = setup.planned.map { RelativeTime.ago($0).text(at: now) }
        return setup.plan.sources.filter { $0.cloud == cloud }.map { $0.sentence.dated(age) }
    }

    fileprivate var emptySetup: [Line] {
        let columns = max(20, layout.list.columns - 4)
        if mappings.list.isEmpty { return ["The configuration has no mappings to set up."] }
        let names = Confirmation.listed(setup.mappings ?? [], atMost: 3)
        if setup.pending != nil {
            return [Line("↻ ", .pending) + Line("Reading both clouds for \(names) …".fitted(to: columns))]
        }
        if let failure = setup.failure {
            return [Line("✕ ", .bad) + Line(failure.code, .bad)]
                + failure.messageAndFix(reference).wrapped(to: columns).map { Line($0) }
                + [Line("\(key(.plan)) reads the clouds again.")]
        }
        return ["The clouds have not been read yet.", Line("\(key(.plan)) reads them.")]
    }
}

private struct SetupDetail {
    let entry: SetupState.Entry
    let sources: [String]
    let now: Date
    /// The configuration file to insert into displayed commands, if any.
    let reference: ConfigurationReference?

    private var object: SetupObject { entry.object }

    func lines(columns: Int) -> [Line] {
        head + work(columns: columns) + failures(columns: columns)
            + SetupChanges(object: object).differences(columns: columns)
            + object.notes.flatMap { paragraph($0.text, lead: Line("▲ ", .caution), columns: columns) }
            + sources.flatMap { $0.wrapped(to: columns) }.map { Line($0, .faint) }
    }

    private var head: [Line] {
        let origin = object.isManaged.map { $0 ? ", created by cambist" : ", not created by cambist" } ?? ""
        let state = Line("\(object.state.glyph) \(object.state.rawValue)", object.state.style)
        let hasResult = entry.phase != nil && !entry.hasFailed && !entry.isRunning
        return [state + Line(origin, .faint)] + (hasResult ? [Line("  ") + entry.progress(at: now)] : [])
    }

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
                + paragraph(reference.naming(in: failure.fix), lead: Line("→ ", .accent), columns: columns)
        }
    }

    private func paragraph(_ text: String, lead: Line, _ style: ResolvedStyle = .text, columns: Int) -> [Line]
    {
        let width = columns - 2
        if text.isEmpty || width < 6 { return [] }
        return text.readable.wrapped(to: width).enumerated().map { index, part in
            (index == 0 ? lead : Line("  ")) + Line(part, style)
        }
    }
}
