import ArgumentParser
import ConsoleRuntime
import Federation
import Operations

/// The options of every command.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help:
            "Configuration file (default: $CAMBIST_CONFIG, otherwise cambist/config.yaml in $XDG_CONFIG_HOME or ~/.config).",
        completion: .file()
    )
    var config: String?

    @Flag(name: .shortAndLong, help: "Log requests and exchanges to stderr; secrets are masked.")
    var verbose = false

    @Option(
        help: "Append a log of requests and exchanges to this file; secrets are masked.",
        completion: .file()
    )
    var logFile: String?

    @Option(help: "Format of log lines (journal: systemd journal entries with fields).")
    var logFormat = LogFormat.text

    init() {}

    /// Creates the options of a command line that has no option, or only `--config`.
    init(config path: String?) {
        config = path
        (verbose, logFile, logFormat) = (false, nil, .text)
    }

    /// The options with the environment of the process.
    var context: ContextOptions {
        var context = ContextOptions.process(configurationPath: config, isVerbose: verbose, logFile: logFile)
        context.logFormat = logFormat
        return context
    }
}

extension ContextOptions {
    /// Options with the variables of this process and warnings on stderr.
    static func process(
        configurationPath: String?,
        isVerbose: Bool = false,
        logFile: String? = nil
    ) -> ContextOptions {
        ContextOptions(
            configurationPath: configurationPath,
            isVerbose: isVerbose,
            logFile: logFile,
            variables: ProcessEnvironment.variables,
            vocabulary: .console,
            warn: Report.reportError
        )
    }
}

extension LogFormat: ExpressibleByArgument {}

extension ApplicationContext {
    /// Runs `body` with a context for the command's options, then closes the context.
    ///
    /// - Throws: ``CommandFailure`` when the context cannot be opened; any error that `body` throws.
    static func with<Value>(
        _ options: GlobalOptions,
        _ body: (ApplicationContext) async throws -> Value
    ) async throws -> Value {
        try await with(options.context, body)
    }
}

extension CompletionKind {
    /// The names of the mappings in the configuration named on the command line.
    static let mappings = CompletionKind.custom { words, _, _ in
        Configuration.named(in: words)?.mappings.map(\.id) ?? []
    }

    /// The names of the identities in the configuration named on the command line.
    static let identities = CompletionKind.custom { words, _, _ in
        Configuration.named(in: words)?.identities.map(\.id) ?? []
    }
}

extension Configuration {
    /// The configuration named in the arguments, or the default configuration.
    ///
    /// `nil` if the configuration does not exist or is invalid; the command itself reports the reason.
    static func named(in words: [String]) -> Configuration? {
        let path = ConfigurationReference.named(in: words)?.path
        return try? ConfigurationText.find(ContextOptions.process(configurationPath: path)).read()
    }
}

extension ConfigurationReference? {
    /// The file that `--config` names in the arguments of this process; `nil` without the option.
    static let ofProcess = ConfigurationReference.named(in: Array(CommandLine.arguments.dropFirst()))
}

extension ConfigurationReference {
    /// The file that `--config` names in these arguments; `nil` without the option.
    static func named(in words: [String]) -> ConfigurationReference? {
        // The words after `--` belong to the program that `exec` runs.
        let words = words.prefix { $0 != "--" }
        let named = words.lastIndex { $0 == "--config" || $0 == "-c" }.map { words[($0 + 1)...].prefix(1) }
        let joined = words.last { $0.hasPrefix("--config=") }?.dropFirst("--config=".count)
        let path = named?.first ?? joined.map(String.init)
        return path.map { ConfigurationReference(path: $0, isOption: true) }
    }
}
