package import Federation

/// A configuration file that was read and can be used.
package struct ConfigurationFile: Hashable, Sendable {
    /// The file, as it was named.
    package let path: String
    package let configuration: Configuration
    /// What is doubtful in it.
    package let warnings: [ConfigurationProblem]

    /// Reads a file's text.
    ///
    /// A key that the file does not give may come from an environment variable; the file wins over it.
    ///
    /// - Parameters:
    ///   - text: What the file holds.
    ///   - path: Its name, for messages; file names in it are relative to its directory.
    ///   - environment: The variables of the process.
    ///   - vocabulary: The console's names; without it those under `keys:` are not checked.
    ///   - isReadable: Whether a file can be read; without it the files that are named are not looked for.
    /// - Returns: The configuration, its defaults filled in.
    /// - Throws: ``ConfigurationError`` with everything that is wrong.
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

    /// Where each value of a file comes from: the entry, its defaults, an environment variable, or nowhere.
    package static func settings(text: String, path: String, environment: [String: String]) -> [Setting] {
        var reader = ConfigurationReader(path: path, environment: environment, recordsSettings: true)
        _ = reader.read(text)
        return reader.settings
    }

    /// The keys of the file and theirs, from the top down.
    package static var reference: [KeyReference] { ConfigurationReader.reference }
}
