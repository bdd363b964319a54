import ArgumentParser
import Federation

/// What every command takes.
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
}
