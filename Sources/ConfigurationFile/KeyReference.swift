/// The description of a key in the configuration file.
package struct KeyReference: Hashable, Sendable {
    package let name: String
    /// A short description of the key's purpose.
    package let help: String
    /// An example value, as written in the file.
    package let example: String
    /// The accepted values; empty for a key that contains other keys.
    package let accepted: String
    /// Whether the example alone shows what is accepted.
    package let isEvident: Bool
    /// The default value, as written in the file; `nil` if there is none.
    package let standard: String?
    package let isRequired: Bool
    /// The environment variables that are read if the file has no value.
    package let variables: [String]
    /// The token sources that read the key; empty if all sources do.
    package let sources: [String]
    /// The keys below this one.
    package let keys: [KeyReference]
}

extension KeyReference {
    /// Creates the description of a key that only contains other keys.
    init(group name: String, help: String, keys: [KeyReference]) {
        self.init(
            name: name,
            help: help,
            example: "",
            accepted: "",
            isEvident: true,
            standard: nil,
            isRequired: false,
            variables: [],
            sources: [],
            keys: keys
        )
    }
}
