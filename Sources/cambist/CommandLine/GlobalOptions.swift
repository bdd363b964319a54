import ArgumentParser
import ConsoleRuntime
import Federation
import Operations

/// The options of every command.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: "Configuration file, in place of $CAMBIST_CONFIG and the one under $XDG_CONFIG_HOME.",
        completion: .file()
    )
    var config: String?

    @Flag(help: "Tell each step on stderr, secrets masked.")
    var verbose = false

    @Option(
        help: "Append a log of every request and exchange to this file, secrets masked.",
        completion: .file()
    )
    var logFile: String?

    /// The options with the surroundings of the process.
    var context: ContextOptions { .process(configurationPath: config, isVerbose: verbose, logFile: logFile) }
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
            warn: Report.complain
        )
    }
}

extension ApplicationContext {
    /// Runs `body` with a context by the command's options, and closes it.
    ///
    /// - Throws: ``CommandFailure`` with every problem of the configuration, and what `body` throws.
    static func with<Value>(
        _ options: GlobalOptions,
        _ body: (ApplicationContext) async throws -> Value
    ) async throws -> Value {
        try await with(options.context, body)
    }
}

extension CompletionKind {
    /// The names of the mappings, as the configuration that the command line names has them when Tab is pressed.
    static let mappings = CompletionKind.custom { words, _, _ in
        Configuration.named(in: words)?.mappings.map(\.id) ?? []
    }
}

extension Configuration {
    /// The configuration that the words of a command line name, or the usual one.
    ///
    /// `nil` for one that is not there or has mistakes; commands tell what is wrong with it.
    static func named(in words: [String]) -> Configuration? {
        let named = words.lastIndex(of: "--config").map { words[($0 + 1)...].prefix(1) } ?? []
        let options = ContextOptions.process(configurationPath: named.first)
        return try? ConfigurationText.find(options).read()
    }
}
