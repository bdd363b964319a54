import Federation

/// What the general keys must be together, and with the entries.
struct GeneralChecks {
    static let themes = ["dark", "light", "mono", "high-contrast"]

    let source: SectionSource
    /// The names of all identities.
    let identities: Set<String>

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
    }
}
