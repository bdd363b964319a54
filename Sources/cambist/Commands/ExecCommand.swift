import ArgumentParser
import CredentialDelivery
import ExchangeEngine
import Federation
import Foundation
import Operations

/// `cambist exec`: a command that acts as the role.
struct ExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a command with the mapping's credentials in its environment.",
        discussion: """
            The command takes this process's place: it has the terminal, the signals and the exit status. No shell \
            is involved, and nothing is written anywhere.

            Examples:
              cambist exec audit -- aws s3 ls
              cambist exec audit -- sh -c 'echo $AWS_CREDENTIAL_EXPIRATION'
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The mapping to act as.", completion: .mappings)
    var mapping: String

    @Argument(parsing: .remaining, help: "The command and its arguments, after --.")
    var command: [String] = []

    func validate() throws {
        if command.isEmpty { throw ValidationError("Name a command after --.") }
    }

    func run() async throws {
        // Before anything is opened: the command inherits what this process inherited.
        let replacement = ProcessReplacement()
        var provider = try CachedCredentialProvider(of: mapping, options.context)
        let mapping = provider.mapping
        if let credentials = provider.cached() { return try execute(replacement, credentials, mapping) }
        let progress = Progress.exchange(of: mapping.id, options.context)
        try await provider.exchange(replacesProcess: true, progress: progress) {
            try execute(replacement, $0, mapping)
        }
    }

    private func execute(
        _ replacement: ProcessReplacement,
        _ credentials: SessionCredentials,
        _ mapping: RoleMapping
    ) throws {
        let problem = replacement.run(
            command,
            setting: try ChildEnvironment.variables(for: credentials, region: mapping.region),
            removing: ChildEnvironment.removed
        )
        Report.complain("\(command[0]) cannot be run: \(String(cString: strerror(problem))).")
        // As in shells: not found, or not executable.
        Foundation.exit(problem == ENOENT ? 127 : 126)
    }
}
