import Dispatch
import Federation
import FoundationEssentials
import Glibc
import Synchronization
import YAMLReader

/// Reads a whole configuration file: the entries, their defaults, and the general keys.
struct ConfigurationReader {
    private typealias Entry = (name: String, element: YAMLElement)

    private static let entryKeys = ["defaults", "identities", "mappings"]
    /// The minimum number of mappings that are read on several cores.
    private static let parallelCount = 1000

    private let paths: FilePaths
    private let vocabulary: ConsoleVocabulary?
    private var sections: SectionReader
    private var identityDefaults: [String: YAMLElement] = [:]
    private var mappingDefaults: [String: YAMLElement] = [:]
    /// A mapping with the values of `defaults:`.
    private var mappingTemplate = Section<MappingDraft>.mapping.defaultDraft
    /// The names of the identities under all occurrences of `identities:`; empty if the file repeats no key.
    ///
    /// The configuration contains only the identities under the last occurrence.
    private var allIdentityNames: Set<String> = []

    /// - Parameters:
    ///   - path: The path of the file; relative paths in the file start at the file's directory.
    ///   - environment: The environment variables that may supply values.
    ///   - vocabulary: The console's actions, columns, and themes; `nil` to skip their checks.
    ///   - recordsSettings: Whether to record the origin of each value.
    init(
        path: String,
        environment: [String: String],
        vocabulary: ConsoleVocabulary? = nil,
        recordsSettings: Bool = false
    ) {
        self.vocabulary = vocabulary
        var environment = environment
        if environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]?.lowercased() == "true" {
            for name in environment.keys where name.hasPrefix("AWS_ENDPOINT_URL") { environment[name] = nil }
        }
        paths = FilePaths(configuration: path, environment: environment)
        sections = SectionReader(
            variables: VariableReader(environment: environment),
            settings: recordsSettings ? [] : nil
        )
    }

    /// Descriptions of all keys in the file, in hierarchical order.
    static var reference: [KeyReference] {
        let identities = Section<ManagedIdentity>.identity.reference
        let mappings = Section<MappingDraft>.mapping.reference
        return [
            KeyReference(
                group: "defaults",
                help: "values for keys that a mapping or an identity omits",
                keys: []
            ),
            KeyReference(
                group: "identities",
                help: "named identities that request tokens",
                keys: identities
            ),
            KeyReference(
                group: "mappings",
                help: "named mappings, each with one role and, without via, one identity and one audience",
                keys: mappings
            ),
        ] + Section.general.reference
    }

    /// The errors and warnings, in file order.
    var problems: [YAMLProblem] { sections.findings.problems.sorted() }

    /// The values with their origins; empty unless they are recorded.
    var settings: [Setting] { sections.settings ?? [] }

    /// Reads the text; the configuration is valid if ``problems`` contains no error.
    ///
    /// If a key is repeated, only its last value is used, but all values are checked.
    mutating func read(_ text: String) -> Configuration {
        let document = YAMLDocument(parsing: text)
        if let problem = document.problem { sections.findings.add(problem) }
        if !document.alternativeRoots.isEmpty {
            let roots = [document.root].compactMap(\.self) + document.alternativeRoots
            allIdentityNames = Set(roots.flatMap { $0.below("identities").names })
        }
        let configuration = read(document.root)
        let settings = sections.settings
        for other in document.alternativeRoots { _ = read(other) }
        sections.settings = settings
        return configuration
    }

    private mutating func read(_ root: YAMLElement?) -> Configuration {
        let top = root.map { sections.keys(of: $0, names: Self.entryKeys + Section.general.names) } ?? [:]
        (identityDefaults, mappingDefaults) = ([:], [:])
        mappingTemplate = Section<MappingDraft>.mapping.defaultDraft
        if let defaults = top["defaults"] { readDefaults(defaults) }
        var configuration = Section.general.defaultDraft
        let identities = entries(top["identities"])
        let names = allIdentityNames.union(identities.map(\.name))
        configuration.identities = identities.map { identity($0, $1, among: names) }
        let tenants = Dictionary(configuration.identities.map { ($0.id, $0.tenantID) }) { first, _ in first }
        let entries = entries(top["mappings"])
        var section = mappings(entries, identities: names, tenants: tenants)
        if !section.chained.isEmpty {
            insert(section.chained, into: &section.mappings, names: entries.map(\.name))
        }
        configuration.mappings = section.mappings
        let general = SectionSource(
            path: KeyPathText(),
            place: .wholeFile,
            own: top,
            inherited: [:],
            isTemplate: false
        )
        sections.read(.general, from: general, into: &configuration)
        complete(&configuration, from: general)
        configuration.history.isForwarded = configuration.fleet.store != nil
        let checks = GeneralChecks(source: general, identities: names, vocabulary: vocabulary)
        checks.check(configuration, &sections.findings)
        if top["network"]?.below("ca_file").isEmpty == false {
            configuration.network.caFile = configuration.network.caFile.map(paths.resolve)
        }
        return configuration
    }

    /// Fills in the endpoints of the Microsoft cloud.
    ///
    /// Without the key `cloud`, the authority or the roles determine the cloud.
    private mutating func complete(_ configuration: inout Configuration, from general: SectionSource) {
        let given = configuration.endpoints
        if general.element("cloud") == nil, let (cloud, reason) = Self.impliedCloud(of: configuration) {
            configuration.cloud = cloud
            sections.replaceSetting(["cloud"], cloud.rawValue, .derived(reason))
        }
        configuration.endpoints = given.completed(for: configuration.cloud)
        let origin = Setting.Origin.derived("from cloud: \(configuration.cloud.rawValue)")
        let endpoints = [
            ("graph", given.graph, configuration.endpoints.graph),
            ("arm", given.arm, configuration.endpoints.arm),
            ("authority", given.authority, configuration.endpoints.authority),
        ]
        for case (let name, nil, let url?) in endpoints {
            sections.addSetting(["endpoints", name], url.absoluteString, origin)
        }
    }

    /// Returns the national cloud that the authority or the roles imply, if any.
    ///
    /// The roles imply a cloud if all are in the same national partition (for example, `aws-cn`). An authority takes
    /// precedence, because a role in a national partition can trust a tenant of the public cloud.
    private static func impliedCloud(
        of configuration: Configuration
    ) -> (cloud: MicrosoftCloud, reason: String)? {
        if let host = configuration.endpoints.authority?.host() {
            guard let cloud = MicrosoftCloud(host: host), cloud != .public else { return nil }
            return (cloud, "from endpoints.authority")
        }
        let mappings = configuration.mappings
        guard let partition = mappings.first?.roleARN.partition,
            let cloud = MicrosoftCloud(partition: partition),
            mappings.allSatisfy({ $0.roleARN.partition == partition })
        else { return nil }
        return (cloud, "from the partition \(partition.rawValue) of every role_arn")
    }

    /// Reports those files in the configuration that cannot be read.
    mutating func checkFiles(_ isReadable: (String) -> Bool) {
        for (element, name) in sections.findings.files {
            let path = element.isVariable ? name : paths.resolve(name)
            guard !isReadable(path) else { continue }
            sections.findings.add(
                at: element,
                found: "\(YAMLElement.quoted(path)), which cannot be read",
                accepted: "a readable file",
                severity: .warning
            )
        }
    }

    /// Stores the values of `defaults:`, and checks them even if no entry inherits them.
    private mutating func readDefaults(_ element: YAMLElement) {
        let identity = Section<ManagedIdentity>.identity
        let mapping = Section<MappingDraft>.mapping
        let all = sections.keys(of: element, names: mapping.names + identity.names)
        identityDefaults = all.filter { identity.names.contains($0.key) }
        mappingDefaults = all.filter { mapping.names.contains($0.key) }
        var unused = identity.defaultDraft
        sections.read(identity, from: template(element, identityDefaults), into: &unused)
        sections.read(mapping, from: template(element, mappingDefaults), into: &mappingTemplate)
    }

    private func template(_ element: YAMLElement, _ keys: [String: YAMLElement]) -> SectionSource {
        SectionSource(path: element.path, place: element.place, own: keys, inherited: [:], isTemplate: true)
    }

    /// Returns the entries under a key; reports an invalid name but keeps the entry.
    private mutating func entries(_ element: YAMLElement?) -> [Entry] {
        guard let element else { return [] }
        guard let members = element.members(&sections.findings) else {
            sections.findings.add(at: element, accepted: "named entries, each with its keys")
            return []
        }
        for (_, member) in members { _ = ValueFormat<String>.name.read(member.key, &sections.findings) }
        return members.map { (name: $0.key, element: $0.element) }
    }

    private mutating func identity(
        _ name: String,
        _ element: YAMLElement,
        among names: Set<String>
    ) -> ManagedIdentity {
        let section = Section<ManagedIdentity>.identity
        let own = sections.keys(of: element, names: section.names)
        let source = SectionSource(
            path: element.path,
            place: element.place,
            own: own,
            inherited: IdentityChecks.readable(identityDefaults, own: own),
            isTemplate: false
        )
        var identity = ManagedIdentity(id: name)
        sections.read(section, from: source, into: &identity)
        IdentityChecks(source: source, names: names).check(identity, &sections.findings)
        identity.settings = paths.resolve(identity.settings)
        return identity
    }

    /// Reads the mappings; parts of a long list are read on several cores.
    private mutating func mappings(
        _ entries: [Entry],
        identities: Set<String>,
        tenants: [String: String?]
    ) -> MappingsSection {
        guard sections.settings == nil, entries.count >= Self.parallelCount else {
            return part(entries[...], identities: identities, tenants: tenants)
        }
        let count = ProcessInfo.processInfo.activeProcessorCount
        let size = entries.count / count + 1
        let parts = Mutex([MappingsSection](repeating: MappingsSection(), count: count))
        DispatchQueue.concurrentPerform(iterations: count) { [self] number in
            var reader = self
            reader.sections.findings = Findings()
            let part = entries.dropFirst(number * size).prefix(size)
            let section = reader.part(part, identities: identities, tenants: tenants)
            parts.withLock { $0[number] = section }
        }
        return parts.withLock(\.self).reduce(into: MappingsSection()) { section, part in
            section.append(part)
            sections.findings.add(part.findings)
        }
    }

    private mutating func part(
        _ entries: ArraySlice<Entry>,
        identities: Set<String>,
        tenants: [String: String?]
    ) -> MappingsSection {
        var part = MappingsSection()
        part.mappings.reserveCapacity(entries.count)
        for (name, element) in entries {
            let entry = mapping(name, element, identities: identities, tenants: tenants)
            if entry.draft.hub != nil {
                part.chained.append((part.mappings.count, entry))
            } else if let mapping = RoleMapping(name, entry.draft, paths: paths) {
                part.mappings.append(mapping)
            }
        }
        part.findings = sections.findings
        return part
    }

    private mutating func mapping(
        _ name: String,
        _ element: YAMLElement,
        identities: Set<String>,
        tenants: [String: String?]
    ) -> MappingEntry {
        let section = Section<MappingDraft>.mapping
        let source = SectionSource(
            path: element.path,
            place: element.place,
            own: sections.keys(of: element, names: section.names),
            inherited: mappingDefaults,
            isTemplate: false
        )
        var draft = mappingTemplate
        sections.readEntry(section, from: source, into: &draft)
        let checks = MappingChecks(
            name: name,
            source: source,
            variables: sections.variables,
            identities: identities,
            tenants: tenants
        )
        checks.check(draft, &sections.findings)
        if draft.region == nil, let role = draft.roleARN {
            sections.record(role.partition.implicitRegion, of: "region", in: source)
        }
        return MappingEntry(name: name, draft: draft, source: source)
    }

    /// Inserts the mappings with `via` in the order of the file.
    private mutating func insert(
        _ chained: [(position: Int, entry: MappingEntry)],
        into mappings: inout [RoleMapping],
        names: [String]
    ) {
        var chains = RoleChains(chained.map(\.entry), beside: mappings, names: names, paths: paths)
        var inserted = 0
        for (position, entry) in chained {
            guard let mapping = chains.mapping(entry, &sections.findings) else { continue }
            mappings.insert(mapping, at: position + inserted)
            inserted += 1
        }
        complete(mappings, from: chained.map(\.entry))
    }

    /// Records the values that mappings get through `via`.
    ///
    /// The values include durations that exceeded AWS's limit for role chaining and were reduced to the limit.
    private mutating func complete(_ mappings: [RoleMapping], from entries: [MappingEntry]) {
        guard sections.settings != nil else { return }
        let drafts = Dictionary(entries.map { ($0.name, $0.draft) }) { first, _ in first }
        for mapping in mappings {
            guard let hub = mapping.hub, let draft = drafts[mapping.id] else { continue }
            let origin = Setting.Origin.derived("from via: \(hub.id)")
            let values = [
                ("identity", draft.identity, mapping.identity),
                ("audience", draft.audience, mapping.audience),
                ("app_role", draft.appRole, mapping.appRole),
            ]
            for case (let name, let own, let value?) in values {
                sections.set(["mappings", mapping.id, name], value, origin, isRecorded: own != nil)
            }
            if draft.duration > mapping.duration {
                sections.replaceSetting(
                    ["mappings", mapping.id, "duration"],
                    DurationText.format(mapping.duration),
                    .derived("AWS's limit of role chaining")
                )
            }
        }
    }
}

/// The mappings of a file, or of a part of it.
private struct MappingsSection {
    /// The valid mappings without `via`.
    var mappings: [RoleMapping] = []
    /// The mappings with `via`, each with the number of ``mappings`` before it in the file.
    var chained: [(position: Int, entry: MappingEntry)] = []
    var findings = Findings()

    mutating func append(_ part: Self) {
        chained += part.chained.map { (mappings.count + $0.position, $0.entry) }
        mappings += part.mappings
    }
}
