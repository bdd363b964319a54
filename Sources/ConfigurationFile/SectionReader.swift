import YAMLReader

/// The YAML elements of a section: the elements of the entry itself and the elements inherited from `defaults:`.
struct SectionSource {
    /// The path of keys to the section.
    let path: KeyPathText
    /// The position of the section's own key.
    let place: YAMLProblem.Place
    let own: [String: YAMLElement]
    let inherited: [String: YAMLElement]
    /// Whether required keys may be missing, as in `defaults:`.
    let isTemplate: Bool

    /// Returns the element that supplies the value of a key, if any.
    func element(_ name: String) -> YAMLElement? {
        own[name] ?? inherited[name]
    }

    /// Returns an element with the position of the section, for a problem with the section or a missing key.
    func subject(_ name: String? = nil) -> YAMLElement {
        YAMLElement(text: "", path: name.map { path.appending($0) } ?? path, place: place)
    }
}

/// Reads sections and collects the problems in them.
struct SectionReader {
    let variables: VariableReader
    var findings = Findings()
    /// The values with their origins; `nil` if they are not recorded.
    var settings: [Setting]?

    /// Returns those members of an element that have a known name and a value; reports unknown names.
    mutating func keys(of element: YAMLElement, names: [String]) -> [String: YAMLElement] {
        guard let members = element.members(&findings) else {
            findings.add(at: element, accepted: "a group of keys (\(names.joined(separator: ", ")))")
            return [:]
        }
        var keys: [String: YAMLElement] = [:]
        for (name, member) in members {
            if !names.contains(name) {
                findings.addUnknownKey(name, at: member, among: names)
            } else if !member.isEmpty {
                keys[name] = member
            }
        }
        return keys
    }

    /// Reads all keys of a section into a draft.
    mutating func read<Draft>(_ section: Section<Draft>, from source: SectionSource, into draft: inout Draft)
    {
        for field in section.fields { read(field, from: source, into: &draft) }
    }

    /// Reads an entry's own keys into a draft that already has the inherited values.
    ///
    /// The method visits only the entry's own keys and ``Section/requiredFields``, because a file may have thousands of
    /// entries. If values are recorded, the method visits all keys.
    mutating func readEntry<Draft>(
        _ section: Section<Draft>,
        from source: SectionSource,
        into draft: inout Draft
    ) {
        guard settings == nil else { return read(section, from: source, into: &draft) }
        for name in source.own.keys {
            if let field = section[name] { read(field, from: source, into: &draft) }
        }
        for field in section.requiredFields where source.own[field.name] == nil {
            read(field, from: source, into: &draft)
        }
    }

    private mutating func read<Draft>(
        _ field: Field<Draft>,
        from source: SectionSource,
        into draft: inout Draft
    ) {
        if let subsection = field.subsection {
            let own = source.own[field.name]
            let inherited = source.inherited[field.name]
            if own == nil, inherited == nil, settings == nil, subsection.isOptional { return }
            let inner = SectionSource(
                path: source.path.appending(field.name),
                place: own?.place ?? source.place,
                own: own.map { keys(of: $0, names: subsection.names) } ?? [:],
                inherited: inherited.map { keys(of: $0, names: subsection.names) } ?? [:],
                isTemplate: source.isTemplate
            )
            subsection.read(inner, &draft, &self)
        } else if let value = field.value {
            read(field, value, from: source, into: &draft)
        }
    }

    private mutating func read<Draft>(
        _ field: Field<Draft>,
        _ value: Field<Draft>.Value,
        from source: SectionSource,
        into draft: inout Draft
    ) {
        let element = source.element(field.name) ?? variables.element(of: field, in: source)
        if let element {
            value.read(element, &draft, &findings)
        } else if field.isRequired, !source.isTemplate,
            field.replacement.flatMap({ source.element($0) }) == nil
        {
            findings.add(at: source.subject(field.name), found: "nothing", accepted: value.accepted)
        }
        if settings != nil, !source.isTemplate, let text = value.write(draft) {
            record(text, of: field.name, from: element, in: source)
        }
    }

    /// Records a value with its origin; skips an empty list or table that is a built-in default.
    private mutating func record(
        _ text: String,
        of name: String,
        from element: YAMLElement?,
        in source: SectionSource
    ) {
        let origin = element.map { Setting.Origin($0, isInherited: source.own[name] == nil) } ?? .builtIn
        guard origin != .builtIn || !PlainText.isEmpty(text) else { return }
        settings?.append(Setting(keys: source.path.appending(name).keys, text: text, origin: origin))
    }

    /// Records a built-in default that depends on other values.
    mutating func record(_ text: String, of name: String, in source: SectionSource) {
        record(text, of: name, from: nil, in: source)
    }

    /// Inserts a derived value into ``settings``, behind the other values of its group.
    ///
    /// The group is the path `keys` without the last key.
    mutating func addSetting(_ keys: [String], _ text: String, _ origin: Setting.Origin) {
        guard let recorded = settings else { return }
        let group = keys.dropLast()
        let last = recorded.lastIndex { $0.keys.dropLast() == group }
        let place = last.map { $0 + 1 } ?? recorded.firstIndex { $0.keys.first == "cloud" } ?? recorded.count
        settings?.insert(Setting(keys: keys, text: PlainText.scalar(text), origin: origin), at: place)
    }

    /// Records a value that an entry gets from another entry.
    ///
    /// If ``settings`` already contains a value of the entry at `keys`, `isRecorded` is true.
    mutating func set(_ keys: [String], _ text: String, _ origin: Setting.Origin, isRecorded: Bool) {
        if isRecorded {
            replaceSetting(keys, text, origin)
        } else {
            addSetting(keys, text, origin)
        }
    }

    /// Replaces a recorded value with a derived value.
    mutating func replaceSetting(_ keys: [String], _ text: String, _ origin: Setting.Origin) {
        guard let index = settings?.firstIndex(where: { $0.keys == keys }) else { return }
        settings?[index] = Setting(keys: keys, text: PlainText.scalar(text), origin: origin)
    }
}

/// Reads environment variables for the keys that have no value in the file.
struct VariableReader {
    let environment: [String: String]

    func element<Draft>(of field: Field<Draft>, in source: SectionSource) -> YAMLElement? {
        for name in field.variables {
            guard let value = environment[name], !value.isEmpty else { continue }
            return YAMLElement(variable: name, value: value, path: source.path.appending(field.name))
        }
        return nil
    }
}
