import Drawing
import Federation

/// A shell command over several lines that can usually be selected and pasted unchanged.
///
/// Lines break between words; each line except the last ends in a backslash. A word longer than a line is wrapped and
/// cannot be pasted from the screen. The key that copies the command copies the unwrapped text.
struct CommandLines {
    private let words: [String]

    init(_ command: String) {
        words = Self.words(of: VisibleText.oneLine(command, limit: 20_000))
    }

    func lines(columns: Int, indent: Int) -> [Line] {
        let lead = String(repeating: " ", count: min(indent, max(0, columns - 20)))
        let more = lead + "  "
        var texts: [String] = []
        var line = lead
        for word in words {
            let isFirst = line == lead || line == more
            // A line break needs two columns for the backslash.
            if !isFirst, line.columns() + 1 + word.columns() > columns - 2 {
                texts.append(line + " \\")
                line = more + word
            } else {
                line += (isFirst ? "" : " ") + word
            }
        }
        texts.append(line)
        return texts.flatMap { text in
            text.columns() <= columns
                ? [Line(text, .field)]
                : String(text.drop { $0 == " " }).wrapped(to: max(8, columns - more.count))
                    .map { Line(more + $0, .field) }
        }
    }

    /// Returns the value of an option, if any, without the shell's single quotes.
    static func value(of option: String, in command: String) -> String? {
        let words = words(of: command)
        guard let index = words.firstIndex(of: option), words.indices.contains(index + 1) else { return nil }
        let word = words[index + 1]
        guard word.hasPrefix("'"), word.hasSuffix("'"), word.count > 1 else { return word }
        return String(word.dropFirst().dropLast()).replacing("'\\''", with: "'")
    }

    /// Splits a command at spaces outside quotes.
    private static func words(of command: String) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        for character in command {
            if character == " ", quote == nil {
                if !word.isEmpty { words.append(word) }
                word = ""
                continue
            }
            if quote == nil, character == "'" || character == "\"" {
                quote = character
            } else if character == quote {
                quote = nil
            }
            word.append(character)
        }
        return word.isEmpty ? words : words + [word]
    }
}
