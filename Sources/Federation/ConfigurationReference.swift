/// The configuration file that a process uses, for the commands that its messages suggest.
package struct ConfigurationReference: Hashable, Sendable {
    package let path: String
    /// Whether the option `--config` names the file, so that another command needs the option too.
    package let isOption: Bool

    package init(path: String, isOption: Bool) {
        self.path = path
        self.isOption = isOption
    }

    /// The commands that have subcommands.
    private static let groups: Set<Substring> = ["config", "fleet", "setup"]
    /// The commands that read no configuration file.
    private static let independent: Set<Substring> = ["lab", "schema"]

    /// Returns the text with this file in each of the program's own commands between backticks.
    ///
    /// A command that has another option already, such as `--lab` or `--trust-policy`, is complete.
    package func naming(in text: String) -> String {
        guard isOption, text.contains("`cambist ") else { return text }
        var parts = text.split(separator: "`", omittingEmptySubsequences: false).map(String.init)
        // The odd parts are between backticks.
        for index in stride(from: 1, to: parts.count - 1, by: 2) {
            parts[index] = completed(parts[index])
        }
        return parts.joined(separator: "`")
    }

    private func completed(_ command: String) -> String {
        let words = command.split(separator: " ")
        guard words.first == "cambist", words.count > 1, !Self.independent.contains(words[1]),
            !words.contains(where: { $0.hasPrefix("-") })
        else { return command }
        let count = Self.groups.contains(words[1]) ? 3 : 2
        let name = words.prefix(count).joined(separator: " ")
        return ([name, "-c \(ShellWord.posix(path))"] + words.dropFirst(count).map(String.init))
            .joined(separator: " ")
    }
}

extension Failure {
    /// The same failure with the configuration file in the commands of its fix.
    package func naming(_ configuration: ConfigurationReference?) -> Failure {
        guard let configuration else { return self }
        return Failure(
            kind: kind,
            code: code,
            message: message,
            fix: configuration.naming(in: fix),
            requestID: requestID,
            source: source
        )
    }
}
