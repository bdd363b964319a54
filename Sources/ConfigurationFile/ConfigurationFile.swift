package import Federation
package import YAMLReader

/// A configuration file that was read without errors.
package struct ConfigurationFile: Hashable, Sendable {
    /// The path of the file, as specified.
    package let path: String
    package let configuration: Configuration
    /// Problems of a configuration that is still usable.
    package let warnings: [YAMLProblem]

    /// Parses a configuration file.
    ///
    /// If the file has no value for a key, the value comes from the key's environment variable, if any.
    ///
    /// - Parameters:
    ///   - text: The contents of the file.
    ///   - path: The path of the file; relative paths in the configuration start at the file's directory.
    ///   - environment: The environment variables of the process.
    ///   - vocabulary: The console's actions, columns, and themes; if `nil`, `keys:`, `console.columns`, and `themes:`
    ///     are not checked.
    ///   - isReadable: Whether a file can be read; if `nil`, the files in the configuration are not checked.
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

    /// Returns the values in effect, each with its origin.
    package static func settings(text: String, path: String, environment: [String: String]) -> [Setting] {
        var reader = ConfigurationReader(path: path, environment: environment, recordsSettings: true)
        _ = reader.read(text)
        return reader.settings
    }

    /// Descriptions of all keys in the file, in hierarchical order.
    package static var reference: [KeyReference] { ConfigurationReader.reference }
}

/// The error for an unusable configuration, with all problems of the file.
package struct ConfigurationError: Error, Hashable, Sendable {
    /// The path of the file, as specified.
    package let path: String
    /// The errors and warnings, in file order; at least one error.
    package let problems: [YAMLProblem]

    package init(path: String, problems: [YAMLProblem]) {
        self.path = path
        self.problems = problems
    }

    /// The problems, formatted as one line each.
    package var messages: [String] {
        problems.map { $0.message(path: path) }
    }
}

extension ConfigurationError: CustomStringConvertible {
    package var description: String {
        messages.joined(separator: "\n")
    }
}

/// The paths of the configuration file and of the state directory.
package struct ConfigurationLocation: Hashable, Sendable {
    /// The path of the configuration file.
    package let file: String
    /// Whether an option or an environment variable specifies the path.
    ///
    /// A file at a specified path must exist; the default file can be missing.
    package let isNamed: Bool
    /// The directory for the history, the log of setup changes, and locks.
    package let stateDirectory: String

    /// Determines both paths by the XDG rules.
    ///
    /// The order of precedence for the configuration file is:
    /// 1. `named`, which is the option `--config`
    /// 2. `CAMBIST_CONFIG`
    /// 3. `$XDG_CONFIG_HOME/cambist/config.yaml`
    /// 4. `~/.config/cambist/config.yaml`
    ///
    /// XDG variables without an absolute path are ignored.
    ///
    /// Source: XDG Base Directory Specification 0.8.
    package init(named: String? = nil, environment: [String: String]) {
        func base(_ variable: String, _ fallback: String) -> String {
            if let path = environment[variable], path.hasPrefix("/") { return path }
            return (environment["HOME"] ?? "") + "/" + fallback
        }
        let variable = environment["CAMBIST_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        isNamed = named != nil || variable != nil
        file = named ?? variable ?? base("XDG_CONFIG_HOME", ".config") + "/cambist/config.yaml"
        stateDirectory = base("XDG_STATE_HOME", ".local/state") + "/cambist"
    }
}

/// Resolves file paths in the configuration, relative to the file's directory or the home directory.
struct FilePaths {
    /// The directory of the configuration file; empty for the working directory.
    let directory: String
    let home: String?

    init(configuration path: String, environment: [String: String]) {
        directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        home = environment["HOME"]
    }

    func resolve(_ path: String) -> String {
        let expanded = path.expandingTilde(home: home)
        return expanded.hasPrefix("/") ? expanded : directory + path
    }

    func resolve(_ settings: TokenSourceSettings) -> TokenSourceSettings {
        var settings = settings
        settings.secretFile = settings.secretFile.map(resolve)
        settings.certificateFile = settings.certificateFile.map(resolve)
        settings.tokenFile = settings.tokenFile.map(resolve)
        return settings
    }
}
