import YAMLReader

/// The elements of one section: those of the entry itself and those of `defaults`.
struct SectionSource {
    /// The keys down to the section.
    let path: KeyPathText
    /// The place of its own key.
    let place: YAMLProblem.Place
    /// The elements of the entry itself.
    let own: [String: YAMLElement]
    /// The elements of `defaults`.
    let inherited: [String: YAMLElement]
    /// Whether required keys may be missing, as in `defaults`.
    let isTemplate: Bool

    /// The element that gives a key its value.
    func element(_ name: String) -> YAMLElement? {
        own[name] ?? inherited[name]
    }

    /// The section itself, or a missing key in it, as the place of a problem.
    func subject(_ name: String? = nil) -> YAMLElement {
        YAMLElement(text: "", path: name.map { path.appending($0) } ?? path, place: place)
    }
}

/// Reads sections and collects their problems.
struct SectionReader {
    let environment: [String: String]
    var findings = Findings()
    /// The values with their origins; `nil` when they are not recorded.
    var settings: [Setting]?

    /// Returns the members of an element that belong to a section and have a value; reports others.
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

    /// Reads every key of a section into a draft.
    mutating func read<Draft>(_ section: Section<Draft>, from source: SectionSource, into draft: inout Draft)
    {
        for field in section.fields {
            if let subsection = field.subsection {
                let own = source.own[field.name]
                let inherited = source.inherited[field.name]
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
    }

    private mutating func read<Draft>(
        _ field: Field<Draft>,
        _ value: Field<Draft>.Value,
        from source: SectionSource,
        into draft: inout Draft
    ) {
        let element = source.element(field.name) ?? variable(of: field, in: source)
        if let element {
            value.read(element, &draft, &findings)
        } else if field.isRequired, !source.isTemplate {
            findings.add(at: source.subject(field.name), found: "nothing", accepted: value.accepted)
        }
        if settings != nil, !source.isTemplate, let text = value.write(draft) {
            record(text, of: field.name, from: element, in: source)
        }
    }

    /// Records the origin of a value, unless it is an empty list by default.
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

    /// Records a built-in value that depends on other values.
    mutating func record(_ text: String, of name: String, in source: SectionSource) {
        record(text, of: name, from: nil, in: source)
    }

    private func variable<Draft>(of field: Field<Draft>, in source: SectionSource) -> YAMLElement? {
        for name in field.variables {
            guard let value = environment[name], !value.isEmpty else { continue }
            return YAMLElement(variable: name, value: value, path: source.path.appending(field.name))
        }
        return nil
    }
}
