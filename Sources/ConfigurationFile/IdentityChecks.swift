import Federation
import YAMLReader

/// Checks that the keys of an identity are consistent with each other.
struct IdentityChecks {
    let source: SectionSource
    /// The names of all identities.
    let names: Set<String>

    /// Returns the inherited keys that the identity's source reads; other keys are ignored.
    static func readable(_ inherited: [String: YAMLElement], own: [String: YAMLElement]) -> [String:
        YAMLElement]
    {
        let word = (own["source"] ?? inherited["source"])?.text
        let kind = word.flatMap(TokenSourceKind.init) ?? .auto
        return inherited.filter { name, _ in
            Section<ManagedIdentity>.identity[name] != nil && kind.reads(name)
        }
    }

    func check(_ identity: ManagedIdentity, _ findings: inout Findings) {
        checkSelectors(identity, &findings)
        checkSourceKeys(identity, &findings)
        checkRequiredKeys(identity, &findings)
        if let other = identity.settings.federatedIdentity, let element = source.element("federated_identity")
        {
            if other == identity.id {
                findings.add(
                    at: element,
                    found: "the identity itself",
                    accepted: "the name of a different identity"
                )
            } else if !names.contains(other) {
                findings.addUnknown(identity: other, at: element, among: names.subtracting([identity.id]))
            }
        }
    }

    /// Checks that at most one ID selects the identity, and warns if no ID does.
    ///
    /// A `principal_id` together with another ID is valid: the `principal_id` is the expected subject of the token.
    private func checkSelectors(_ identity: ManagedIdentity, _ findings: inout Findings) {
        let keys = ["client_id", "resource_id"] + (identity.isSystemAssigned ? ["system_assigned"] : [])
        let given = keys.filter { source.element($0) != nil }
        for key in given.dropFirst() {
            guard let element = source.own[key] ?? source.element(key) else { continue }
            findings.add(
                at: element,
                found: "\(key) in addition to \(given[0])",
                accepted: "one of \(keys.joined(separator: ", "))"
            )
        }
        if given.isEmpty, identity.principalID == nil, identity.source.properties.canSelectIdentity {
            findings.add(
                at: source.subject(),
                found: "no ID that selects the identity, so the host's default identity is used",
                accepted: "client_id, resource_id, principal_id, or system_assigned: true",
                severity: .warning
            )
        }
    }

    private func checkSourceKeys(_ identity: ManagedIdentity, _ findings: inout Findings) {
        for key in Section<ManagedIdentity>.identity.names where !identity.source.reads(key) {
            guard let element = source.own[key] else { continue }
            let readers = TokenSourceKind.readers[key, default: []].map(\.rawValue)
            findings.add(
                at: element,
                found: "a key that source \(identity.source.rawValue) does not read",
                accepted: "\(key) with source \(readers.alternatives)"
            )
        }
    }

    /// Checks that the keys required by the source are present, and that exclusive keys are not combined.
    private func checkRequiredKeys(_ identity: ManagedIdentity, _ findings: inout Findings) {
        for requirement in identity.source.properties.requirements
        where !requirement.contains(where: { source.element($0) != nil }) {
            findings.add(
                at: source.subject(requirement[0]),
                found: "nothing",
                accepted: "\(requirement.alternatives), which source \(identity.source.rawValue) requires"
            )
        }
        for (one, other) in [("secret_env", "secret_file"), ("token_file", "federated_identity")] {
            guard source.element(one) != nil, let element = source.own[other] else { continue }
            findings.add(at: element, found: "\(other) in addition to \(one)", accepted: "one of the two")
        }
    }
}

extension Findings {
    /// Reports a reference to an unknown identity, and suggests a similar name, if any.
    mutating func addUnknown(identity name: String, at element: YAMLElement, among names: Set<String>) {
        guard !isFull else { return }
        let guess = NearestName.of(name, among: names).map { "; did you mean \($0)?" } ?? ""
        let known =
            names.isEmpty
            ? "the name of an identity; the configuration defines none"
            : names.first(10).joined(separator: ", ")
        let more = names.count > 10 ? " … (\(names.count))" : ""
        add(
            at: element,
            found: "the unknown identity \(YAMLElement.quoted(name))\(guess)",
            accepted: known + more
        )
    }
}

extension Set<String> {
    /// Returns the first names in alphabetical order, without sorting all of them.
    func first(_ count: Int) -> [String] {
        var first: [String] = []
        for name in self where first.count < count || name < first[count - 1] {
            first.insert(name, at: first.firstIndex { name < $0 } ?? first.count)
            if first.count > count { first.removeLast() }
        }
        return first
    }
}
