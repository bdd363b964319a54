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

    /// Creates the options of a command line that has no global option except `--config`.
    init(config path: String?) {
        config = path
        (verbose, logFile, logFormat) = (false, nil, .text)
    }

    /// The options, together with the process's environment variables.
    var context: ContextOptions {
        var context = ContextOptions.process(configurationPath: config, isVerbose: verbose, logFile: logFile)
        context.logFormat = logFormat
        return context
    }
}

extension ContextOptions {
    /// Creates options with the process's environment variables, and with warnings on stderr.
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
    /// Opens a context for the command's options, runs `body`, and closes the context.
    ///
    /// - Throws: ``CommandFailure`` if the context cannot be opened; any error of `body`.
    static func with<Value>(
        _ options: GlobalOptions,
        _ body: (ApplicationContext) async throws -> Value
    ) async throws -> Value {
        try await with(options.context, body)
    }
}

extension CompletionKind {
    /// The names of the mappings in the configuration that the command line specifies.
    static let mappings = CompletionKind.custom { words, _, _ in
        Configuration.named(in: words)?.mappings.map(\.id) ?? []
    }

    /// The names of the identities in the configuration that the command line specifies.
    static let identities = CompletionKind.custom { words, _, _ in
        Configuration.named(in: words)?.identities.map(\.id) ?? []
    }
}

extension Configuration {
    /// Returns the configuration that the arguments specify; without `--config`, the default configuration.
    ///
    /// The result is `nil` for a missing or invalid configuration. The command itself reports the reason.
    static func named(in words: [String]) -> Configuration? {
        let path = ConfigurationReference.named(in: words)?.path
        return try? ConfigurationText.find(ContextOptions.process(configurationPath: path)).read()
    }
}

extension ConfigurationReference? {
    /// The value of `--config` in the arguments of this process; `nil` without the option.
    static let ofProcess = ConfigurationReference.named(in: Array(CommandLine.arguments.dropFirst()))
}

extension ConfigurationReference {
    /// Returns the value of `--config` in these arguments; `nil` without the option.
    static func named(in words: [String]) -> ConfigurationReference? {
        // The arguments after `--` belong to the program that `exec` runs.
        let words = words.prefix { $0 != "--" }
        let option = "--config="
        guard let index = words.lastIndex(where: { $0 == "--config" || $0 == "-c" || $0.hasPrefix(option) })
        else {
            return nil
        }
        let path =
            words[index].hasPrefix(option)
            ? String(words[index].dropFirst(option.count)) : words[(index + 1)...].first
        return path.map { ConfigurationReference(path: $0, isOption: true) }
    }
}
