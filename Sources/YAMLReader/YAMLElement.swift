import Federation
import FoundationEssentials

/// A value from a file or an environment variable, with its position and its path.
package struct YAMLElement: Sendable {
    let node: YAMLNode
    /// The position of the value's key, or of the value itself if it has no key.
    package let place: YAMLProblem.Place
    private let parent: KeyPathText
    private let step: Step

    /// The last step of ``path``; stored separately, because most paths are never used.
    private enum Step {
        case none
        case key(String)
        case index(Int)
    }

    /// Creates the root element of a file.
    init(top node: YAMLNode) {
        self.init(node: node, parent: KeyPathText(), step: .none, place: .wholeFile)
    }

    /// Creates an element from an environment variable, as if the value were a scalar in the file.
    package init(variable: String, value: String, path: KeyPathText) {
        self.init(text: value, path: path, place: .environment(variable))
    }

    /// Creates a scalar that is not in the file (for example, to report a missing value at `place`).
    package init(text: String = "", path: KeyPathText, place: YAMLProblem.Place) {
        let node = YAMLNode(content: .scalar(text, isPlain: true), place: place)
        self.init(node: node, parent: path, step: .none, place: place)
    }

    private init(node: YAMLNode, parent: KeyPathText, step: Step, place: YAMLProblem.Place) {
        self.node = node
        self.parent = parent
        self.step = step
        self.place = place
    }

    /// The path of keys from the root to the value.
    package var path: KeyPathText {
        switch step {
        case .none: parent
        case .key(let key): parent.appending(key)
        case .index(let index): parent.appending(index)
        }
    }

    /// The element's key as a separate element; without a key, the element itself.
    package var key: Self {
        guard case .key(let name) = step else { return self }
        let node = YAMLNode(content: .scalar(name, isPlain: true), place: place)
        return Self(node: node, parent: parent, step: step, place: place)
    }

    /// Whether the value is null: `key:`, `key: ~`, `key: null`.
    package var isEmpty: Bool {
        guard case .scalar(let text, isPlain: true) = node.content else { return false }
        return text.isEmpty || text == "~" || text == "null"
    }

    /// Whether the value comes from an environment variable.
    package var isVariable: Bool {
        if case .environment = place { true } else { false }
    }

    /// The text, if the value is a scalar.
    package var text: String? { node.text }

    /// Whether the value is a group of keys on separate lines, not in braces.
    package var isBlockGroup: Bool {
        if case .mapping(_, isBlock: true) = node.content { true } else { false }
    }

    /// The line of ``place``, from 1; `nil` outside the file.
    package var line: Int? { if case .file(let line, _) = place { line } else { nil } }

    /// The column of ``place``, from 1; `nil` outside the file.
    package var column: Int? { if case .file(_, let column) = place { column } else { nil } }

    /// A description of the value for error messages.
    package var found: String {
        switch node.content {
        case .scalar(let text, _): isEmpty ? "nothing" : Self.quoted(text)
        case .sequence: "a list"
        case .mapping: "a group of keys"
        }
    }

    /// Returns the value of a key in this mapping; without the key, an empty value at the mapping's position.
    package func below(_ key: String) -> Self {
        guard let member = node.members?.last(where: { $0.name == key }) else {
            return Self(text: "", path: path.appending(key), place: place)
        }
        return Self(node: member.value, parent: path, step: .key(key), place: member.key.place)
    }

    /// The keys of the mapping, as written.
    package var names: [String] {
        node.members?.compactMap(\.name) ?? []
    }

    /// The comma-separated parts of an environment variable.
    package var commaSeparated: [Self]? {
        text?.split(separator: ",").map { part in
            Self(text: part.trimmed, path: path, place: place)
        }
    }

    /// The items, if the value is a list.
    package var items: [Self]? {
        guard case .sequence(let items) = node.content else { return nil }
        let path = path
        return items.enumerated().map { index, item in
            Self(node: item, parent: path, step: .index(index), place: item.place)
        }
    }

    /// Returns the members of a mapping; empty for a null value, `nil` for other values.
    ///
    /// Keys that are not text are reported and omitted. Of a repeated key, the last occurrence is kept, and all others
    /// are reported and omitted.
    package func members(_ findings: inout Findings) -> [(key: String, element: Self)]? {
        if isEmpty { return [] }
        guard let all = node.members else { return nil }
        let path = path
        var members: [(key: String, element: Self)] = []
        members.reserveCapacity(all.count)
        for member in all {
            guard let name = member.name else {
                let element = Self(node: member.key, parent: path, step: .none, place: member.key.place)
                findings.add(at: element, found: element.found + " as a key", accepted: "a name")
                continue
            }
            let element = Self(node: member.value, parent: path, step: .key(name), place: member.key.place)
            if member.isRepeated {
                findings.add(at: element, found: "a duplicate key", accepted: "each key once")
            } else {
                members.append((name, element))
            }
        }
        return members
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
