import Drawing
import Federation

/// The first line: where we are, how many mappings are in which state, how the clocks differ.
struct Header {
    let state: ConsoleState

    /// Gives up first how certain the clocks are, then the clocks, then words, then where we are; the counts last.
    func line(columns: Int) -> Line {
        let cambist = Line(" cambist", .accent)
        let name = cambist + Line("  \(state.origin ?? "")", .faint)
        let brief = clocks(\.brief)
        let clocks = [
            Line(brief.isEmpty ? "" : "  clocks", .faint) + brief, brief, clocks(\.seconds), Line(),
        ]
        let candidates = [true, false].lazy.map(counts(hasWords:)).flatMap { counts in
            clocks.map { counts + $0 }
        }
        for right in candidates {
            let room = columns - name.columns - right.columns - 1
            if room >= 2 { return name + Line(String(repeating: " ", count: room)) + right }
        }
        let counts = counts(hasWords: false)
        if counts.isEmpty { return name.fitted(to: columns) }
        let room = columns - cambist.columns - counts.columns - 1
        if room < 2 { return (Line(" ") + counts).fitted(to: columns) }
        return cambist + Line(String(repeating: " ", count: room)) + counts
    }

    private func counts(hasWords: Bool) -> Line {
        var line = Line()
        for condition in MappingStatus.allCases {
            let count = state.roster.counts[condition, default: 0]
            if count == 0 { continue }
            let word = hasWords ? " \(condition.rawValue)" : ""
            line += Line(line.isEmpty ? "" : "  ") + Line("\(condition.glyph) \(count)\(word)", condition.ink)
        }
        return line
    }

    private func clocks(_ text: KeyPath<ClockOffset, String>) -> Line {
        offset("Azure", state.clocks.azure, text) + offset("AWS", state.clocks.aws, text)
    }

    private func offset(_ name: String, _ clock: ClockOffset?, _ text: KeyPath<ClockOffset, String>) -> Line {
        guard let clock else { return Line() }
        return Line("  \(name) ", .faint)
            + Line(clock[keyPath: text], clock.isSignificant ? .caution : .faint)
    }
}
