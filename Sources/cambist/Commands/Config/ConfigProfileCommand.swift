import ArgumentParser
import ConfigurationFile
import CredentialDelivery
import Federation
import FoundationEssentials
import Glibc
import Operations

/// `cambist config aws-profile`: prints or writes profiles that let AWS's own tools use mappings.
struct ConfigProfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "aws-profile",
        abstract: "Print a mapping's AWS profile, or write the profiles of all mappings.",
        discussion: HelpText(
            """
            The profile's credential_process runs this program by its absolute path. With --all, the \
            profiles of all mappings are written to $AWS_CONFIG_FILE or ~/.aws/config between two marker \
            lines, after the difference is shown and approved; other lines are unchanged. Running the command again \
            replaces the lines between the markers, after approval if they differ. A mapping is skipped if the file \
            already has another profile with the mapping's name, or if the name is not valid for a profile.
            """,
            statuses: [
                .no: "the prompt was declined",
                .notPermitted: "a file cannot be accessed, or stdin is not a terminal and --yes is missing",
            ],
            examples: [
                "cambist config aws-profile audit >> ~/.aws/config && aws --profile audit sts get-caller-identity",
                "cambist config aws-profile --all",
            ]
        ).discussion
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Name of the mapping.", completion: .mappings)
    var mapping: String?

    @Option(help: "Name of the profile, without brackets and quotes (default: the mapping's name).")
    var profile: ProfileName?

    @Flag(help: "Write a profile for every mapping to ~/.aws/config, after showing the difference.")
    var all = false

    @Flag(name: .shortAndLong, help: "With --all, write without a prompt.")
    var yes = false

    func validate() throws {
        if all, mapping != nil || profile != nil {
            throw ValidationError("--all cannot be combined with a mapping or --profile.")
        }
        if !all, mapping == nil { throw ValidationError("Missing expected argument '<mapping>'") }
    }

    func run() throws {
        let configuration = try ConfigurationText.find(options.context).read()
        if all { return try write(configuration.chosenMappings([], all: true)) }
        let mapping = try configuration.requiredMapping(mapping ?? "")
        try Report.answer(block(mapping, name: profile?.text ?? mapping.id).text)
    }

    private func block(_ mapping: RoleMapping, name: String) -> ProfileBlock {
        let location = options.context.location
        return ProfileBlock(
            name: name,
            program: ProcessEnvironment.program,
            configuration: location.isNamed ? URL(filePath: location.file).path : nil,
            mapping: mapping
        )
    }

    /// Writes the section between the two markers after a prompt; does nothing if the section is up to date.
    private func write(_ mappings: [RoleMapping]) throws {
        let file = AWSConfigFile(environment: ProcessEnvironment.variables)
        let section = try file.section()
        let taken = section.otherProfiles
        let (skipped, written) = mappings.reduce(into: ([String](), [RoleMapping]())) { lists, mapping in
            if taken.contains(mapping.id) || ProfileName(argument: mapping.id) == nil {
                lists.0.append(mapping.id)
            } else {
                lists.1.append(mapping)
            }
        }
        for name in skipped {
            Report.reportError(
                "\(name) is skipped: the file has a profile of that name, or the name is not valid for a profile."
            )
        }
        let blocks = written.map { block($0, name: $0.id).text }
        let lines = blocks.joined(separator: "\n\n").components(separatedBy: "\n")
        guard section.lines != lines else { return try Report.answer("\(file.path): unchanged") }
        for change in lines.difference(from: section.lines ?? []) {
            switch change {
            case .remove(_, let line, _): Report.say("- \(line)")
            case .insert(_, let line, _): Report.say("+ \(line)")
            }
        }
        let confirmation = ConfirmationPrompt(isGiven: yes)
        try confirmation.requireTerminal()
        guard
            confirmation.agrees(
                "Write \(Count(written.count, "profile")) to \(file.path)?",
                explanation: "y replaces the lines between cambist's two markers; all other lines remain "
                    + "unchanged. Any other answer changes nothing."
            )
        else {
            throw CommandFailure(
                .no,
                code: "declined",
                "Nothing was changed.",
                fix: "Answer y at the prompt, or add --yes."
            )
        }
        try file.write(section.replaced(by: lines))
        try Report.answer("\(file.path): \(Count(written.count, "profile"))")
    }
}

/// The name of an AWS profile, as a command-line argument.
struct ProfileName: ExpressibleByArgument {
    let text: String

    /// Accepts a name without brackets, quotes, backslashes, line breaks, and surrounding spaces.
    ///
    /// With such characters, AWS's tools would read a different name or end the section header early.
    init?(argument: String) {
        let isPlain = !argument.contains { "[]\"'\\".contains($0) || $0.isNewline }
        let isTrimmed = argument.trimmed == argument
        guard isPlain, isTrimmed, !argument.isEmpty else { return nil }
        text = argument
    }
}

/// A profile for `~/.aws/config` that gets its credentials from cambist.
///
/// Source: AWS SDKs and Tools reference guide, process credential provider.
struct ProfileBlock {
    let name: String
    /// The program's absolute path, because SDKs run the program with another search path, and some use a shell.
    let program: String
    /// The configuration's absolute path; `nil` for the default file.
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

    /// The name; in double quotes if the name contains a space, because AWS's tools require the quotes.
    private var title: String {
        name.contains(where: \.isWhitespace) ? "\"\(name)\"" : name
    }
}
