import Federation
import Foundation
import Yams

/// A value from a file or an environment variable, with its position and path of keys.
package struct YAMLElement {
    let node: Node
    package let path: KeyPathText
    /// The position of the value's key, or of the value itself if it has no key.
    package let place: YAMLProblem.Place

    /// Creates the root element of a file.
    init(top node: Node) {
        self.init(node: node, path: KeyPathText(), place: .wholeFile)
    }

    /// Creates an element from an environment variable, parsed like a scalar in the file.
    package init(variable: String, value: String, path: KeyPathText) {
        self.init(text: value, path: path, place: .environment(variable))
    }

    /// Creates a scalar that does not exist in the file at this position, such as a missing value.
    package init(text: String = "", path: KeyPathText, place: YAMLProblem.Place) {
        self.init(node: Self.scalar(text), path: path, place: place)
    }

    init(node: Node, path: KeyPathText, place: YAMLProblem.Place) {
        self.node = node
        self.path = path
        self.place = place
    }

    /// Whether the value is null: `key:`, `key: ~`, `key: null`.
    package var isEmpty: Bool {
        guard case .scalar(let scalar) = node, [.plain, .any].contains(scalar.style) else { return false }
        return ["", "~", "null"].contains(scalar.string)
    }

    /// Whether the value comes from an environment variable.
    package var isVariable: Bool {
        if case .environment = place { true } else { false }
    }

    /// The text, if the value is a scalar.
    package var text: String? { node.scalar?.string }

    /// Whether it is a group of keys that is written on separate lines, not in braces.
    ///
    /// A group in lines begins at its first key, one in braces before it.
    package var isBlockGroup: Bool {
        guard let mapping = node.mapping, let key = mapping.first?.key, let begin = node.mark?.line else {
            return false
        }
        return key.mark.map { $0.line == begin && $0.column == node.mark?.column } ?? false
    }

    /// The line of its key in the file.
    package var line: Int? { if case .file(let line, _) = place { line } else { nil } }

    /// The column of its key in the file, from 1.
    package var column: Int? { if case .file(_, let column) = place { column } else { nil } }

    /// A description of the value for error messages.
    package var found: String {
        switch node {
        case .scalar(let scalar): isEmpty ? "nothing" : Self.quoted(scalar.string)
        case .sequence: "a list"
        case .mapping: "a group of keys"
        case .alias: "an alias"
        }
    }

    /// Returns the value of a key in this mapping, or an empty value at this position if there is none.
    package func below(_ key: String) -> Self {
        let found = node.mapping?.first { $0.key.scalar?.string == key }
        return Self(
            node: found?.value ?? Self.scalar(""),
            path: path.appending(key),
            place: found?.key.mark.map(Self.place) ?? place
        )
    }

    /// The keys of the mapping, as written.
    package var names: [String] {
        node.mapping?.compactMap { $0.key.scalar.map { RepeatedKey.name(of: $0.string) ?? $0.string } } ?? []
    }

    /// The comma-separated parts of an environment variable.
    package var commaSeparated: [Self]? {
        text?.split(separator: ",").map { part in
            Self(node: Self.scalar(part.trimmingCharacters(in: .whitespaces)), path: path, place: place)
        }
    }

    /// The elements, if the value is a list.
    package var items: [Self]? {
        node.sequence?.enumerated().map { index, item in
            Self(node: item, path: path.appending(index), place: item.mark.map(Self.place) ?? place)
        }
    }

    /// Returns the members of a mapping; empty for a null value, `nil` for other values.
    ///
    /// Repeated keys and keys that are not text are reported and omitted.
    package func members(_ findings: inout Findings) -> [(key: String, element: Self)]? {
        if isEmpty { return [] }
        guard let mapping = node.mapping else { return nil }
        var members: [(key: String, element: Self)] = []
        members.reserveCapacity(mapping.count)
        // The mapping's own iterator copies all pairs first.
        for index in mapping.indices {
            let (key, value) = mapping[index]
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
                findings.add(at: element, found: "a duplicate key", accepted: "each key once")
            }
        }
        return members
    }

    /// Creates a plain scalar.
    ///
    /// Its tag specifies the basic resolver, because the library's default resolver compiles a dozen regular
    /// expressions.
    static func scalar(_ text: String) -> Node {
        Node(text, Tag(.implicit, .basic))
    }

    static func place(_ mark: Mark) -> YAMLProblem.Place {
        .file(line: mark.line, column: mark.column)
    }

    /// Returns the text in quotation marks, on one line and truncated.
    package static func quoted(_ text: String) -> String {
        "\"\(VisibleText.oneLine(text, limit: 80))\""
    }
}

/// The path of keys from the root of the file to a value: `mappings.audit.tags[2]`.
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
