import Federation
import FoundationEssentials

/// A `$filter` expression: conditions joined by `and`.
struct GraphFilter: Sendable {
    private enum Term {
        case equals(property: String, value: JSONValue)
        case startsWith(property: String, prefix: String)
        case contains(collection: String, value: String)
    }

    private let terms: [Term]

    /// Parses an expression such as `displayName eq 'x' and tags/any(t:t eq 'y')`.
    ///
    /// - Throws: ``GraphError`` with `Request_UnsupportedQuery` for any other syntax.
    init(_ text: String) throws(GraphError) {
        var terms: [Term] = []
        for part in Self.split(text) {
            guard let term = Self.term(part) else {
                throw .unsupportedQuery("invalid filter clause '\(part)'")
            }
            terms.append(term)
        }
        self.terms = terms
    }

    /// Whether an object matches the filter.
    func matches(_ object: JSONValue) -> Bool {
        terms.allSatisfy { term in
            switch term {
            case .equals(let property, let value): Self.isEqual(object[property], value)
            case .startsWith(let property, let prefix):
                object[property]?.string?.lowercased().hasPrefix(prefix.lowercased()) ?? false
            case .contains(let collection, let value): object[collection]?.strings.contains(value) ?? false
            }
        }
    }

    /// Compares values; ignores the case of strings, as Graph does.
    private static func isEqual(_ found: JSONValue?, _ wanted: JSONValue) -> Bool {
        guard let text = found?.string, let other = wanted.string else { return found == wanted }
        return text.lowercased() == other.lowercased()
    }

    /// Splits an expression at ` and `, except inside quotation marks.
    private static func split(_ text: String) -> [String] {
        var parts = [""]
        for (index, piece) in text.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
            if index > 0 { parts[parts.count - 1] += "'" }
            guard index.isMultiple(of: 2) else {
                parts[parts.count - 1] += piece
                continue
            }
            let pieces = piece.components(separatedBy: " and ")
            parts[parts.count - 1] += pieces[0]
            parts += pieces.dropFirst()
        }
        return parts.map { $0.trimmed }
    }

    private static func term(_ text: String) -> Term? {
        if let match = text.wholeMatch(of: /([A-Za-z]+)\/any\((\w+):\s*(\w+) eq '(.*)'\)/) {
            guard match.2 == match.3 else { return nil }
            return .contains(collection: String(match.1), value: unquoted(match.4))
        }
        if let match = text.wholeMatch(of: /startswith\(\s*([A-Za-z]+)\s*,\s*'(.*)'\s*\)/) {
            return .startsWith(property: String(match.1), prefix: unquoted(match.2))
        }
        guard let match = text.wholeMatch(of: /([A-Za-z]+) eq (.+)/) else { return nil }
        return literal(match.2).map { .equals(property: String(match.1), value: $0) }
    }

    private static func literal(_ text: Substring) -> JSONValue? {
        switch text {
        case "true": .bool(true)
        case "false": .bool(false)
        case "null": .null
        case _ where text.count >= 2 && text.hasPrefix("'") && text.hasSuffix("'"):
            .string(unquoted(text.dropFirst().dropLast()))
        default: UUID(uuidString: String(text)).map { .string($0.uuidString.lowercased()) }
        }
    }

    private static func unquoted(_ text: Substring) -> String {
        String(text).replacing("''", with: "'")
    }
}
