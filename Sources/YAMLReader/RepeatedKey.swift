import Yams

/// Handles repeated keys in a mapping, which make the YAML parser stop.
///
/// To report all other problems as well, the earlier key is prefixed with a marker, a private-use character
/// that no name contains, and the text is parsed again.
enum RepeatedKey {
    /// One marker for each repeated key, one hundred in total.
    static let markers = (0x10_F000...0x10_F063).compactMap { Unicode.Scalar(UInt32($0)) }

    private static let lineBreaks: Set<Unicode.Scalar> = ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"]

    /// Inserts a marker before the name at `mark`, inside its quotation marks if there are any.
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

    /// Returns the columns of the markers in each line, counted as the parser counts them.
    static func columns(in text: String) -> [Int: [Int]] {
        var columns: [Int: [Int]] = [:]
        var (line, column) = (1, 1)
        var last: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            let isMarker = scalar.value >= 0x10_F000 && markers.contains(scalar)
            if isMarker { columns[line, default: []].append(column) }
            let endsPair = last == "\r" && scalar == "\n"
            if lineBreaks.contains(scalar), !endsPair { line += 1 }
            column = lineBreaks.contains(scalar) ? 1 : column + 1
            last = scalar
        }
        return columns
    }

    /// Returns alternative versions of a document: one with the first occurrence of each repeated key, one with the
    /// second, and so on.
    ///
    /// If a key has fewer occurrences, its last one is used. The result is empty if no key is repeated. There are at
    /// most ten versions, because each is a separate tree.
    static func alternativeVersions(of node: Node) -> [Node] {
        let most = min(10, repetitions(in: node))
        return (0..<most).map { alternativeVersion(of: node, number: $0) }
    }

    /// Returns the number of earlier occurrences of the most repeated key.
    private static func repetitions(in node: Node) -> Int {
        switch node {
        case .mapping(let mapping):
            let names = mapping.compactMap { $0.key.scalar.flatMap { name(of: $0.string) } }
            let own = Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +).values
            let below = mapping.map { repetitions(in: $0.value) }
            return max(own.max() ?? 0, below.max() ?? 0)
        case .sequence(let items):
            return items.map(repetitions).max() ?? 0
        case .scalar, .alias:
            return 0
        }
    }

    private static func alternativeVersion(of node: Node, number: Int) -> Node {
        switch node {
        case .mapping(let mapping):
            let pairs = pairs(of: mapping, number: number)
            return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style, mapping.mark))
        case .sequence(let items):
            let read = items.map { alternativeVersion(of: $0, number: number) }
            return .sequence(Node.Sequence(read, items.tag, items.style, items.mark))
        case .scalar, .alias:
            return node
        }
    }

    /// Returns each key once, with its occurrence of the given number or, if there are fewer, its last.
    private static func pairs(of mapping: Node.Mapping, number: Int) -> [(Node, Node)] {
        var seen: [String: Int] = [:]
        var chosen: Set<String> = []
        var pairs: [(Node, Node)] = []
        for (key, value) in mapping {
            var key = key
            if let scalar = key.scalar {
                let repeated = name(of: scalar.string)
                let count = seen[repeated ?? scalar.string, default: 0]
                seen[repeated ?? scalar.string] = count + 1
                if let repeated {
                    guard count == number else { continue }
                    chosen.insert(repeated)
                    key = .scalar(Node.Scalar(repeated, scalar.tag, scalar.style, scalar.mark))
                } else if chosen.contains(scalar.string) {
                    continue
                }
            }
            pairs.append((key, alternativeVersion(of: value, number: number)))
        }
        return pairs
    }

    /// Returns the name without its marker; `nil` if it has none.
    static func name(of key: String) -> String? {
        guard let first = key.unicodeScalars.first, first.value >= 0x10_F000, markers.contains(first) else {
            return nil
        }
        return String(key.unicodeScalars.dropFirst())
    }

    /// Returns the start of a line, counted from 1.
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
