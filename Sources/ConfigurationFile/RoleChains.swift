import Federation
import YAMLReader

/// A mapping as read from the file, before ``RoleChains`` follows its `via`.
struct MappingEntry {
    let name: String
    let draft: MappingDraft
    let source: SectionSource
}

/// Follows the `via` keys of mappings to the first mapping of each chain, which exchanges a token.
///
/// The hub of a mapping is the mapping in its `via`.
struct RoleChains {
    private let entries: [String: MappingEntry]
    /// The mappings without a hub, by name.
    private let plain: [String: RoleMapping]
    /// The names of all mappings, including invalid mappings.
    private let names: Set<String>
    private let paths: FilePaths
    private var resolved: [String: RoleMapping?] = [:]

    /// - Parameters:
    ///   - entries: The mappings with a hub.
    ///   - plain: The valid mappings without a hub.
    ///   - names: The names of all mappings.
    ///   - paths: Resolves file paths.
    init(_ entries: [MappingEntry], beside plain: [RoleMapping], names: [String], paths: FilePaths) {
        self.entries = Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }
        self.plain = Dictionary(plain.map { ($0.id, $0) }) { first, _ in first }
        self.names = Set(names)
        self.paths = paths
    }

    /// Returns the mapping of an entry; `nil` if the mapping cannot be created.
    mutating func mapping(_ entry: MappingEntry, _ findings: inout Findings) -> RoleMapping? {
        if let mapping = resolved[entry.name] { return mapping }
        resolved[entry.name] = .some(nil)
        let mapping = chained(entry, &findings)
        resolved[entry.name] = mapping
        return mapping
    }

    private mutating func chained(_ entry: MappingEntry, _ findings: inout Findings) -> RoleMapping? {
        guard let name = entry.draft.hub, let element = entry.source.element("via") else { return nil }
        guard names.contains(name) else {
            guard !findings.isFull else { return nil }
            let guess = NearestName.of(name, among: names).map { "; did you mean \($0)?" } ?? ""
            let others = names.subtracting([entry.name])
            findings.add(
                at: element,
                found: "the unknown mapping \(YAMLElement.quoted(name))\(guess)",
                accepted: others.isEmpty
                    ? "the name of another mapping; the configuration defines no other"
                    : others.first(10).joined(separator: ", ")
                        + (others.count > 10 ? " … (\(others.count))" : "")
            )
            return nil
        }
        if let cycle = cycle(through: entry) {
            findings.add(
                at: element,
                found: "a cycle: \(cycle.joined(separator: " → "))",
                accepted: "a mapping whose chain does not return to this one"
            )
            return nil
        }
        guard let hub = plain[name] ?? entries[name].flatMap({ mapping($0, &findings) }) else { return nil }
        let chain = hub.chain
        guard chain.count < ChainedSession.maximumChain else {
            findings.add(
                at: element,
                found: "a chain of \(chain.count + 1): "
                    + (chain.map(\.id) + [entry.name]).joined(separator: " → "),
                accepted: "a chain of at most \(ChainedSession.maximumChain) mappings"
            )
            return nil
        }
        check(entry, hub, &findings)
        return RoleMapping(entry.name, entry.draft, hub: hub, paths: paths)
    }

    /// Returns the names in the cycle through an entry, if any.
    private func cycle(through entry: MappingEntry) -> [String]? {
        var names = [entry.name]
        var next = entry.draft.hub
        while let name = next, names.count <= entries.count {
            names.append(name)
            if name == entry.name { return names }
            next = entries[name]?.draft.hub
        }
        return nil
    }

    /// Checks that the role's partition and the source identity equal the hub's, as AWS requires.
    private func check(_ entry: MappingEntry, _ hub: RoleMapping, _ findings: inout Findings) {
        if let role = entry.draft.roleARN, role.partition != hub.roleARN.partition,
            let element = entry.source.element("role_arn")
        {
            findings.add(
                at: element,
                accepted: "a role in the partition of \(hub.id)'s role, \(hub.roleARN.partition.rawValue)"
            )
        }
        if let identity = entry.draft.sourceIdentity, let earlier = hub.sourceIdentity, identity != earlier,
            let element = entry.source.element("source_identity")
        {
            findings.add(
                at: element,
                accepted: "\(earlier), because a source identity cannot change within a chain"
            )
        }
    }
}
