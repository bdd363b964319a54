/// Chooses unused names for proposed entries of the configuration.
struct ProposalNames {
    private var taken: Set<String>
    /// The maximum length of a name; the default session name, `cambist-NAME`, can have 64 characters.
    private static let limit = 56

    init(_ taken: some Sequence<String>) {
        self.taken = Set(taken)
    }

    /// Returns the first unused name: `text` alone, with one of the suffixes, or with a number.
    mutating func name(_ text: String, or suffixes: [String] = [], fallback: String) -> String {
        let base = Self.name(text) ?? Self.name(fallback) ?? "mapping"
        let candidates = [base] + suffixes.map { Self.joined(base, Self.name($0) ?? $0) }
        let found =
            candidates.first { !taken.contains($0) }
            ?? (2...).lazy.map { Self.joined(base, String($0)) }.first { !taken.contains($0) } ?? base
        taken.insert(found)
        return found
    }

    private static func joined(_ base: String, _ suffix: String) -> String {
        let suffix = "-" + suffix.prefix(limit / 2)
        return base.prefix(limit - suffix.count) + suffix
    }

    /// The text as a name, with a hyphen for each run of invalid characters; `nil` if it has no letter or digit.
    private static func name(_ text: String) -> String? {
        var result = ""
        for scalar in text.unicodeScalars {
            let character = Character(scalar)
            if scalar.isASCII, character.isLetter || character.isNumber || "_+=,.@-".contains(character) {
                result.append(character)
            } else if result.last != "-" {
                result.append("-")
            }
            if result.count >= limit { break }
        }
        let trimmed = result.drop { !$0.isLetter && !$0.isNumber }
        let end = trimmed.lastIndex { $0 != "-" }.map { trimmed.index(after: $0) } ?? trimmed.startIndex
        return trimmed[..<end].isEmpty ? nil : String(trimmed[..<end])
    }
}
