import Yams

/// Keys that a mapping has twice, which the YAML parser takes for the end of all reading.
///
/// To find everything else that is wrong too, the earlier key gets a marker in front of its name, a
/// character that no name has, and the text is parsed again.
enum RepeatedKey {
    /// As many markers as repeated keys are told apart.
    static let markers = (0x10_F000...0x10_F063).compactMap { Unicode.Scalar(UInt32($0)) }

    private static let lineBreaks: Set<Unicode.Scalar> = ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"]

    /// Puts a marker in front of the name at `mark`, inside its quotes if it has some.
    static func mark(_ mark: Mark, with marker: Unicode.Scalar, in text: inout String) {
        var scalars = text.unicodeScalars
        let start = lineStart(mark.line, in: scalars)
        var index = scalars.index(start, offsetBy: mark.column - 1, limitedBy: scalars.endIndex) ?? start
        if index < scalars.endIndex, scalars[index] == "\"" || scalars[index] == "'" {
            scalars.formIndex(after: &index)
        }
        scalars.insert(marker, at: index)
        text = String(scalars)
    }

    /// The name without its marker; `nil` when it has none.
    static func name(of key: String) -> String? {
        guard let first = key.unicodeScalars.first, first.value >= 0x10_F000, markers.contains(first) else {
            return nil
        }
        return String(key.unicodeScalars.dropFirst())
    }

    /// Where a line, counted from 1, starts.
    private static func lineStart(
        _ line: Int,
        in scalars: String.UnicodeScalarView
    ) -> String.UnicodeScalarView.Index {
        var index = scalars.startIndex
        var current = 1
        while current < line, index < scalars.endIndex {
            let next = scalars.index(after: index)
            let isPair = scalars[index] == "\r" && next < scalars.endIndex && scalars[next] == "\n"
            if lineBreaks.contains(scalars[index]), !isPair { current += 1 }
            index = next
        }
        return index
    }
}
