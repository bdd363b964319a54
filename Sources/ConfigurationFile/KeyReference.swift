/// The description of one key of the configuration file.
package struct KeyReference: Hashable, Sendable {
    package let name: String
    /// Its purpose, in a few words.
    package let help: String
    /// A value as it may stand in the file.
    package let example: String
    /// The accepted values; empty when it has keys of its own.
    package let accepted: String
    /// Whether the example alone shows what is accepted.
    package let isEvident: Bool
    /// The default.
    package let standard: String?
    package let isRequired: Bool
    /// The environment variables read when the file has no value.
    package let variables: [String]
    /// The token sources that read it; all of them when empty.
    package let sources: [String]
    /// Its own keys.
    package let keys: [KeyReference]
}

extension KeyReference {
    /// A key that only has keys of its own.
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
