import ArgumentParser
import Operations

/// Why arguments are not taken, for who asked for an answer in JSON all the same.
struct UsageFailure {
    /// The usage error, and the help to read.
    let failure: CommandFailure
    /// Whether the command's answer is a stream of lines.
    let isLine: Bool

    /// `nil` when no JSON was asked for, or of a command that has none to give; the parser then tells it.
    init?(_ problem: String, arguments: [String], of root: any ParsableCommand.Type) {
        let own = arguments.prefix { $0 != "--" }
        var command = root
        var path = [root.configuration.commandName ?? ""]
        for argument in own {
            guard
                let next = command.configuration.subcommands.first(where: {
                    $0.configuration.commandName == argument
                })
            else { break }
            command = next
            path.append(argument)
        }
        guard let answering = command as? any JSONAnswering.Type, Self.wantsJSON(own) else { return nil }
        let text = problem.split(whereSeparator: \.isNewline).joined(separator: " ")
        failure = CommandFailure(
            .usage,
            code: "usage",
            text,
            fix: "`\(path.joined(separator: " ")) --help` says what it takes."
        )
        isLine = answering.answersInLines
    }

    private static func wantsJSON(_ arguments: ArraySlice<String>) -> Bool {
        let formats = zip(arguments, arguments.dropFirst()).contains { $0 == "--format" && $1 == "json" }
        return formats || arguments.contains("--json") || arguments.contains("--format=json")
    }
}
