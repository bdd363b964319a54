package import Federation
package import YAMLReader

/// A configuration file without errors.
package struct ConfigurationFile: Hashable, Sendable {
    /// The file's name as given.
    package let path: String
    package let configuration: Configuration
    /// Problems that leave the configuration usable.
    package let warnings: [YAMLProblem]

    /// Reads the text of a file.
    ///
    /// A key absent from the file is read from its environment variable, if it has one.
    ///
    /// - Parameters:
    ///   - text: The file's contents.
    ///   - path: The file's name, for messages; paths in it are relative to its directory.
    ///   - environment: The variables of the process.
    ///   - vocabulary: The console's actions and themes; without it `keys:` and `themes:` are not checked.
    ///   - isReadable: Whether a file can be read; without it named files are not checked.
    /// - Returns: The configuration with defaults filled in.
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

    /// The values in force, each with its origin: the entry, its defaults, an environment variable or built in.
    package static func settings(text: String, path: String, environment: [String: String]) -> [Setting] {
        var reader = ConfigurationReader(path: path, environment: environment, recordsSettings: true)
        _ = reader.read(text)
        return reader.settings
    }

    /// All keys of the file, from the top down.
    package static var reference: [KeyReference] { ConfigurationReader.reference }
}
