import Federation
import Foundation
import Yams

/// A YAML document as a tree of elements with positions.
///
/// The text may be malicious, so its size, its depth, and its number of values, with aliases expanded, are
/// limited before the tree is traversed.
package struct YAMLDocument {
    /// The maximum size, in bytes.
    package static let maximumSize = 4 << 20
    /// The maximum number of values, with aliases expanded.
    package static let maximumValueCount = 300_000
    /// The maximum nesting depth.
    package static let maximumDepth = 64

    /// The root of the document; `nil` if the document is empty or cannot be parsed.
    package let root: YAMLElement?
    /// Alternative roots with earlier occurrences of repeated keys; ``root`` contains the last ones.
    package let alternativeRoots: [YAMLElement]
    /// The reason that the document cannot be parsed.
    package let problem: YAMLProblem?
    /// The columns of the markers inserted before repeated keys, by line.
    private let markers: [Int: [Int]]

    /// Parses `text`, with or without a byte order mark.
    ///
    /// All scalars remain text exactly as written; the formats of the keys interpret them. So `off` does not become a
    /// Boolean, and an account ID with a leading zero does not become an octal number.
    package init(parsing text: String) {
        do throws(YAMLProblem) {
            let hasMark = text.unicodeScalars.first == "\u{FEFF}"
            let (node, marked) = try Self.node(
                parsing: hasMark ? String(text.unicodeScalars.dropFirst()) : text
            )
            root = node.map(YAMLElement.init(top:))
            alternativeRoots =
                marked == nil
                ? [] : node.map(RepeatedKey.alternativeVersions)?.map(YAMLElement.init(top:)) ?? []
            markers = marked.map(RepeatedKey.columns) ?? [:]
            problem = nil
        } catch {
            (root, alternativeRoots, markers) = (nil, [], [:])
            problem = error
        }
    }

    /// Returns the position in the original text, without the markers.
    package func original(_ place: YAMLProblem.Place) -> YAMLProblem.Place {
        guard case .file(let line, let column) = place, let marks = markers[line] else { return place }
        return .file(line: line, column: column - marks.count { $0 < column })
    }

    /// Parses the text, repeatedly if a mapping contains a key twice, with a marker inserted before the earlier
    /// occurrence.
    ///
    /// Each marker requires another parse, so the total amount of text that is parsed again is limited to one
    /// megabyte.
    ///
    /// - Returns: The tree, and the text with markers, if there are any.
    private static func node(parsing text: String) throws(YAMLProblem) -> (node: Node?, marked: String?) {
        guard text.utf8.count <= maximumSize else {
            throw .overLimit("more than \(maximumSize >> 20) MB", accepted: "at most \(maximumSize >> 20) MB")
        }
        if let place = AliasedKey.place(in: text) {
            throw YAMLProblem(
                place: place,
                keyPath: "",
                found: "an alias or a group as a key",
                accepted: "a name"
            )
        }
        var text = text
        var isMarked = false
        var budget = 1 << 20
        for marker in RepeatedKey.markers {
            do {
                let node = try parsed(text)
                return (node, isMarked ? text : nil)
            } catch YamlError.duplicatedKeysInMapping(_, let context) where budget >= text.utf8.count {
                budget -= text.utf8.count
                RepeatedKey.mark(context.mark, with: marker, in: &text)
                isMarked = true
            } catch let problem as YAMLProblem {
                throw problem
            } catch {
                throw YAMLProblem(error, in: text)
            }
        }
        throw .overLimit("more than \(RepeatedKey.markers.count) repeated keys", accepted: "each key once")
    }

    private static func parsed(_ text: String) throws -> Node? {
        // The constructor, whose default tables take time to create, is not used for nodes.
        let parser = try Parser(yaml: text, resolver: .basic, constructor: Constructor([:], [:], [:]))
        do {
            let root = try parser.singleRoot()
            if let root { try checkSize(of: root) }
            return root
        } catch {
            // Aliases can nest anchors to any depth, and releasing such a tree would overflow the stack: it is
            // leaked.
            _ = Unmanaged.passRetained(parser)
            throw error
        }
    }

    /// Traverses the tree without recursion and fails at the first limit that is exceeded.
    private static func checkSize(of root: Node) throws(YAMLProblem) {
        var count = 0
        var open: [(node: Node, depth: Int)] = [(root, 1)]
        while let (node, depth) = open.popLast() {
            count += 1
            guard count + open.count <= maximumValueCount else {
                throw .overLimit(
                    "more than \(maximumValueCount) values, with aliases expanded",
                    accepted: "at most \(maximumValueCount)"
                )
            }
            guard depth <= maximumDepth else {
                throw .overLimit(
                    "nesting deeper than \(maximumDepth) levels",
                    accepted: "at most \(maximumDepth)"
                )
            }
            switch node {
            case .mapping(let mapping):
                // The mapping's own iterator copies all pairs first.
                for index in mapping.indices {
                    let (key, value) = mapping[index]
                    open.append((key, depth + 1))
                    open.append((value, depth + 1))
                }
            case .sequence(let items):
                for item in items { open.append((item, depth + 1)) }
            case .scalar, .alias: break
            }
        }
    }
}

