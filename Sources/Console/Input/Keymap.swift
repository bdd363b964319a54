package import Drawing

/// The keys of each binding, from the defaults or from the configuration.
package struct Keymap: Hashable, Sendable {
    /// Earlier names of bindings, which configurations may still use.
    private static let formerNames = ["next-trouble": "next-failing"]

    private let changed: [Binding.ID: [Key]]

    /// The default keys.
    package static let standard = Keymap(changed: [:])

    private init(changed: [Binding.ID: [Key]]) {
        self.changed = changed
    }

    /// Creates a keymap from the configuration's `keys`, which maps the names of bindings to keys.
    ///
    /// - Throws: ``KeymapError`` for an unknown name, an invalid key, or one key for two bindings in a panel.
    package init(_ keys: [String: String]) throws(KeymapError) {
        var changed: [Binding.ID: [Key]] = [:]
        for (key, text) in keys.sorted(by: { $0.key < $1.key }) {
            let name = Self.formerNames[key] ?? key
            guard Binding.all.contains(where: { $0.id == name }) else { throw .unknownBinding(name) }
            guard let key = Key(text) else { throw .invalidKey(binding: name, text) }
            changed[name] = [key]
        }
        self.changed = changed
        if let collision { throw collision }
    }

    package func keys(of binding: Binding) -> [Key] {
        changed[binding.id] ?? binding.keys
    }

    /// Returns the label of a binding's first key, or the binding's name if the binding has no key.
    package func label(of binding: Binding) -> String {
        keys(of: binding).first?.label ?? binding.id
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

extension ConsoleState {
    /// Returns ``Keymap/label(of:)``, for texts that mention the key.
    func key(_ binding: Binding) -> String { appearance.keymap.label(of: binding) }
}

/// An error in the configuration's keys.
package enum KeymapError: Error, Hashable, Sendable {
    case unknownBinding(String)
    case invalidKey(binding: String, String)
    case collision(Key, Binding.ID, Binding.ID)
}

extension KeymapError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownBinding(let name):
            "keys: unknown action \(name). Use one of: \(Binding.all.map(\.id).joined(separator: ", "))."
        case .invalidKey(let binding, let text):
            "keys: \(binding): \(text) is not a key. Use a character or a name such as <Enter>, <C-d>, <F1>."
        case .collision(let key, let first, let second):
            "keys: \(first) and \(second) share \(key.label). Choose another key for one of them."
        }
    }
}
