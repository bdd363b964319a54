import Federation
import Foundation
import Yams

/// A value of the file, or of an environment variable, with the keys that lead to it.
struct Element {
    let node: Node
    let path: KeyPathText
    /// Where its key stands, or the value itself when it has none.
    let place: ConfigurationProblem.Place

    /// The top of a file.
    init(top node: Node) {
        self.init(node: node, path: KeyPathText(), place: .wholeFile)
    }

    /// A variable's value, as if it stood in the file.
    init(variable: String, value: String, path: KeyPathText) {
        self.init(node: Self.scalar(value), path: path, place: .environment(variable))
    }

    init(node: Node, path: KeyPathText, place: ConfigurationProblem.Place) {
        self.node = node
        self.path = path
        self.place = place
    }

    /// Whether nothing is written there: `key:`, `key: ~`, `key: null`.
    var isEmpty: Bool {
        guard case .scalar(let scalar) = node, [.plain, .any].contains(scalar.style) else { return false }
        return ["", "~", "null"].contains(scalar.string)
    }

    /// Whether the value comes from the environment.
    var isVariable: Bool {
        if case .environment = place { true } else { false }
    }

    /// The text of a scalar.
    var text: String? { node.scalar?.string }

    /// What it is, as an error says it.
    var found: String {
        switch node {
        case .scalar(let scalar): isEmpty ? "nothing" : Self.quoted(scalar.string)
        case .sequence: "a list"
        case .mapping: "a group of keys"
        case .alias: "an alias"
        }
    }

    /// The value under a key of this mapping, or where it would stand.
    func below(_ key: String) -> Self {
        let found = node.mapping?.first { $0.key.scalar?.string == key }
        return Self(
            node: found?.value ?? Self.scalar(""),
            path: path.appending(key),
            place: found?.key.mark.map(Self.place) ?? place
        )
    }

    /// The names of its members, as they are written.
    var names: [String] {
        node.mapping?.compactMap { $0.key.scalar.map { RepeatedKey.name(of: $0.string) ?? $0.string } } ?? []
    }

    /// The parts of an environment variable that lists them.
    var commaSeparated: [Self]? {
        text?.split(separator: ",").map { part in
            Self(node: Self.scalar(part.trimmingCharacters(in: .whitespaces)), path: path, place: place)
        }
    }

    /// The elements of a list.
    var items: [Self]? {
        node.sequence?.enumerated().map { index, item in
            Self(node: item, path: path.appending(index), place: item.mark.map(Self.place) ?? place)
        }
    }

    /// The members of a mapping; none for an empty value, `nil` for anything else.
    ///
    /// Keys that are given twice, or that are no text, are reported and left out.
    func members(_ findings: inout Findings) -> [(key: String, element: Self)]? {
        if isEmpty { return [] }
        guard let mapping = node.mapping else { return nil }
        var members: [(key: String, element: Self)] = []
        for (key, value) in mapping {
            let place = key.mark.map(Self.place) ?? place
            guard let name = key.scalar?.string else {
                let element = Self(node: key, path: path, place: place)
                findings.add(at: element, found: element.found + " as a key", accepted: "a name")
                continue
            }
            let repeated = RepeatedKey.name(of: name)
            let element = Self(node: value, path: path.appending(repeated ?? name), place: place)
            if repeated == nil {
                members.append((name, element))
            } else {
                findings.add(at: element, found: "a key that comes again below", accepted: "each key once")
            }
        }
        return members
    }

    /// A node of our own making.
    ///
    /// It is told how to resolve its tag, for the library's usual way compiles a dozen regular expressions first.
    static func scalar(_ text: String) -> Node {
        Node(text, Tag(.implicit, .basic))
    }

    static func place(_ mark: Mark) -> ConfigurationProblem.Place {
        .file(line: mark.line, column: mark.column)
    }

    /// A text in quotes, on one line, shortened.
    static func quoted(_ text: String) -> String {
        "\"\(VisibleText.oneLine(text, limit: 80))\""
    }
}

/// The keys from the top of the file down to a value: `mappings.audit.tags[2]`.
struct KeyPathText: Hashable, Sendable, CustomStringConvertible {
    private(set) var keys: [String] = []

    func appending(_ key: String) -> Self {
        Self(keys: keys + [key])
    }

    func appending(_ index: Int) -> Self {
        Self(keys: keys.dropLast() + ["\(keys.last ?? "")[\(index)]"])
    }

    var description: String { keys.joined(separator: ".") }
}

/// What reading found wrong so far.
struct Findings {
    private(set) var problems: [ConfigurationProblem] = []
    /// The values that name files.
    private(set) var files: [(element: Element, name: String)] = []
    private var known: Set<ConfigurationProblem> = []

    /// Notes a problem at an element; the same one twice, as defaults cause, is noted once.
    mutating func add(
        at element: Element,
        found: String? = nil,
        accepted: String,
        severity: ConfigurationProblem.Severity = .error
    ) {
        add(
            ConfigurationProblem(
                place: element.place,
                keyPath: element.path.description,
                found: found ?? element.found,
                accepted: accepted,
                severity: severity
            )
        )
    }

    /// Notes that a value names a file.
    mutating func addFile(_ name: String, at element: Element) {
        files.append((element, name))
    }

    mutating func add(_ problem: ConfigurationProblem) {
        if known.insert(problem).inserted { problems.append(problem) }
    }
}
