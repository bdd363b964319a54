package import Federation

extension Configuration {
    /// Returns the mapping with a name.
    ///
    /// - Throws: ``CommandFailure`` for an unknown name.
    package func requiredMapping(_ name: String) throws(CommandFailure) -> RoleMapping {
        if let mapping = mapping(name) { return mapping }
        throw CommandFailure(
            .usage,
            code: "unknown-mapping",
            "Unknown mapping \(name).",
            fix: knownMappings
        )
    }

    /// Returns the mappings with these names, or all mappings.
    ///
    /// - Throws: ``CommandFailure`` for an unknown name, and when there are no mappings.
    package func chosenMappings(_ names: [String], all: Bool) throws(CommandFailure) -> [RoleMapping] {
        var chosen = all ? mappings : []
        for name in names where !chosen.contains(where: { $0.id == name }) {
            chosen.append(try requiredMapping(name))
        }
        guard !chosen.isEmpty else {
            throw CommandFailure(
                .configuration,
                code: "no-mappings",
                "The configuration has no mappings.",
                fix: "`cambist config edit` opens the file."
            )
        }
        return chosen
    }

    /// A sentence with the names of the first mappings.
    package var knownMappings: String {
        let names = mappings.map(\.id)
        if names.isEmpty {
            return "The configuration has no mappings; `cambist config edit` opens the file."
        }
        let shown = names.prefix(8).joined(separator: ", ")
        return "Mappings: \(shown)\(names.count > 8 ? ", and \(names.count - 8) more" : "")."
    }
}
