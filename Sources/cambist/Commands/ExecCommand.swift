import ArgumentParser
import CredentialDelivery
import ExchangeEngine
import Federation
import Foundation

/// `cambist exec`: a command that acts as the role.
struct ExecCommand: CredentialCommand {
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

    func recipient() -> (SessionCredentials, RoleMapping) throws -> Void {
        let replacement = ProcessReplacement()
        return { credentials, mapping in
            let variables = ChildEnvironment.variables(
                for: credentials,
                region: mapping.region,
                parent: ProcessEnvironment.inheritedVariables
            )
            let problem = replacement.run(command, environment: variables)
            Report.complain("\(command[0]) cannot be run: \(String(cString: strerror(problem))).")
            // As shells have it: not found, or not to be executed.
            Foundation.exit(problem == ENOENT ? 127 : 126)
        }
    }
}
