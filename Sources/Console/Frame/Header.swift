import Drawing
import Federation

/// The first line: where we are, how many mappings are in which state, how the clocks differ.
struct Header {
    let state: ConsoleState

    /// Gives up the clocks first, then words, then the counts.
    func line(columns: Int) -> Line {
        let name = Line(" cambist", .accent) + Line("  \(state.origin ?? "")", .faint)
        let candidates = [
            counts(hasWords: true) + clocks, counts(hasWords: true),
            counts(hasWords: false) + clocks, counts(hasWords: false),
        ]
        for right in candidates {
            let room = columns - name.columns - right.columns - 1
            if room >= 2 { return name + Line(String(repeating: " ", count: room)) + right }
        }
        return name.fitted(to: columns)
    }

    private func counts(hasWords: Bool) -> Line {
        var line = Line()
        for condition in Condition.allCases {
            let count = state.roster.counts[condition, default: 0]
            if count == 0 { continue }
            let word = hasWords ? " \(condition.rawValue)" : ""
            line += Line(line.isEmpty ? "" : "  ") + Line("\(condition.glyph) \(count)\(word)", condition.ink)
        }
        return line
    }

    private var clocks: Line {
        offset("azure", state.clocks.azure) + offset("aws", state.clocks.aws)
    }

    private func offset(_ name: String, _ clock: ClockOffset?) -> Line {
        guard let clock else { return Line() }
        let tenths = Int((clock.offset.seconds * 10).rounded())
        let sign = tenths < 0 ? "−" : "+"
        let text = "\(sign)\(abs(tenths) / 10).\(abs(tenths) % 10) s"
        return Line("  \(name) ", .faint) + Line(text, clock.isSignificant ? .caution : .faint)
    }
}
