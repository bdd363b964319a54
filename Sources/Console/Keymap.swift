package import Drawing

/// Which keys each binding has: its own, or those the configuration gives it.
package struct Keymap: Hashable, Sendable {
    private let changed: [Binding.ID: [Key]]

    /// Every binding's own keys.
    package static let standard = Keymap(changed: [:])

    private init(changed: [Binding.ID: [Key]]) {
        self.changed = changed
    }

    /// Reads the configuration's `keys`: a binding's name to the one key that it has instead of its own.
    ///
    /// - Throws: ``KeymapError`` at a name or key that does not exist, and when two bindings of a panel would
    ///   share a key.
    package init(_ keys: [String: String]) throws(KeymapError) {
        var changed: [Binding.ID: [Key]] = [:]
        for (name, text) in keys.sorted(by: { $0.key < $1.key }) {
            guard Binding.all.contains(where: { $0.id == name }) else { throw .unknownBinding(name) }
            guard let key = Key(text) else { throw .badKey(binding: name, text) }
            changed[name] = [key]
        }
        self.changed = changed
        if let collision { throw collision }
    }

    package func keys(of binding: Binding) -> [Key] {
        changed[binding.id] ?? binding.keys
    }

    private var collision: KeymapError? {
        for panel in Panel.ID.allCases {
            var owners: [Key: Binding.ID] = [:]
            for binding in Binding.all where binding.panels?.contains(panel) ?? true {
                for key in keys(of: binding) {
                    if let owner = owners.updateValue(binding.id, forKey: key), owner != binding.id {
                        return .collision(key, owner, binding.id)
                    }
                }
            }
        }
        return nil
    }
}

/// Why the configuration's keys cannot be used.
package enum KeymapError: Error, Hashable, Sendable {
    case unknownBinding(String)
    case badKey(binding: String, String)
    case collision(Key, Binding.ID, Binding.ID)
}

extension KeymapError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownBinding(let name):
            "keys: there is no binding \(name); there are \(Binding.all.map(\.id).joined(separator: ", "))."
        case .badKey(let binding, let text):
            "keys: \(binding): \(text) is no key; a key is a character or a name such as <Enter>, <C-d>, <F1>."
        case .collision(let key, let first, let second):
            "keys: \(key.label) would be both \(first) and \(second); give one of them another key."
        }
    }
}
