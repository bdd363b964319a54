package import Federation

/// The description of a key in the configuration file.
package struct KeyReference: Hashable, Sendable {
    package let name: String
    /// A short description of the key's purpose.
    package let help: String
    /// An example value, as written in the file.
    package let example: String
    /// The accepted values; empty for a key that contains other keys.
    package let accepted: String
    /// The JSON Schema of the value; `nil` for a key that contains other keys.
    package let schema: JSONValue?
    /// Whether the example alone shows the accepted values.
    package let isSelfExplanatory: Bool
    /// The default value, as written in the file; `nil` if there is none.
    package let defaultValue: String?
    package let isRequired: Bool
    /// The key that can be present in place of this required key.
    package let replacement: String?
    /// The environment variables that are read if the file has no value.
    package let variables: [String]
    /// The token sources that read the key; empty if all sources do.
    package let sources: [String]
    /// The keys below this key.
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
            schema: nil,
            isSelfExplanatory: true,
            defaultValue: nil,
            isRequired: false,
            replacement: nil,
            variables: [],
            sources: [],
            keys: keys
        )
    }
}
