import ArgumentParser
import CredentialDelivery
import FoundationEssentials
import Glibc
import LabInterface
import Operations

/// `cambist lab`: replaces this process with the program `cambist-lab`.
struct LabCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: LabArguments.abstract,
        discussion: LabArguments.discussion(for: "cambist lab")
    )

    @OptionGroup var arguments: LabArguments

    func run() throws {
        let replacement = ProcessReplacement()
        let program = try LabProgram.installed(ProcessEnvironment.variables)
        let number = replacement.run(
            [program] + arguments.commandLine,
            setting: [:],
            removing: []
        )
        throw CommandFailure(
            .unreachable,
            code: "lab",
            "\(program) cannot be run: \(String(cString: strerror(number))).",
            fix: "Install \(LabProgram.name) of the same version again."
        )
    }
}
