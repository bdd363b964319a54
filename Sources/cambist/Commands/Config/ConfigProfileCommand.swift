import ArgumentParser
import ConfigurationFile
import Federation
import Foundation
import Operations

/// `cambist config aws-profile`: the block of `~/.aws/config` that makes AWS's own tools use a mapping.
struct ConfigProfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "aws-profile",
        abstract: "Print the block for ~/.aws/config that makes AWS tools use a mapping.",
        discussion: """
            Example:
              cambist config aws-profile audit >> ~/.aws/config && aws --profile audit sts get-caller-identity
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The mapping whose credentials the profile gives.", completion: .mappings)
    var mapping: String

    @Option(
        help: "The profile's name, without brackets, quotes and line ends; the mapping's own when absent."
    )
    var profile: ProfileName?

    func run() throws {
        let text = try ConfigurationText.find(options.context)
        let mapping = try text.read().requiredMapping(mapping)
        let location = ConfigurationLocation(named: options.config, environment: ProcessEnvironment.variables)
        let block = ProfileBlock(
            name: profile?.text ?? mapping.id,
            program: ProcessEnvironment.program,
            configuration: location.isNamed ? URL(filePath: location.file).path : nil,
            mapping: mapping
        )
        try Report.answer(block.text)
    }
}

/// The name of a profile of AWS's tools on the command line.
struct ProfileName: ExpressibleByArgument {
    let text: String

    /// Takes a name that cannot end the head of its section, or be another's.
    init?(argument: String) {
        let isPlain = !argument.contains { "[]\"'\\".contains($0) || $0.isNewline }
        let isTrimmed = argument.trimmingCharacters(in: .whitespaces) == argument
        guard isPlain, isTrimmed, !argument.isEmpty else { return nil }
        text = argument
    }
}

/// A profile of `~/.aws/config` whose credentials cambist gives.
///
/// Source: AWS SDKs and Tools reference guide, process credential provider.
struct ProfileBlock {
    let name: String
    /// The program's absolute path, for SDKs run it with a search path of their own, some through a shell.
    let program: String
    /// The configuration's absolute path, when it is not the one that is found without being named.
    let configuration: String?
    let mapping: RoleMapping

    var text: String {
        let named = configuration.map { ["--config", $0] } ?? []
        let words = [program, "credential-process", mapping.id] + named
        return """
            [\(name == "default" ? name : "profile \(title)")]
            credential_process = \(words.map(ShellWord.posix).joined(separator: " "))
            region = \(mapping.region)
            """
    }

    /// The name, in double quotes where it has a blank, as AWS's tools read the head of a profile.
    private var title: String {
        name.contains(where: \.isWhitespace) ? "\"\(name)\"" : name
    }
}
