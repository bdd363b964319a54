/// The names that the console has for its actions and its keys, which the file may use under `keys:`.
package struct ConsoleVocabulary: Sendable {
    /// In the order of the console's help.
    package let actions: [ConsoleAction]
    /// Whether a text names a key.
    package let isKey: @Sendable (String) -> Bool

    package init(actions: [ConsoleAction], isKey: @escaping @Sendable (String) -> Bool) {
        self.actions = actions
        self.isKey = isKey
    }
}

/// An action of the console that a key can be given to.
package struct ConsoleAction: Hashable, Sendable {
    package let name: String
    /// The key it has when nobody gives it another.
    package let key: String
    package let help: String

    package init(name: String, key: String, help: String) {
        self.name = name
        self.key = key
        self.help = help
    }
}
