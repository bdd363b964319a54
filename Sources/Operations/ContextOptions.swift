package import ConfigurationFile
package import Federation

/// The options that all commands share, and the process environment.
package struct ContextOptions: Sendable {
    /// The configuration file from the command line.
    package var configurationPath: String?
    /// Whether log lines go to stderr.
    package var isVerbose = false
    package var logFile: String?
    package var logFormat = LogFormat.text
    /// The environment of the process.
    package var variables: [String: String]
    /// The names that the console accepts under `keys:`, `themes:`, and `console.columns`.
    package var vocabulary: ConsoleVocabulary?
    /// Prints a warning that is not part of the output.
    package var warn: @Sendable (String) -> Void
    /// Receives each request, after the request has ended.
    package var observe: @Sendable (Transfer) -> Void = { _ in }
    /// Whether an unreadable file of certificate authorities is ignored.
    package var ignoresUnreadableCAFile = false

    package init(
        configurationPath: String? = nil,
        isVerbose: Bool = false,
        logFile: String? = nil,
        variables: [String: String],
        vocabulary: ConsoleVocabulary? = nil,
        warn: @escaping @Sendable (String) -> Void
    ) {
        self.configurationPath = configurationPath
        self.isVerbose = isVerbose
        self.logFile = logFile
        self.variables = variables
        self.vocabulary = vocabulary
        self.warn = warn
    }

    /// The locations of this process's files according to the XDG Base Directory Specification.
    package var location: ConfigurationLocation {
        ConfigurationLocation(named: configurationPath, environment: variables)
    }
}
