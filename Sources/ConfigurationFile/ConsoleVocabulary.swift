/// The console's actions and columns, and its checks of `keys:` and `themes:`.
package struct ConsoleVocabulary: Sendable {
    /// The console's actions, in the order of its help.
    ///
    /// The list is computed on access, because most readers of a configuration do not need it.
    package var actions: [ConsoleAction] { makeActions() }
    /// The columns of the Mappings panel.
    package let columns: [String]
    private let makeActions: @Sendable () -> [ConsoleAction]
    /// Returns the problems in a table that assigns a keyboard key to each action.
    package let checkKeys: @Sendable ([String: String]) -> [RejectedValue]
    /// Returns the problems in a custom theme.
    ///
    /// A theme is a table of attributes for each slot. A slot is a text style or the selected row.
    package let checkTheme: @Sendable ([String: [String: String]]) -> [RejectedValue]

    package init(
        actions: @autoclosure @escaping @Sendable () -> [ConsoleAction],
        columns: [String],
        checkKeys: @escaping @Sendable ([String: String]) -> [RejectedValue],
        checkTheme: @escaping @Sendable ([String: [String: String]]) -> [RejectedValue]
    ) {
        makeActions = actions
        self.columns = columns
        self.checkKeys = checkKeys
        self.checkTheme = checkTheme
    }

    /// A value that the console rejects.
    package struct RejectedValue: Hashable, Sendable {
        /// The path of keys to the value, relative to the checked table.
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

/// An action of the console to which a key can be assigned.
package struct ConsoleAction: Hashable, Sendable {
    package let name: String
    /// The default key.
    package let key: String
    package let help: String

    package init(name: String, key: String, help: String) {
        self.name = name
        self.key = key
        self.help = help
    }
}
