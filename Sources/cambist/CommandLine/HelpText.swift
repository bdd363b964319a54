import Operations

/// The part of a command's help after the abstract: a text, the exit statuses, and examples.
struct HelpText {
    /// The replacement for spaces in examples, because the parser would break lines at spaces.
    static let hardSpace: Character = "\u{A0}"

    /// The meaning of ``ExitStatus/tryAgain`` for commands that send requests to a cloud.
    static let tryAgain = "throttled, timed out, or a server error (5xx); a later attempt may work"

    /// The statuses that all commands have in common.
    ///
    /// Only commands that read the configuration have ``ExitStatus/notPermitted`` and ``ExitStatus/configuration``.
    private static let common: KeyValuePairs<ExitStatus, String> = [
        .done: "success", .usage: "usage error", .configuration: "invalid configuration",
        .internalError: "internal error", .interrupted: "interrupted",
        .notPermitted: "the configuration cannot be read, or the log cannot be written",
    ]

    private let text: String
    private let readsConfiguration: Bool
    private let statuses: KeyValuePairs<ExitStatus, String>
    private let examples: [String]

    /// - Parameters:
    ///   - text: Further paragraphs after the abstract.
    ///   - readsConfiguration: Whether the command reads the configuration file.
    ///   - statuses: Meanings of additional statuses, and replacements for common meanings.
    ///   - examples: Command lines that can be pasted.
    init(
        _ text: String,
        readsConfiguration: Bool = true,
        statuses: KeyValuePairs<ExitStatus, String> = [:],
        examples: [String]
    ) {
        self.text = text
        self.readsConfiguration = readsConfiguration
        self.statuses = statuses
        self.examples = examples
    }

    /// The complete text, with hard spaces in the examples.
    ///
    /// Every start of the program creates the texts of several commands, so this property must be fast. The code has
    /// plain loops, because the first call of a generic library function makes the runtime search the program's types.
    var discussion: String {
        var discussion = text + "\n\nExit status:"
        for status in ExitStatus.allCases {
            guard let meaning = meaning(of: status) else { continue }
            let number = String(status.rawValue)
            discussion += "\n  " + number + String(repeating: " ", count: 5 - number.utf8.count) + meaning
        }
        discussion += examples.count == 1 ? "\n\nExample:" : "\n\nExamples:"
        for example in examples {
            discussion += "\n"
            discussion.append(Self.hardSpace)
            discussion.append(Self.hardSpace)
            for character in example { discussion.append(character == " " ? Self.hardSpace : character) }
        }
        return discussion
    }

    private func meaning(of status: ExitStatus) -> String? {
        for (known, meaning) in statuses where known == status { return meaning }
        for (known, meaning) in Self.common where known == status {
            let isOfConfiguration = status == .configuration || status == .notPermitted
            return readsConfiguration || !isOfConfiguration ? meaning : nil
        }
        return nil
    }

    /// Returns the help for printing, with ordinary spaces.
    static func printed(_ help: String) -> String {
        help.replacing(String(hardSpace), with: " ")
    }
}
