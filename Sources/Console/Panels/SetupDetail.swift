import Drawing
import Federation

import struct Foundation.Date

/// An object of the set-up: what would change, what stands in the way, what is worth knowing.
struct SetupDetail {
    let entry: SetupState.Entry
    let now: Date

    private var object: SetupObject { entry.object }

    func lines(columns: Int) -> [Line] {
        head + wait(columns: columns) + troubles(columns: columns)
            + object.differences.flatMap { difference($0, columns: columns) }
            + object.notes.flatMap { paragraph($0.text, lead: Line("▲ ", .caution), columns: columns) }
    }

    private var head: [Line] {
        let origin = object.isOurs.map { $0 ? ", made by cambist" : ", made by others" } ?? ""
        let state = Line("\(object.state.glyph) \(object.state.rawValue)", object.state.ink)
        let hasNews = entry.phase != nil && !entry.hasFailed && !entry.isUnderWay
        return [state + Line(origin, .faint)] + (hasNews ? [Line("  ") + entry.now(at: now)] : [])
    }

    /// What is done or waited for, since when, and when it is looked for next.
    private func wait(columns: Int) -> [Line] {
        guard let course = entry.course else { return [] }
        let lasting = RelativeTime.lasting(course.since).text(at: now)
        switch entry.phase {
        case .reading:
            return paragraph("Being read for \(lasting).", lead: Line("↻ ", .pending), columns: columns)
        case .writing(let work):
            return paragraph("\(work), for \(lasting).", lead: Line("↻ ", .pending), columns: columns)
        case .waiting(let reason, _):
            let next = course.next.map { RelativeTime.left($0).text(at: now) } ?? ""
            let look = next == "expired" || next.isEmpty ? "now" : "in \(next)"
            return paragraph(
                "Waits for \(lasting): \(reason). Look \(course.looks) is \(look).",
                lead: Line("◷ ", .waiting),
                columns: columns
            )
        default: return []
        }
    }

    private func troubles(columns: Int) -> [Line] {
        var failures = [object.obstacle].compactMap(\.self)
        if case .failed(let failure) = entry.phase { failures.append(failure) }
        return failures.flatMap { failure in
            [(Line("✕ ", .bad) + Line(failure.code, .bad)).fitted(to: columns)]
                + paragraph(failure.message, lead: Line("  "), columns: columns)
                + paragraph(failure.fix, lead: Line("→ ", .accent), columns: columns)
        }
    }

    private func difference(_ difference: SetupDifference, columns: Int) -> [Line] {
        let removed = difference.found.flatMap { values($0, sign: "- ", .bad, columns: columns) }
        let added = difference.wanted.flatMap { values($0, sign: "+ ", .good, columns: columns) }
        return [Line(difference.property, .heading).fitted(to: columns)] + removed + added
    }

    /// A value, which may have lines of its own, behind a sign.
    private func values(_ text: String, sign: String, _ ink: ResolvedStyle, columns: Int) -> [Line] {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line in
            paragraph(String(line), lead: Line(sign, ink), ink, columns: columns)
        }
    }

    /// A text behind a lead, which its further lines leave free.
    private func paragraph(_ text: String, lead: Line, _ ink: ResolvedStyle = .text, columns: Int) -> [Line] {
        let width = columns - 2
        if text.isEmpty || width < 6 { return [] }
        let limit = 4000
        return String(text.prefix(limit)).wrapped(to: width).enumerated().map { index, part in
            (index == 0 ? lead : Line("  ")) + Line(part, ink)
        }
    }
}
