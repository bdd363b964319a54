import Federation

/// What the general keys must be together, and with the entries.
struct GeneralChecks {
    static let themes = ["dark", "light", "mono", "high-contrast"]

    let source: SectionSource
    /// The names of all identities.
    let identities: Set<String>
    let vocabulary: ConsoleVocabulary?

    func check(_ configuration: Configuration, _ findings: inout Findings) {
        let themes = Self.themes + configuration.console.themes.keys.sorted()
        if !themes.contains(configuration.console.theme), let element = source.own["console"] {
            findings.add(
                at: element.below("theme"),
                found: Element.quoted(configuration.console.theme),
                accepted: themes.alternatives
            )
        }
        if let identity = configuration.setup.graphIdentity, !identities.contains(identity),
            let element = source.own["setup"]
        {
            findings.addUnknown(identity: identity, at: element.below("graph_identity"), among: identities)
        }
        if let vocabulary { checkKeys(configuration.console.keys, vocabulary, &findings) }
    }

    /// The names of actions and of keys must be those of the console.
    private func checkKeys(
        _ keys: [String: String],
        _ vocabulary: ConsoleVocabulary,
        _ findings: inout Findings
    ) {
        guard let element = source.own["keys"] else { return }
        let names = vocabulary.actions.map(\.name)
        for (name, key) in keys.sorted(by: { $0.key < $1.key }) {
            if !names.contains(name) {
                findings.addUnknownKey(name, at: element.below(name), among: names)
            } else if !vocabulary.isKey(key) {
                findings.add(
                    at: element.below(name),
                    accepted: "one character, or a name such as <Enter>, <F5>, <C-d>, <PgDn>, <Space>"
                )
            }
        }
    }
}
