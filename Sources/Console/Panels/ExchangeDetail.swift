import Drawing
import Federation

/// The steps of an exchange, one below the other, with the reason of those that did not go well.
///
/// Where one failed, what only warned takes a single row, so that the failure is in view; the explanation has it whole.
struct ExchangeDetail {
    let steps: [StepRecord]
    /// The step that runs now.
    var running: ExchangeStep?

    /// Narrower than this, the detail stands beside the list and has rows to spare.
    static let comfortable = 70

    func lines(columns: Int) -> [Line] {
        steps.flatMap { lines($0, columns: columns) }
            + (running.map { [Line("↻ ", .pending) + Line($0.rawValue, .pending)] } ?? [])
    }

    private func lines(_ record: StepRecord, columns: Int) -> [Line] {
        let name = record.step.rawValue.padding(to: 9)
        let latency = record.outcome == .skipped ? "" : DurationColumn.latency(record.duration)
        let head =
            record.outcome.mark + Line(" " + name, record.outcome == .skipped ? .faint : .text)
            + Line(String(repeating: " ", count: max(0, 7 - latency.count)) + latency + "  ", .faint)
        guard let failure = record.failure else {
            return note(record.note ?? "", behind: head, columns: columns)
        }
        let ink: ResolvedStyle = record.outcome == .failed ? .bad : .caution
        if record.outcome != .failed, steps.contains(where: { $0.outcome == .failed }) {
            return [
                (head + Line(failure.code, ink) + Line("  " + failure.message, .faint)).fitted(to: columns)
            ]
        }
        return [(head + Line(failure.code, ink)).fitted(to: columns)]
            + paragraph(failure.message, lead: "  ", .text, columns: columns)
            + paragraph(failure.fix, lead: "→ ", .accent, columns: columns)
    }

    /// What there is to say of a step, behind it where that fits, else below it where there is room for that.
    private func note(_ text: String, behind head: Line, columns: Int) -> [Line] {
        let isNarrow = columns < Self.comfortable
        if !isNarrow || head.columns + text.columns(upTo: columns) <= columns {
            return [(head + Line(text, .faint)).fitted(to: columns)]
        }
        return [head] + paragraph(text, lead: "  ", .faint, columns: columns)
    }

    /// A text below its step, cut where it would leave no room for what follows.
    private func paragraph(_ text: String, lead: String, _ ink: ResolvedStyle, columns: Int) -> [Line] {
        if text.isEmpty || columns < 8 { return [] }
        let limit = max(4, 320 / columns)
        var lines = String(text.prefix(limit * columns)).wrapped(to: columns - 4)
        if lines.count > limit { lines = lines[..<(limit - 1)] + [lines[limit - 1] + "…"] }
        return lines.enumerated().map { index, part in
            Line("  " + (index == 0 ? lead : "  "), ink)
                + Line(part.fitted(to: columns - 4), ink == .faint ? .faint : .text)
        }
    }
}

extension String {
    /// With blanks behind it up to so many characters.
    func padding(to count: Int) -> String {
        self + String(repeating: " ", count: max(0, count - self.count))
    }
}