/// Finds aliases in mapping keys before the text is parsed.
///
/// The parser compares the keys of a mapping with aliases fully expanded, which could mean billions of values.
private enum AliasedKey {
    /// Returns the position of a key that is an alias or, in a text with aliases, a list or mapping; `nil` if none is.
    ///
    /// The search does not recognize quotation marks or comments: in a text with aliases, it may mistake part of a
    /// quoted text, such as `a]: b`, for a key.
    static func place(in text: String) -> YAMLProblem.Place? {
        let bytes = Array(text.utf8)
        var usesAliases = false
        var key: Int?
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "*")
            where startsToken(index, bytes) && index + 1 < bytes.count && isName(bytes[index + 1]):
                usesAliases = true
                var end = index + 1
                while end < bytes.count, isName(bytes[end]) { end += 1 }
                if key == nil, isKey(before: end, bytes) { key = index }
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if key == nil, isKey(before: index + 1, bytes) { key = index }
            case UInt8(ascii: "?") where startsToken(index, bytes):
                if key == nil { key = index }
            default: break
            }
            if usesAliases, let key { return place(of: key, bytes) }
        }
        return nil
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }

    /// Whether a token can begin at this index: at the start of a line, after white space, or after a YAML indicator.
    private static func startsToken(_ index: Int, _ bytes: [UInt8]) -> Bool {
        guard index > 0 else { return true }
        let before = bytes[index - 1]
        return before <= 0x20 || before >= 0x80 || "[]{},:?-\"'".utf8.contains(before)
    }

    /// Whether a colon follows on the same line.
    private static func isKey(before index: Int, _ bytes: [UInt8]) -> Bool {
        var index = index
        while index < bytes.count, isBlank(bytes[index]) { index += 1 }
        return index < bytes.count && bytes[index] == UInt8(ascii: ":")
    }

    private static func place(of index: Int, _ bytes: [UInt8]) -> YAMLProblem.Place {
        let before = bytes[..<index]
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let column = String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1
        return .file(line: before.count { $0 == UInt8(ascii: "\n") } + 1, column: column)
    }
}

extension YAMLProblem {
    fileprivate static func overLimit(_ found: String, accepted: String) -> Self {
        Self(place: .wholeFile, keyPath: "", found: found, accepted: accepted)
    }

    /// Creates the problem for an error of the parser.
    fileprivate init(_ error: any Error, in text: String) {
        let (place, found): (Place, String) =
            switch error {
            case YamlError.scanner(let context, let problem, let mark, _),
                YamlError.parser(let context, let problem, let mark, _),
                YamlError.composer(let context, let problem, let mark, _):
                (YAMLElement.place(mark), "a syntax error (\(problem)\(context.map { " \($0.text)" } ?? ""))")
            case YamlError.reader(let problem, let offset, _, _):
                (
                    Self.place(ofCharacter: offset ?? 0, in: text),
                    "a character that is not allowed (\(problem))"
                )
            case YamlError.duplicatedKeysInMapping(let keys, let context):
                (
                    YAMLElement.place(context.mark),
                    "the same key twice (\(VisibleText.oneLine(keys.joined(separator: ", "), limit: 200)))"
                )
            default:
                (.wholeFile, "no readable text (\(VisibleText.oneLine("\(error)", limit: 200)))")
            }
        self.init(place: place, keyPath: "", found: found, accepted: "YAML")
    }

    private static func place(ofCharacter offset: Int, in text: String) -> Place {
        let before = text.prefix(offset)
        let line = before.count(where: \.isNewline) + 1
        return .file(line: line, column: before.reversed().prefix { !$0.isNewline }.count + 1)
    }
}
