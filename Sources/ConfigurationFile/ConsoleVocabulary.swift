/// The console's checks of `keys:` and `themes:`, whose names it defines.
package struct ConsoleVocabulary: Sendable {
    /// In the order of the console's help.
    ///
    /// Made when it is asked for: most readers of a configuration have no use for it.
    package var actions: [ConsoleAction] { makeActions() }
    private let makeActions: @Sendable () -> [ConsoleAction]
    /// Returns the problems of a table of actions and their keys.
    package let checkKeys: @Sendable ([String: String]) -> [Objection]
    /// Returns the problems of a user's theme, a table of slots and their attributes.
    package let checkTheme: @Sendable ([String: [String: String]]) -> [Objection]

    package init(
        actions: @autoclosure @escaping @Sendable () -> [ConsoleAction],
        checkKeys: @escaping @Sendable ([String: String]) -> [Objection],
        checkTheme: @escaping @Sendable ([String: [String: String]]) -> [Objection]
    ) {
        makeActions = actions
        self.checkKeys = checkKeys
        self.checkTheme = checkTheme
    }

    /// Something the console cannot use.
    package struct Objection: Hashable, Sendable {
        /// The keys that lead to it from where the check began.
        package let keys: [String]
        package let found: String
        package let accepted: String

        package init(keys: [String], found: String, accepted: String) {
            self.keys = keys
            self.found = found
            self.accepted = accepted
        }
    }
}

/// An action of the console that a key can be given to.
package struct ConsoleAction: Hashable, Sendable {
    package let name: String
    /// The built-in key.
    package let key: String
    package let help: String

    package init(name: String, key: String, help: String) {
        self.name = name
        self.key = key
        self.help = help
    }
}
