import Federation
import FoundationEssentials
import YAMLReader

/// Checks that the general keys are consistent with each other and with the entries.
struct GeneralChecks {
    static let themes = ["auto", "dark", "light", "mono", "high-contrast"]

    let source: SectionSource
    /// The names of all identities.
    let identities: Set<String>
    let vocabulary: ConsoleVocabulary?

    func check(_ configuration: Configuration, _ findings: inout Findings) {
        let themes = Self.themes + configuration.console.themes.keys.sorted()
        if !themes.contains(configuration.console.theme), let element = source.own["console"] {
            findings.add(
                at: element.below("theme"),
                found: YAMLElement.quoted(configuration.console.theme),
                accepted: themes.alternatives
            )
        }
        if let identity = configuration.setup.graphIdentity, !identities.contains(identity),
            let element = source.own["setup"]
        {
            findings.addUnknown(identity: identity, at: element.below("graph_identity"), among: identities)
        }
        checkCloud(configuration, &findings)
        if let vocabulary { checkNames(configuration.console, vocabulary, &findings) }
    }

    /// Checks that the Azure endpoints belong to the cloud that the file sets.
    private func checkCloud(_ configuration: Configuration, _ findings: inout Findings) {
        guard let element = source.own["cloud"] else { return }
        let endpoints = configuration.endpoints
        let named = [
            ("authority", endpoints.authority), ("graph", endpoints.graph), ("arm", endpoints.arm),
        ]
        for (key, url) in named {
            guard let host = url?.host(), let cloud = MicrosoftCloud(host: host), cloud != configuration.cloud
            else {
                continue
            }
            let isGiven = source.own["endpoints"]?.below(key).isEmpty == false
            findings.add(
                at: element,
                accepted: "\(cloud.rawValue), because "
                    + (isGiven ? "endpoints.\(key)" : "AZURE_AUTHORITY_HOST")
                    + " names \(host) in that cloud"
            )
        }
    }

    /// Checks the names of actions, keys, columns, slots, and attributes against the console's names.
    private func checkNames(
        _ console: ConsoleSettings,
        _ vocabulary: ConsoleVocabulary,
        _ findings: inout Findings
    ) {
        if let element = source.own["keys"] {
            findings.add(vocabulary.checkKeys(console.keys), below: element)
        }
        if let element = source.own["console"],
            let unknown = console.columns.first(where: { !vocabulary.columns.contains($0) })
        {
            findings.add(
                at: element.below("columns"),
                found: YAMLElement.quoted(unknown),
                accepted: vocabulary.columns.alternatives
            )
        }
        for (name, slots) in console.themes {
            guard let element = source.own["themes"]?.below(name) else { continue }
            findings.add(vocabulary.checkTheme(slots), below: element)
        }
    }
}

extension Findings {
    fileprivate mutating func add(_ rejected: [ConsoleVocabulary.RejectedValue], below element: YAMLElement) {
        for value in rejected {
            let place = value.keys.reduce(element) { $0.below($1) }
            add(at: place, found: value.found, accepted: value.accepted)
        }
    }
}
