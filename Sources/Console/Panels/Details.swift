import Drawing
import Federation

/// The steps of an exchange, with the reasons of failures and warnings.
///
/// If a step failed, each warning is cut to one row, so that the failure stays in view. The explanation contains
/// the full warnings.
struct ExchangeDetail {
    let steps: [StepRecord]
    /// The configuration file for the option `--config` in suggested commands.
    let reference: ConfigurationReference?
    var running: ExchangeStep?

    /// The minimum width of a detail that cuts long notes to one row.
    ///
    /// A narrower detail is usually beside the list and has many rows.
    static let preferred = 70

    func lines(columns: Int) -> [Line] {
        steps.flatMap { lines($0, columns: columns) }
            + (running.map { [Line("↻ ", .pending) + Line($0.rawValue, .pending)] } ?? [])
    }

    private func lines(_ record: StepRecord, columns: Int) -> [Line] {
        let name = record.step.rawValue.padding(to: 9)
        let latency = record.outcome == .skipped ? "" : DurationColumn.latency(record.duration)
        let head =
            record.outcome.mark + Line(" " + name, record.outcome == .skipped ? .faint : .text)
            + Line(latency.leftPadding(to: 7) + "  ", .faint)
        guard let failure = record.failure else {
            return note(record.note ?? "", after: head, columns: columns)
        }
        let style: ResolvedStyle = record.outcome == .failed ? .bad : .caution
        if record.outcome != .failed, steps.contains(where: { $0.outcome == .failed }) {
            return [
                (head + Line(failure.code, style) + Line("  " + failure.message, .faint)).fitted(to: columns)
            ]
        }
        return [(head + Line(failure.code, style)).fitted(to: columns)]
            + paragraph(failure.message, lead: "  ", .text, columns: columns)
            + paragraph(reference.naming(in: failure.fix), lead: "→ ", .accent, columns: columns)
    }

    /// Returns a step with its note; in a narrow detail, a long note is below the step.
    private func note(_ text: String, after head: Line, columns: Int) -> [Line] {
        let isNarrow = columns < Self.preferred
        if !isNarrow || head.columns + text.columns(upTo: columns) <= columns {
            return [(head + Line(text, .faint)).fitted(to: columns)]
        }
        return [head] + paragraph(text, lead: "  ", .faint, columns: columns)
    }

    /// Wraps a text below its step, and truncates it to leave room for the next steps.
    private func paragraph(_ text: String, lead: String, _ style: ResolvedStyle, columns: Int) -> [Line] {
        if text.isEmpty || columns < 8 { return [] }
        let limit = max(4, 320 / columns)
        var lines = String(text.prefix(limit * columns)).wrapped(to: columns - 4)
        if lines.count > limit { lines = lines[..<(limit - 1)] + [lines[limit - 1] + "…"] }
        return lines.enumerated().map { index, part in
            Line("  " + (index == 0 ? lead : "  "), style)
                + Line(part.fitted(to: columns - 4), style == .faint ? .faint : .text)
        }
    }
}

extension StepOutcome {
    var mark: Line {
        switch self {
        case .ok: Line("✓", .good)
        case .warn: Line("▲", .caution)
        case .failed: Line("✕", .bad)
        case .skipped: Line("·", .faint)
        }
    }
}

/// A name and a value.
struct Fact {
    private static let nameColumns = 10

    let name: String
    let value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// The fact on one line; a long value is cut in its middle.
    func line(columns: Int) -> Line {
        Line(name.padding(to: Self.nameColumns), .faint)
            + Line(value.fitted(to: max(0, columns - Self.nameColumns), cut: .middle))
    }

    /// The fact on as many lines as necessary; in a very narrow area, the fact on one line with a cut value.
    func lines(columns: Int) -> [Line] {
        let room = columns - Self.nameColumns
        guard room >= 16, value.columns(upTo: room) > room else {
            return [line(columns: columns)]
        }
        return value.readable.wrapped(to: room).enumerated().map { number, part in
            Line((number == 0 ? name : "").padding(to: Self.nameColumns), .faint) + Line(part)
        }
    }
}

/// Paragraphs whose labels are in a column to the left.
struct LabeledParagraphs {
    let labelColumns: Int
    /// The configuration file for the option `--config` in suggested commands.
    let reference: ConfigurationReference?

    /// Returns a paragraph wrapped beside its label; no lines for an empty text.
    func lines(_ label: String, _ text: String, _ columns: Int, _ style: ResolvedStyle = .text) -> [Line] {
        if text.isEmpty { return [] }
        let room = max(8, columns - labelColumns)
        let text = VisibleText.oneLine(reference.naming(in: text), limit: 4000)
        return text.wrapped(to: room).enumerated().map { order, part in
            if label.isEmpty || order > 0 { return indented(Line(part, style)) }
            return Line(label, label.hasPrefix("FIX") ? .accent : .title)
                + Line("".padding(to: labelColumns - label.count)) + Line(part, style)
        }
    }

    func indented(_ line: Line) -> Line {
        Line(String(repeating: " ", count: labelColumns)) + line
    }
}

/// Two blocks of lines, side by side if the screen is wide, otherwise one below the other.
struct SideBySide {
    /// The minimum number of columns for blocks side by side.
    private static let preferred = 110
    private static let gap = 3

    let left: (_ columns: Int) -> [Line]
    let right: (_ columns: Int) -> [Line]
    /// Whether a blank line separates blocks that are one below the other.
    var hasSeparator = true

    func lines(columns: Int) -> [Line] {
        guard columns >= Self.preferred else {
            return left(columns) + (hasSeparator ? [Line()] : []) + right(columns)
        }
        let leftColumns = max(ExchangeDetail.preferred, columns * 3 / 5) - Self.gap
        let (first, second) = (left(leftColumns), right(columns - leftColumns - Self.gap))
        return (0..<max(first.count, second.count)).map { row in
            let start = first.indices.contains(row) ? first[row] : Line()
            guard second.indices.contains(row) else { return start }
            let spaces = leftColumns + Self.gap - start.columns
            return start + Line(String(repeating: " ", count: max(0, spaces))) + second[row]
        }
    }
}

extension String {
    /// The text; a long text is cut, with the approximate number of remaining characters.
    var readable: String {
        let limit = 4000
        // Counting characters is slow, and most have one byte.
        guard utf8.count > limit, let end = index(startIndex, offsetBy: limit, limitedBy: endIndex),
            end < endIndex
        else { return self }
        return self[..<end] + " … and about \(self[end...].utf8.count) more characters"
    }
}
