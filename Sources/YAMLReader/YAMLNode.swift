/// A value of a YAML document.
///
/// Scalars stay text until a key's format interprets them. For example, `off` is not a Boolean, and an account ID with
/// a leading zero is not an octal number.
struct YAMLNode: Sendable {
    let content: Content
    /// The position of the value; for an aliased value, the position of the alias.
    let place: YAMLProblem.Place

    enum Content: Sendable {
        /// A text; plain if the text has no quotation marks and is not a block scalar.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        case mapping([Member], isBlock: Bool)
    }

    /// A key of a mapping, and its value.
    struct Member: Sendable {
        let key: YAMLNode
        let value: YAMLNode
        /// Whether the same key occurs again further down in the mapping.
        var isRepeated = false

        /// The key, if it is text.
        var name: String? { key.text }
    }

    /// The text, if the value is a scalar.
    var text: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    /// The members, if the value is a mapping.
    var members: [Member]? {
        if case .mapping(let members, _) = content { members } else { nil }
    }
}

extension YAMLNode.Content {
    /// Creates a mapping; marks all occurrences of a repeated key but the last.
    static func mapping(marking members: [YAMLNode.Member], isBlock: Bool) -> Self {
        var members = members
        var names = Set<String>(minimumCapacity: members.count)
        for index in members.indices.reversed() {
            guard let name = members[index].name else { continue }
            members[index].isRepeated = !names.insert(name).inserted
        }
        return .mapping(members, isBlock: isBlock)
    }
}

extension YAMLNode {
    /// Versions of the tree that contain different occurrences of repeated keys.
    ///
    /// The first version contains the first occurrence of each repeated key, the second version the second occurrence,
    /// and so on. If a key has fewer occurrences, a version contains the key's last occurrence. The array has at most
    /// ten versions. If no key is repeated, the array is empty.
    var alternativeVersions: [YAMLNode] {
        (0..<min(10, repetitions)).map { alternativeVersion(number: $0) }
    }

    /// The number of occurrences of the most repeated key in the tree, without the last occurrence.
    private var repetitions: Int {
        switch content {
        case .scalar: return 0
        case .sequence(let items): return items.map(\.repetitions).max() ?? 0
        case .mapping(let members, _):
            let repeated = members.filter(\.isRepeated).compactMap(\.name)
            let own = Dictionary(repeated.map { ($0, 1) }, uniquingKeysWith: +).values.max() ?? 0
            return max(own, members.map(\.value.repetitions).max() ?? 0)
        }
    }

    private func alternativeVersion(number: Int) -> YAMLNode {
        switch content {
        case .scalar: return self
        case .sequence(let items):
            return YAMLNode(
                content: .sequence(items.map { $0.alternativeVersion(number: number) }),
                place: place
            )
        case .mapping(let members, let isBlock):
            var seen: [String: Int] = [:]
            let chosen = members.filter { member in
                guard let name = member.name else { return true }
                let count = seen[name, default: 0]
                seen[name] = count + 1
                return count == number || count < number && !member.isRepeated
            }.map { Member(key: $0.key, value: $0.value.alternativeVersion(number: number)) }
            return YAMLNode(content: .mapping(chosen, isBlock: isBlock), place: place)
        }
    }
}
