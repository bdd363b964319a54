import Operations

/// The discussion in the help of a command: a text, the exit statuses, and the examples.
struct HelpText {
    /// The replacement for spaces in examples, because the parser wraps lines at spaces.
    static let hardSpace: Character = "\u{A0}"

    /// The statuses that every command can end with; a command that reads no configuration cannot find it invalid.
    private static let common: [ExitStatus: String] = [
        .done: "success", .usage: "usage error", .configuration: "invalid configuration",
        .internalError: "internal error", .interrupted: "interrupted",
    ]

    private let text: String
    private let readsConfiguration: Bool
    private let statuses: [ExitStatus: String]
    private let examples: [String]

    /// - Parameters:
    ///   - text: Paragraphs that add to the abstract.
    ///   - readsConfiguration: Whether the command reads the configuration file, which can be invalid.
    ///   - statuses: The meanings of statuses that differ from the common meanings.
    ///   - examples: Command lines that can be pasted.
    init(
        _ text: String,
        readsConfiguration: Bool = true,
        statuses: [ExitStatus: String] = [:],
        examples: [String]
    ) {
        self.text = text
        self.readsConfiguration = readsConfiguration
        self.statuses = statuses
        self.examples = examples
    }

    var discussion: String {
        let common = Self.common.filter { readsConfiguration || $0.key != .configuration }
        let meanings = common.merging(statuses) { $1 }.sorted { $0.key.rawValue < $1.key.rawValue }
        let lines = meanings.map { status, meaning in
            let number = String(status.rawValue)
            return "  \(number)\(String(repeating: " ", count: 5 - number.count))\(meaning)"
        }
        let pasteable = examples.map { "  \($0)".replacing(" ", with: String(Self.hardSpace)) }
        return
            ([text, "", "Exit status:"] + lines + ["", examples.count == 1 ? "Example:" : "Examples:"]
            + pasteable)
            .joined(separator: "\n")
    }

    /// Returns the help text for printing, with ordinary spaces.
    static func printed(_ help: String) -> String {
        help.replacing(String(hardSpace), with: " ")
    }
}
