import FoundationEssentials

/// The configuration file of this process, for the option `-c` of commands in messages.
package struct ConfigurationReference: Hashable, Sendable {
    package let path: String
    /// Whether the user selected the file with `--config`; if not, suggested commands do not need the option.
    package let isOption: Bool

    package init(path: String, isOption: Bool) {
        self.path = path
        self.isOption = isOption
    }

    private static let start = "`cambist "
    /// The commands that have subcommands.
    private static let groups: Set<Substring> = ["config", "fleet", "setup"]
    /// The commands without the option `--config`.
    private static let independent: Set<String> = ["config schema", "lab", "schema"]
    /// The options that make `-c` unnecessary, because the command reads no configuration file or already has one.
    private static let exclusive: Set<Substring> = [
        "-c", "--config", "--help", "--lab", "--token-file", "--trust-policy",
    ]

    /// Returns the text with `-c FILE` in each cambist command between backticks that needs the option.
    package func naming(in text: String) -> String {
        guard isOption, text.contains(Self.start) else { return text }
        var parts = text.components(separatedBy: Self.start)
        for index in parts.indices.dropFirst() {
            let end = parts[index].firstIndex(of: "`") ?? parts[index].endIndex
            // Without a second backtick, the text is not a command.
            guard end < parts[index].endIndex else { continue }
            let command = completed(parts[index][..<end], ShellWord.posix)
            parts[index].replaceSubrange(..<end, with: command)
        }
        return parts.joined(separator: Self.start)
    }

    /// Returns the command with `-c`, if necessary; `quote` quotes the file's path for a shell.
    fileprivate func completed(_ command: Substring, _ quote: (String) -> String) -> String {
        let words = command.split(separator: " ")
        guard isOption, let first = words.first, Self.exclusive.isDisjoint(with: words) else {
            return String(command)
        }
        let count = min(words.count, Self.groups.contains(first) ? 2 : 1)
        guard !Self.independent.contains(words[..<count].joined(separator: " ")) else {
            return String(command)
        }
        return (words[..<count].map(String.init) + ["-c \(quote(path))"] + words[count...].map(String.init))
            .joined(separator: " ")
    }
}

extension ConfigurationReference? {
    /// Returns the text with `-c FILE` where necessary; without a reference, returns the text unchanged.
    package func naming(in text: String) -> String {
        self?.naming(in: text) ?? text
    }

    /// Returns the last line of a setup script, with the command that waits until the mapping works.
    package func advice(toWaitFor mapping: RoleMapping.ID, _ quote: (String) -> String) -> String {
        let words = "wait \(quote(mapping))"
        let command = self?.completed(words[...], quote) ?? words
        return "done; to wait until the mapping works, run: cambist \(command)"
    }
}
