import Federation
import FoundationEssentials
import TrustPolicy

/// The unreplaced placeholders of a policy template: `${AWS_ACCOUNT_ID}`, `<TENANT>`, `{{ audience }}`.
struct PolicyPlaceholders {
    /// The placeholders, each once, in the order of their paths.
    let names: [String]
    /// The path of the first placeholder.
    let path: String

    /// Finds the placeholders of a document; `nil` for a document without placeholders.
    ///
    /// An IAM policy variable contains a single colon and is not a placeholder: `${aws:username}`.
    init?(in document: JSONValue) {
        var found: [(path: String, name: String)] = []
        Self.collect(in: document, path: "", &found)
        guard let first = found.first else { return nil }
        var seen: Set<String> = []
        names = found.map(\.name).filter { seen.insert($0).inserted }
        path = first.path
    }

    /// Whether a quick text search finds signs of a placeholder; `false` for nearly all finished policies.
    static func mayOccur(in document: String) -> Bool {
        mayHavePlaceholder(document) || ["\\", "Ref\"", "Fn::"].contains { document.contains($0) }
    }

    private static func collect(
        in value: JSONValue,
        path: String,
        _ found: inout [(path: String, name: String)]
    ) {
        switch value {
        case .string(let text):
            found += placeholders(in: text).map { (path, $0) }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                collect(in: element, path: "\(path)[\(index)]", &found)
            }
        case .object(let members):
            for name in members.keys.sorted() {
                guard name != "Ref", !name.hasPrefix("Fn::") else {
                    found.append((path, value.compactText))
                    return
                }
                let place = path.isEmpty ? name : "\(path).\(name)"
                found += placeholders(in: name).map { (place, $0) }
                collect(in: members[name] ?? .null, path: place, &found)
            }
        case .null, .bool, .integer, .number: break
        }
    }

    private static func placeholders(in text: String) -> [String] {
        guard text.utf8.count <= maximumTextSize, mayHavePlaceholder(text) else { return [] }
        let pattern =
            #/\$\{[^${}]*\}|\{\{[^{}]*\}\}|<[A-Za-z][\w .-]*>|%[A-Z][A-Z_]+%|__[A-Z][A-Z_]+__|\$[A-Z][A-Z0-9_]{2,}|\b(YOUR|MY)[-_][A-Z_-]+\b|\b(AWS_)?(ACCOUNT|TENANT|CLIENT|PRINCIPAL|OBJECT|PROVIDER)[-_]ID\b/#
        return text.matches(of: pattern.wordBoundaryKind(.simple)).map { String($0.output.0) }.filter {
            !isVariable($0)
        }
    }

    /// The maximum size of a text to search, in bytes: IAM's limit for a whole trust policy.
    private static let maximumTextSize = 4096

    /// Whether a text has a character of a bracketed placeholder, or two capital letters in a row.
    ///
    /// The test avoids the slow regular expression for nearly all texts.
    private static func mayHavePlaceholder(_ text: String) -> Bool {
        var wasCapital = false
        for byte in text.utf8 {
            let isCapital = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            if isCapital && wasCapital || "${<%".utf8.contains(byte) { return true }
            wasCapital = isCapital
        }
        return false
    }

    /// Whether the text is a policy variable, an escaped character, or a variable that every shell sets.
    private static func isVariable(_ text: String) -> Bool {
        guard text.hasPrefix("${") else { return ["$HOME", "$PATH", "$PWD", "$SHELL"].contains(text) }
        return ["${*}", "${?}", "${$}"].contains(text) || text.contains(":") && !text.contains("::")
    }
}

extension DiagnosisContext {
    /// The phrase `PLACEHOLDER with VALUE` if the token or the role has the value; if not, only the placeholder.
    func withReplacement(_ placeholder: String) -> String {
        // SUBSCRIPTION and SUBNET contain SUB, but do not mean the subject.
        let name = ["SUBSCRIPTION", "SUBNET"].reduce(placeholder.uppercased()) { $0.replacing($1, with: "") }
        let issuer = claims?.issuer
        let values: [(word: String, value: String?)] = [
            ("ACCOUNT", request.roleARN?.account),
            ("TENANT", claims?.tenantID ?? issuer.flatMap(EntraIssuer.init(url:))?.tenant),
            ("AUDIENCE", claims?.effectiveAudiences.first), ("PRINCIPAL", claims?.subject),
            ("OBJECT", claims?.subject), ("SUB", claims?.subject),
            ("PROVIDER", issuer.map(OIDCProvider.hostAndPath)),
            ("ISSUER", issuer.map(OIDCProvider.hostAndPath)),
        ]
        let value = values.first { name.contains($0.word) && $0.value != nil }?.value
        return value.map { "\(placeholder) with \($0)" } ?? placeholder
    }
}
