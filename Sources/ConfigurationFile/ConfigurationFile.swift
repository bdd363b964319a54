package import Federation
package import YAMLReader

/// A configuration file that was read without errors.
package struct ConfigurationFile: Hashable, Sendable {
    /// The path of the file, as specified.
    package let path: String
    package let configuration: Configuration
    /// Problems that do not make the configuration unusable.
    package let warnings: [YAMLProblem]

    /// Parses a configuration file.
    ///
    /// A key that is missing in the file is read from its environment variable, if it has one.
    ///
    /// - Parameters:
    ///   - text: The contents of the file.
    ///   - path: The path of the file, for messages; paths in the file are relative to its directory.
    ///   - environment: The environment variables of the process.
    ///   - vocabulary: The console's actions and themes; if `nil`, `keys:` and `themes:` are not checked.
    ///   - isReadable: Whether a file can be read; if `nil`, the files named in the configuration are not checked.
    /// - Returns: The configuration, with defaults applied.
    /// - Throws: ``ConfigurationError`` with all problems.
    package static func read(
        text: String,
        path: String,
        environment: [String: String],
        vocabulary: ConsoleVocabulary? = nil,
        isReadable: ((String) -> Bool)? = nil
    ) throws(ConfigurationError) -> ConfigurationFile {
        var reader = ConfigurationReader(path: path, environment: environment, vocabulary: vocabulary)
        let configuration = reader.read(text)
        if let isReadable { reader.checkFiles(isReadable) }
        let problems = reader.problems
        if problems.contains(where: { $0.severity == .error }) {
            throw ConfigurationError(path: path, problems: problems)
        }
        return ConfigurationFile(path: path, configuration: configuration, warnings: problems)
    }

    /// Returns all values in effect with their origin: the entry, `defaults:`, an environment variable, or built in.
    package static func settings(text: String, path: String, environment: [String: String]) -> [Setting] {
        var reader = ConfigurationReader(path: path, environment: environment, recordsSettings: true)
        _ = reader.read(text)
        return reader.settings
    }

    /// Descriptions of all keys in the file, in hierarchical order.
    package static var reference: [KeyReference] { ConfigurationReader.reference }
}
