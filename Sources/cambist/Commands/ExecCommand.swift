import ArgumentParser
import CredentialDelivery
import ExchangeEngine
import Federation
import FoundationEssentials
import Glibc
import Operations

/// `cambist exec`: runs a command with the role's credentials.
struct ExecCommand: AsyncParsableCommand {
    static let name = "exec"
    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Run a command with a mapping's credentials in its environment.",
        discussion: HelpText(
            """
            The command replaces this process: it reads the terminal, receives the signals, and sets the \
            exit status. Without a command, $SHELL is started; otherwise, no shell is involved. The exit status is \
            127 if the command is not found and 126 if it cannot be executed. The credentials are not written \
            to a file. The variable CAMBIST_MAPPING contains the name of the mapping.
            """,
            statuses: [
                .done: "the command exited with 0; any other status of the command is returned unchanged",
                .no: "the exchange was refused",
                .unreachable: "no token source, or a service is unreachable",
                .tryAgain: HelpText.tryAgain,
            ],
            examples: [
                "cambist exec audit -- aws s3 ls",
                "cambist exec audit",
                "cambist exec audit -- sh -c 'echo $AWS_CREDENTIAL_EXPIRATION'",
            ]
        ).discussion
    )

    /// The variable with the mapping's name, for example for a shell prompt.
    private static let mappingVariable = "CAMBIST_MAPPING"

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Name of the mapping.", completion: .mappings)
    var mapping: String

    @Argument(parsing: .remaining, help: "Command and its arguments, after -- (default: $SHELL).")
    var command: [String] = []

    func run() async throws {
        // This line comes before this process opens any file, so the command inherits no file of this program.
        let replacement = ProcessReplacement()
        var provider = try CachedCredentialProvider(of: mapping, options.context)
        let mapping = provider.mapping
        if let credentials = provider.cached() { return try execute(replacement, credentials, mapping) }
        let progress = Progress.exchange(of: mapping.id, options.context)
        try await provider.exchange(replacesProcess: true, progress: progress) {
            try execute(replacement, $0, mapping)
        }
    }

    private var shell: String {
        let shell = ProcessEnvironment.variables["SHELL", default: ""]
        return shell.isEmpty ? "/bin/sh" : shell
    }

    private func execute(
        _ replacement: ProcessReplacement,
        _ credentials: SessionCredentials,
        _ mapping: RoleMapping
    ) throws {
        var variables = try ChildEnvironment.variables(for: credentials, region: mapping.region)
        variables[Self.mappingVariable] = mapping.id
        let command = command.isEmpty ? [shell] : command
        let problem = replacement.run(
            command,
            setting: variables,
            removing: ChildEnvironment.removed
        )
        Report.reportError("\(command[0]) cannot be run: \(String(cString: strerror(problem))).")
        // The statuses are those of shells: 127 for a command not found, 126 for a command that cannot be executed.
        Glibc.exit(problem == ENOENT ? 127 : 126)
    }
}

extension ExecCommand {
    /// Parses `exec [OPTION…] MAPPING -- COMMAND…`, with any number of arguments; `nil` for another form.
    init?(terminated arguments: [String]) {
        guard arguments.first == Self.name, let terminator = arguments.firstIndex(of: "--"),
            let parsed = try? Self.parseAsRoot(Array(arguments[1..<terminator])) as? Self,
            parsed.command.isEmpty
        else { return nil }
        self = parsed
        command = Array(arguments[(terminator + 1)...])
    }
}
