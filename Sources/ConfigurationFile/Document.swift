import Foundation
import Yams

/// A YAML document as a tree of nodes that know their places.
struct Document {
    /// The top of the file; `nil` when the file is empty or no YAML at all.
    let root: Element?
    /// The same with earlier ones of its repeated keys in place of the last ones, which count.
    let others: [Element]
    /// Where marks were put in front of repeated keys: the columns of each line.
    private let markers: [Int: [Int]]
    /// The syntax error that ended the reading.
    let problem: ConfigurationProblem?

    /// Parses `text`, with or without a byte order mark.
    ///
    /// All scalars stay the text that was written, for the formats of the keys decide what they mean; no
    /// `off` becomes a Boolean, no account number an octal one.
    init(parsing text: String) {
        do {
            let hasMark = text.unicodeScalars.first == "\u{FEFF}"
            let (node, marked) = try Self.node(
                parsing: hasMark ? String(text.unicodeScalars.dropFirst()) : text
            )
            root = node.map(Element.init(top:))
            others = marked == nil ? [] : node.map(RepeatedKey.readings)?.map(Element.init(top:)) ?? []
            markers = marked.map(RepeatedKey.columns) ?? [:]
            problem = nil
        } catch {
            let (place, found) = Self.description(of: error, in: text)
            root = nil
            others = []
            markers = [:]
            problem = ConfigurationProblem(place: place, keyPath: "", found: found, accepted: "YAML")
        }
    }

    /// The place in the text as it was written, without the marks.
    func original(_ place: ConfigurationProblem.Place) -> ConfigurationProblem.Place {
        guard case .file(let line, let column) = place, let marks = markers[line] else { return place }
        return .file(line: line, column: column - marks.count { $0 < column })
    }

    /// Parses, and goes on when a key is given twice: the earlier one gets a mark in front of its name.
    ///
    /// Gives the text with the marks, where there are some.
    private static func node(parsing text: String) throws -> (node: Node?, marked: String?) {
        var text = text
        var isMarked = false
        for marker in RepeatedKey.markers {
            do {
                return (try Parser(yaml: text, resolver: .basic).singleRoot(), isMarked ? text : nil)
            } catch YamlError.duplicatedKeysInMapping(_, let context) {
                RepeatedKey.mark(context.mark, with: marker, in: &text)
                isMarked = true
            }
        }
        return (try Parser(yaml: text, resolver: .basic).singleRoot(), text)
    }

    private static func description(
        of error: any Error,
        in text: String
    ) -> (ConfigurationProblem.Place, String) {
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            let circumstance = context.map { " \($0.text)" } ?? ""
            return (Element.place(mark), "a syntax error (\(problem)\(circumstance))")
        case YamlError.reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0)
            let line = before.count(where: \.isNewline) + 1
            let column = before.reversed().prefix { !$0.isNewline }.count + 1
            return (.file(line: line, column: column), "a character that is not allowed (\(problem))")
        case YamlError.duplicatedKeysInMapping(let keys, let context):
            return (Element.place(context.mark), "the same key twice (\(keys.joined(separator: ", ")))")
        default:
            return (.wholeFile, "no readable text (\(error))")
        }
    }
}
