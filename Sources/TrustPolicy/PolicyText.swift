import Federation

/// A text value of a condition: literals, wildcards, and policy variables.
///
/// - The request's value replaces `${key}`.
/// - `${key, 'default'}` has a default for a request without the key.
/// - `${*}`, `${?}`, and `${$}` are literal characters.
///
/// Source: IAM user guide, "Policy variables".
struct PolicyText: Hashable, Sendable {
    private enum Piece: Hashable {
        case literal(String)
        case oneCharacter
        case anyCharacters
        case variable(key: String, fallback: String?)
    }

    /// The options for parsing a value's text.
    struct ParsingOptions: Hashable, Sendable {
        /// Whether `*` and `?` are wildcards rather than literal characters.
        var hasWildcards: Bool
        /// Whether `${…}` is a variable, as in policies of version 2012-10-17.
        var hasVariables: Bool
        var foldsCase: Bool
    }

    private let pieces: [Piece]
    private let foldsCase: Bool
    /// The pattern of a text without variables.
    private let variableFreePattern: WildcardPattern?

    init(_ text: String, options: ParsingOptions) {
        self.init(pieces: Self.pieces(of: text, options: options), foldsCase: options.foldsCase)
    }

    private init(pieces: [Piece], foldsCase: Bool) {
        self.pieces = pieces
        self.foldsCase = foldsCase
        variableFreePattern = Self.makePattern(of: pieces)
    }

    /// Returns whether `text` matches after the request's values have replaced the variables.
    ///
    /// With ``ParsingOptions/foldsCase``, `text` must be lowercase. Nothing matches if a variable has neither a value
    /// nor a default.
    func matches(_ text: some StringProtocol, in context: RequestContext) -> TernaryResult {
        if let variableFreePattern { return TernaryResult(variableFreePattern.matches(text)) }
        switch substituted(in: context) {
        case .text(let substituted):
            return TernaryResult(substituted.variableFreePattern?.matches(text) ?? false)
        case .unresolvable: return .no
        case .unknown: return .unknown
        }
    }

    /// The six fields of an ARN; `nil` if there are fewer.
    var arnFields: [PolicyText]? {
        var fields: [[Piece]] = [[]]
        for piece in pieces {
            guard case .literal(let text) = piece else {
                fields[fields.count - 1].append(piece)
                continue
            }
            let parts = text.split(
                separator: ":",
                maxSplits: ARN.fieldCount - fields.count,
                omittingEmptySubsequences: false
            )
            for (index, part) in parts.enumerated() {
                if index > 0 { fields.append([]) }
                fields[fields.count - 1].append(.literal(String(part)))
            }
        }
        guard fields.count == ARN.fieldCount else { return nil }
        return fields.map { PolicyText(pieces: $0, foldsCase: foldsCase) }
    }

    /// Returns the literal texts between the wildcards; variables with the given keys count as wildcards.
    ///
    /// - Parameter keys: The keys, in lowercase.
    /// - Returns: The literal texts; `nil` if the text has another variable.
    func literals(aroundVariables keys: Set<String>) -> [String]? {
        var literals = [""]
        for piece in pieces {
            switch piece {
            case .literal(let text): literals[literals.count - 1] += text
            case .oneCharacter, .anyCharacters: literals.append("")
            case .variable(let key, _):
                guard keys.contains(key) else { return nil }
                literals.append("")
            }
        }
        return literals
    }

    /// The text with `*` and `?` for the wildcards; `nil` for a text with variables.
    var variableFreeText: String? {
        var text = ""
        for piece in pieces {
            switch piece {
            case .literal(let literal): text += literal
            case .oneCharacter: text += "?"
            case .anyCharacters: text += "*"
            case .variable: return nil
            }
        }
        return text
    }

    /// The keys of the text's variables.
    var variableKeys: [String] {
        pieces.compactMap { piece in
            if case .variable(let key, _) = piece { key } else { nil }
        }
    }
}

extension PolicyText {
    /// The escapes of `$`, `*`, and `?`, which are special characters without an escape.
    ///
    /// Source: IAM user guide, policy variables.
    static let escapes = ["${$}", "${*}", "${?}"]

    /// The result of substituting a request's values.
    enum Substitution {
        case text(PolicyText)
        /// A variable has neither a single value nor a default.
        case unresolvable
        case unknown
    }

