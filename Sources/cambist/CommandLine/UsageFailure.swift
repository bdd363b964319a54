import ArgumentParser
import Federation
import Operations

/// A usage error in a command line that requests JSON output.
struct UsageFailure {
    /// The usage error, with a reference to the help.
    let failure: CommandFailure
    /// Whether the command's output is a stream of JSON objects, one per line.
    let isLine: Bool

    /// Creates the failure; `nil` if the command line does not request JSON output.
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
            fix: "See `\(path.joined(separator: " ")) --help`."
        )
        isLine = answering.answersInLines(Array(own))
    }

    private static func wantsJSON(_ arguments: ArraySlice<String>) -> Bool {
        let formats = zip(arguments, arguments.dropFirst()).contains { $0 == "--format" && $1 == "json" }
        let isShort = arguments.contains { argument in
            let letters = argument.dropFirst()
            return argument.hasPrefix("-") && letters.contains("j") && letters.allSatisfy(\.isLetter)
        }
        return formats || isShort || arguments.contains("--json") || arguments.contains("--format=json")
    }
}
