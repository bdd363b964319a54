import Federation
import Foundation
import Yams

/// A value of a file or of an environment variable, with its place and the keys above it.
package struct YAMLElement {
    let node: Node
    package let path: KeyPathText
    /// The place of its key, or of the value itself when it has no key.
    package let place: YAMLProblem.Place

    /// The top of a file.
    init(top node: Node) {
        self.init(node: node, path: KeyPathText(), place: .wholeFile)
    }

    /// The value of an environment variable, read as a scalar of the file.
    package init(variable: String, value: String, path: KeyPathText) {
        self.init(text: value, path: path, place: .environment(variable))
    }

    /// A scalar that the file does not have at this place, such as a missing value.
    package init(text: String = "", path: KeyPathText, place: YAMLProblem.Place) {
        self.init(node: Self.scalar(text), path: path, place: place)
    }

    init(node: Node, path: KeyPathText, place: YAMLProblem.Place) {
        self.node = node
        self.path = path
        self.place = place
    }

    /// Whether the value is empty: `key:`, `key: ~`, `key: null`.
    package var isEmpty: Bool {
        guard case .scalar(let scalar) = node, [.plain, .any].contains(scalar.style) else { return false }
        return ["", "~", "null"].contains(scalar.string)
    }

    /// Whether the value comes from the environment.
    package var isVariable: Bool {
        if case .environment = place { true } else { false }
    }

    /// The text of a scalar.
    package var text: String? { node.scalar?.string }

    /// The value in the words of an error.
    package var found: String {
        switch node {
        case .scalar(let scalar): isEmpty ? "nothing" : Self.quoted(scalar.string)
        case .sequence: "a list"
        case .mapping: "a group of keys"
        case .alias: "an alias"
        }
    }

    /// The value of a key of this mapping; an empty one at this place when it has no such key.
    package func below(_ key: String) -> Self {
        let found = node.mapping?.first { $0.key.scalar?.string == key }
        return Self(
            node: found?.value ?? Self.scalar(""),
            path: path.appending(key),
            place: found?.key.mark.map(Self.place) ?? place
        )
    }

    /// The names of its members, as written.
    package var names: [String] {
        node.mapping?.compactMap { $0.key.scalar.map { RepeatedKey.name(of: $0.string) ?? $0.string } } ?? []
    }

    /// The parts of an environment variable, separated by commas.
    package var commaSeparated: [Self]? {
        text?.split(separator: ",").map { part in
            Self(node: Self.scalar(part.trimmingCharacters(in: .whitespaces)), path: path, place: place)
        }
    }

    /// The elements of a list.
    package var items: [Self]? {
        node.sequence?.enumerated().map { index, item in
            Self(node: item, path: path.appending(index), place: item.mark.map(Self.place) ?? place)
        }
    }

    /// The members of a mapping; none for an empty value, `nil` for anything else.
    ///
    /// Repeated keys, and keys that are no text, are reported and left out.
    package func members(_ findings: inout Findings) -> [(key: String, element: Self)]? {
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

    /// A plain scalar.
    ///
    /// Its tag names the basic resolver; the library's default one compiles a dozen regular expressions first.
    static func scalar(_ text: String) -> Node {
        Node(text, Tag(.implicit, .basic))
    }

    static func place(_ mark: Mark) -> YAMLProblem.Place {
        .file(line: mark.line, column: mark.column)
    }

    /// A text in quotes, on one line, shortened.
    package static func quoted(_ text: String) -> String {
        "\"\(VisibleText.oneLine(text, limit: 80))\""
    }
}

/// The keys from the top of the file down to a value: `mappings.audit.tags[2]`.
package struct KeyPathText: Hashable, Sendable, CustomStringConvertible {
    package private(set) var keys: [String] = []

    package init() {}

    private init(keys: [String]) {
        self.keys = keys
    }

    package func appending(_ key: String) -> Self {
        Self(keys: keys + [key])
    }

    package func appending(_ index: Int) -> Self {
        Self(keys: keys.dropLast() + ["\(keys.last ?? "")[\(index)]"])
    }

    package var description: String { keys.joined(separator: ".") }
}
