import ArgumentParser
import Federation
import Operations

/// An unknown word instead of a command on the command line.
struct UnknownCommand: Equatable {
    /// Suggestions for words that are only part of a command or occur in several commands.
    private static let commonWords = [
        "env": "exchange --format env", "init": "config init", "process": "credential-process",
    ]

    let name: String
    /// The commands before the unknown word.
    let path: [String]
    /// The command that the user probably meant.
    let guess: String?

    /// Finds the first unknown word, if any.
    ///
    /// The result is `nil` if an option precedes the unknown word, because the option belongs to the default command.
    /// A leading `help` is skipped.
    init?(in words: some Sequence<String>, of root: any ParsableCommand.Type) {
        var command = root
        var path = [Self.name(of: root)]
        for word in words {
            guard !word.hasPrefix("-") else { return nil }
            if word == "help", path.count == 1 { continue }
            let known = command.configuration.subcommands
            guard !known.isEmpty else { return nil }
            guard let next = known.first(where: { Self.name(of: $0) == word }) else {
                name = word
                self.path = path
                let isFirst = path.count == 1
                guess =
                    (isFirst ? Self.commonWords[word] ?? Self.command(with: word, among: known) : nil)
                    ?? NearestName.of(word, among: known.map(Self.name) + (isFirst ? ["help"] : []))
                return
            }
            command = next
            path.append(word)
        }
        return nil
    }

    /// The usage error, with the suggestion or a reference to the help.
    var failure: CommandFailure {
        let line = path.joined(separator: " ")
        let meant = guess.map { "Did you mean \(line) \($0)?" }
        return CommandFailure(
            .usage,
            code: "usage",
            "\(line) has no command \"\(name)\".",
            fix: meant ?? (path.count == 1 ? "See `\(line) help`." : "See `\(line) --help`.")
        )
    }

    /// Returns the first command that has a subcommand with this name; the result includes the subcommand.
    private static func command(with word: String, among known: [any ParsableCommand.Type]) -> String? {
        known.first { $0.configuration.subcommands.contains { name(of: $0) == word } }
            .map { "\(name(of: $0)) \(word)" }
    }

    private static func name(of command: any ParsableCommand.Type) -> String {
        command.configuration.commandName ?? ""
    }
}
