import YAMLReader

/// The file that `cambist config init` creates: all keys, documented and commented out.
///
/// Removing the first `# ` of each line after the introduction makes the file a valid configuration.
package struct StarterFile: Sendable {
    private static let commentColumn = 60
    /// An optional key that the example configuration needs, because the key selects the identity.
    private static let selector = "client_id"
    private static let defaults = ["region", "duration", "session_name"]

    private let actions: [ConsoleAction]
    private let schema: String

    /// - Parameters:
    ///   - actions: The console's actions, in the order of its help.
    ///   - schema: The path of the file with the ``ConfigurationSchema``, relative to the directory of the new file.
    package init(actions: [ConsoleAction], schema: String) {
        self.actions = actions
        self.schema = schema
    }

    package var text: String {
        let introduction = [
            "# yaml-language-server: $schema=\(schema)",
            "# cambist: tokens of Microsoft Entra identities exchanged for AWS session credentials.",
            "# Remove the first # from the lines that you need, and fill in your own values.",
            "# cambist config check reports problems; cambist config show lists the effective values.",
        ]
        let sections = ConfigurationFile.reference.map { section(for: $0).map { "# " + $0 } }
        return ([introduction] + sections).map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }

    private func section(for reference: KeyReference) -> [String] {
        let head = line(reference.name + ":", reference.help)
        switch reference.name {
        case "defaults":
            let mapping = ConfigurationFile.reference.first { $0.name == "mappings" }
            return [head]
                + (mapping?.keys ?? []).filter { Self.defaults.contains($0.name) }.flatMap {
                    lines(for: $0, 2)
                }
        case "identities":
            return [head, "  logging:"] + reference.keys.flatMap { lines(for: $0, 4) }
        case "mappings":
            return [head, "  audit:"] + reference.keys.flatMap { lines(for: $0, 4) }
        case "keys":
            return [head] + actions.map { line("  # \($0.name): \(PlainText.scalar($0.key))", $0.help) }
        default:
            return reference.keys.isEmpty
                ? lines(for: reference, 0) : [head] + reference.keys.flatMap { lines(for: $0, 2) }
        }
    }

    /// Returns the lines for a key with its example, and for the keys below it, indented.
    private func lines(for reference: KeyReference, _ indentation: Int) -> [String] {
        let isNeeded = reference.isRequired || reference.name == Self.selector
        let indent = String(repeating: " ", count: indentation) + (isNeeded ? "" : "# ")
        guard reference.keys.isEmpty else {
            let inner = reference.keys.flatMap { lines(for: $0, 2) }.map { key in
                indent + "  " + key.dropFirst(2).replacing("# ", with: "", maxReplacements: 1)
            }
            return [line("\(indent)\(reference.name):", reference.help)] + inner
        }
        return [line("\(indent)\(reference.name): \(reference.example)", reference.explanation)]
    }

    private func line(_ text: String, _ comment: String) -> String {
        let gap = String(repeating: " ", count: max(1, Self.commentColumn - text.count))
        return "\(text)\(gap)# \(comment)"
    }
}

extension KeyReference {
    /// The key's purpose, accepted values, environment variables, and token sources.
    fileprivate var explanation: String {
        var text = help
        if !isSelfExplanatory { text += ": \(accepted)" }
        if !variables.isEmpty { text += "; if absent, \(variables.alternatives)" }
        if !sources.isEmpty { text += "; for source \(sources.alternatives)" }
        return text
    }
}
