import Yams

/// Where the keys of one section stand: in the entry itself, or in `defaults`.
struct SectionSource {
    /// The way to the section.
    let path: KeyPathText
    /// Where its own key stands.
    let place: ConfigurationProblem.Place
    /// What the entry itself says.
    let own: [String: Element]
    /// What `defaults` says.
    let inherited: [String: Element]
    /// Whether missing keys are no matter, as in `defaults`.
    let isTemplate: Bool

    /// The element that gives a key its value.
    func element(_ name: String) -> Element? {
        own[name] ?? inherited[name]
    }

    /// The section itself, for what concerns all of it or what is missing in it.
    func subject(_ name: String? = nil) -> Element {
        Element(node: Element.scalar(""), path: name.map { path.appending($0) } ?? path, place: place)
    }
}

/// Reads sections, and collects what is wrong in them.
struct SectionReader {
    let environment: [String: String]
    var findings = Findings()
    /// Where each value came from, when somebody wants to know.
    var settings: [Setting]?

    /// The members of an element that belong to a section and have a value; others are reported.
    mutating func keys(of element: Element, names: [String]) -> [String: Element] {
        guard let members = element.members(&findings) else {
            findings.add(at: element, accepted: "a group of keys (\(names.joined(separator: ", ")))")
            return [:]
        }
        var keys: [String: Element] = [:]
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

    /// Notes where a value came from, unless it is an empty list that nobody wrote.
    private mutating func record(
        _ text: String,
        of name: String,
        from element: Element?,
        in source: SectionSource
    ) {
        let origin = element.map { Setting.Origin($0, isInherited: source.own[name] == nil) } ?? .builtIn
        guard origin != .builtIn || !PlainText.isEmpty(text) else { return }
        settings?.append(Setting(keys: source.path.appending(name).keys, text: text, origin: origin))
    }

    /// Notes a built-in value that depends on other values.
    mutating func record(_ text: String, of name: String, in source: SectionSource) {
        record(text, of: name, from: nil, in: source)
    }

    private func variable<Draft>(of field: Field<Draft>, in source: SectionSource) -> Element? {
        for name in field.variables {
            guard let value = environment[name], !value.isEmpty else { continue }
            return Element(variable: name, value: value, path: source.path.appending(field.name))
        }
        return nil
    }
}

extension Findings {
    /// Notes a key that is none of those that may stand there, with the one that was probably meant.
    mutating func addUnknownKey(_ name: String, at element: Element, among names: [String]) {
        let guess = NearestName.of(name, among: names).map { "; did you mean \($0)?" } ?? ""
        add(at: element, found: "an unknown key\(guess)", accepted: names.joined(separator: ", "))
    }
}
