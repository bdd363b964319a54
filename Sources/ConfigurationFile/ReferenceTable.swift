/// A Markdown table of all keys in the configuration file.
package enum ReferenceTable {
    /// A header of two lines, and one row for each key that has a value.
    package static var markdown: String {
        let head = ["| key | accepts | without it | what it is for |", "|---|---|---|---|"]
        return (head + ConfigurationFile.reference.flatMap { rows(for: $0, below: []) }).joined(
            separator: "\n"
        )
    }

    private static func rows(for reference: KeyReference, below path: [String]) -> [String] {
        let isNamed = path.isEmpty && ["identities", "mappings"].contains(reference.name)
        let path = path + [reference.name] + (isNamed ? ["NAME"] : [])
        guard reference.keys.isEmpty else { return reference.keys.flatMap { rows(for: $0, below: path) } }
        let sources =
            reference.sources.isEmpty ? "" : " (source \(reference.sources.alternatives))"
        let cells = [
            "`\(path.joined(separator: "."))`", reference.accepted, fallback(of: reference),
            reference.help + sources,
        ]
        return ["| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"]
    }

    private static func fallback(of reference: KeyReference) -> String {
        if reference.isRequired { return "required" }
        let values = reference.variables + [reference.standard].compactMap(\.self)
        return values.map { "`\($0)`" }.joined(separator: ", ")
    }
}
