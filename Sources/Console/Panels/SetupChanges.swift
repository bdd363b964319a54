import Drawing
import Federation
import FoundationEssentials

/// The changes of an object in a plan, with complete values.
///
/// JSON values, such as trust policies, have several lines.
struct SetupChanges {
    let object: SetupObject

    /// The object's name and its changes.
    func lines(columns: Int) -> [Line] {
        let verb = object.state == .missing ? "create " : "change "
        let name = object.id.description.readable.wrapped(to: max(8, columns - verb.count))
        return name.enumerated().map { order, part in
            Line(order == 0 ? verb : String(repeating: " ", count: verb.count), .accent) + Line(part, .title)
        } + differences(columns: columns, indent: 2)
    }

    func differences(columns: Int, indent: Int = 0) -> [Line] {
        Self.lines(of: object.differences, columns: columns, indent: indent)
    }

    /// Returns the lines of differences, with both values in full.
    static func lines(of differences: [SetupDifference], columns: Int, indent: Int) -> [Line] {
        let lead = Line(String(repeating: " ", count: indent))
        return differences.flatMap { difference -> [Line] in
            let (old, new) = (texts(difference.found), texts(difference.wanted))
            let width = columns - indent
            if old.count + new.count == 1, let value = (old + new).first {
                let sign: Line = old.isEmpty ? Line("+ ", .good) : Line("- ", .bad)
                let whole =
                    sign + Line("\(difference.property) ", .faint) + Line(value, old.isEmpty ? .good : .bad)
                if whole.columns <= width { return [lead + whole] }
            }
            return [lead + Line(difference.property, .heading).fitted(to: width)]
                + merged(old, new).flatMap { sign, text -> [Line] in
                    let style: ResolvedStyle = sign == "+" ? .good : sign == "-" ? .bad : .faint
                    return text.wrapped(to: max(6, width - 2)).enumerated().map { order, part in
                        lead + Line(order == 0 ? "\(sign) " : "  ", style) + Line(part, style)
                    }
                }
        }
    }

    private static func texts(_ values: [String]) -> [String] {
        values.flatMap { value -> [String] in
            let shown = String(value.prefix(20_000))
            guard let first = shown.first, "{[".contains(first),
                let json = try? JSONValue(parsing: Data(shown.utf8))
            else { return shown.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
            return JSONLines(value: json).lines
        }
    }

    /// Returns the lines of both values in one sequence; a line that both values have occurs once.
    private static func merged(_ old: [String], _ new: [String]) -> [(sign: Character, text: String)] {
        let changes = new.difference(from: old)
        var removed = Set<Int>()
        var inserted = Set<Int>()
        for change in changes {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var lines: [(sign: Character, text: String)] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if left < old.count, removed.contains(left) {
                lines.append(("-", old[left]))
                left += 1
            } else if right < new.count, inserted.contains(right) {
                lines.append(("+", new[right]))
                right += 1
            } else {
                lines.append((" ", new[right]))
                left += 1
                right += 1
            }
        }
        return lines
    }
}
