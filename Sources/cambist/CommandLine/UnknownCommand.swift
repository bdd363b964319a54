import ArgumentParser
import Federation
import Operations

/// An unknown word in place of a command.
struct UnknownCommand: Equatable {
    /// The full commands for words that are only a part of a command.
    private static let longerCommands = [
        "env": "exchange --format env", "process": "credential-process", "init": "config init",
        "check": "config check", "edit": "config edit", "show": "config show", "path": "config path",
        "plan": "setup plan", "apply": "setup apply", "verify": "setup verify", "destroy": "setup destroy",
        "export": "setup export", "prune": "fleet prune",
    ]

    let name: String
    /// The commands before the unknown word.
    let path: [String]
    /// The command that was probably meant.
    let guess: String?

    /// Finds the first unknown word; `nil` without one.
    ///
    /// Options before a command belong to the default command, so a command line that begins with an option
    /// is ignored; `help` is followed by the name of a command.
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
                let near = NearestName.of(word, among: known.map(Self.name) + (isFirst ? ["help"] : []))
                guess = near ?? (isFirst ? Self.longerCommands[word] : nil)
                return
            }
            command = next
            path.append(word)
        }
        return nil
    }

    /// The usage error: the unknown word, then the command that was probably meant or the help to read.
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

    private static func name(of command: any ParsableCommand.Type) -> String {
        command.configuration.commandName ?? ""
    }
}
