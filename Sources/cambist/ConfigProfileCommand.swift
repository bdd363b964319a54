import ArgumentParser
import Federation
import Foundation
import Settings

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

    @Option(help: "The profile's name; the mapping's own when absent.")
    var profile: String?

    func run() throws {
        let text = try ConfigurationText.find(options)
        let mapping = try text.read().requiredMapping(mapping)
        let location = ConfigurationLocation(named: options.config, environment: Surroundings.variables)
        let block = ProfileBlock(
            name: profile ?? mapping.id,
            program: Surroundings.program,
            configuration: location.isNamed ? URL(filePath: location.file).path : nil,
            mapping: mapping
        )
        Report.answer(block.text)
    }
}

/// A profile of `~/.aws/config` whose credentials cambist gives.
///
/// Source: AWS SDKs and Tools reference guide, process credential provider.
struct ProfileBlock {
    let name: String
    /// The program's absolute path, for SDKs run it with a search path of their own.
    let program: String
    /// The configuration's absolute path, when it is not the one that is found without being named.
    let configuration: String?
    let mapping: RoleMapping

    var text: String {
        let named = configuration.map { ["--config", $0] } ?? []
        let words = [program, "credential-process", mapping.id] + named
        return """
            [\(name == "default" ? name : "profile \(Self.quoted(name))")]
            credential_process = \(words.map(Self.quoted).joined(separator: " "))
            region = \(mapping.region)
            """
    }

    /// A word in double quotes where it has a blank, as SDKs split the line.
    private static func quoted(_ word: String) -> String {
        word.contains(where: \.isWhitespace) ? "\"\(word)\"" : word
    }
}