    /// Replaces the variables by the request's values; `*` and `?` in a request's value are literal.
    func substituted(in context: RequestContext) -> Substitution {
        var substituted: [Piece] = []
        for piece in pieces {
            guard case .variable(let key, let fallback) = piece else {
                substituted.append(piece)
                continue
            }
            switch context.entry(foldedKey: key) {
            case .unknown:
                return .unknown
            case .values(let values) where values.count == 1:
                substituted.append(.literal(foldsCase ? values[0].lowercased() : values[0]))
            case .values, nil:
                guard let fallback else { return .unresolvable }
                substituted.append(.literal(fallback))
            }
        }
        return .text(PolicyText(pieces: substituted, foldsCase: foldsCase))
    }

    /// Returns the key of the first variable with neither a value in the request nor a default, if any.
    func unresolvableKey(in context: RequestContext) -> String? {
        for case .variable(let key, nil) in pieces {
            switch context.entry(foldedKey: key) {
            case .unknown: continue
            case .values(let values) where values.count == 1: continue
            case .values, nil: return key
            }
        }
        return nil
    }

    private static func makePattern(of pieces: [Piece]) -> WildcardPattern? {
        var pattern = WildcardPattern()
        for piece in pieces {
            if case .variable = piece { return nil }
            append(piece, to: &pattern)
        }
        return pattern
    }

    private static func append(_ piece: Piece, to pattern: inout WildcardPattern) {
        switch piece {
        case .literal(let text): pattern.append(literal: text)
        case .oneCharacter: pattern.appendOneCharacter()
        case .anyCharacters: pattern.appendAnyCharacters()
        case .variable: break
        }
    }
}

extension PolicyText {
    private static func pieces(of text: String, options: ParsingOptions) -> [Piece] {
        var pieces: [Piece] = []
        var literal = ""
        func endLiteral() {
            if !literal.isEmpty {
                pieces.append(.literal(options.foldsCase ? literal.lowercased() : literal))
            }
            literal = ""
        }
        var rest = text.unicodeScalars[...]
        // The code searches for the last brace only once, because a search for each unclosed variable would be slow.
        let lastClose = options.hasVariables ? rest.lastIndex(of: "}") : nil
        while let scalar = rest.first {
            if let lastClose, rest.startIndex < lastClose, let (content, end) = variable(at: rest) {
                rest = rest[end...]
                if let escaped = escapedCharacter(content) {
                    literal.unicodeScalars.append(escaped)
                } else {
                    endLiteral()
                    pieces.append(variable(content, foldsCase: options.foldsCase))
                }
                continue
            }
            rest.removeFirst()
            switch scalar {
            case "*" where options.hasWildcards:
                endLiteral()
                pieces.append(.anyCharacters)
            case "?" where options.hasWildcards:
                endLiteral()
                pieces.append(.oneCharacter)
            default:
                literal.unicodeScalars.append(scalar)
            }
        }
        endLiteral()
        return pieces
    }

    /// Returns the content between `${` and `}` at the beginning of `text`, and the index after the `}`.
    private static func variable(
        at text: Substring.UnicodeScalarView
    ) -> (content: String, end: Substring.UnicodeScalarView.Index)? {
        guard text.starts(with: "${".unicodeScalars), let close = text.firstIndex(of: "}") else { return nil }
        let content = text[text.index(text.startIndex, offsetBy: 2)..<close]
        return content.isEmpty ? nil : (String(content), text.index(after: close))
    }

    private static func escapedCharacter(_ content: String) -> Unicode.Scalar? {
        guard content == "*" || content == "?" || content == "$" else { return nil }
        return content.unicodeScalars.first
    }

    private static func variable(_ content: String, foldsCase: Bool) -> Piece {
        let parts = content.split(separator: ",", maxSplits: 1).map { $0.trimmed }
        guard parts.count == 2, parts[1].count >= 2, parts[1].hasPrefix("'"), parts[1].hasSuffix("'") else {
            return .variable(key: content.lowercased(), fallback: nil)
        }
        let fallback = String(parts[1].dropFirst().dropLast())
        return .variable(key: parts[0].lowercased(), fallback: foldsCase ? fallback.lowercased() : fallback)
    }
}

extension Substring {
    /// The text without leading and trailing spaces.
    fileprivate var trimmed: Substring {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
