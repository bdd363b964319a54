import Federation

/// Advice on a cause, followed by commands, if any.
struct Fix: Hashable, ExpressibleByStringInterpolation {
    /// The advice; a final colon introduces the commands.
    let text: String
    /// The clause before the commands, with a colon: `The app roles:`.
    ///
    /// Empty if ``text`` introduces the commands, or if there are no commands.
    let introduction: String
    let commands: [ShellCommand]
    /// Whether the fix only refers to the fix of another cause.
    ///
    /// A reference never refers to another reference.
    private(set) var isReference = false

    /// Creates a fix.
    ///
    /// - Parameters:
    ///   - text: The advice. A final colon is allowed if the advice makes sense without the commands:
    ///     `Enable the service principal:`.
    ///   - introduction: A clause that makes sense only with the commands. A lowercase clause continues the last
    ///     sentence of the text.
    ///   - commands: The commands. Without commands, the introduction is dropped, and a final colon of the text becomes
    ///     a period.
    init(_ text: String, introduction: String = "", commands: [ShellCommand] = []) {
        self.text = commands.isEmpty || !introduction.isEmpty ? Self.closed(text) : text
        self.introduction = commands.isEmpty ? "" : introduction
        self.commands = commands
    }

    init(stringLiteral text: String) {
        self.init(text)
    }

    /// Returns the fix with the sentence at the end of the text; an empty sentence changes nothing.
    func followed(by sentence: String) -> Fix {
        sentence.isEmpty ? self : Fix("\(text) \(sentence)", introduction: introduction, commands: commands)
    }

    /// The text and the introduction, before the commands.
    var advice: String {
        guard let first = introduction.first else { return text }
        if text.isEmpty { return introduction }
        return first.isLowercase ? "\(text.trimmingSuffix(".")) \(introduction)" : "\(text) \(introduction)"
    }

    /// The text for output without the commands; may be empty.
    var adviceWithoutCommands: String { Self.closed(text) }

    /// The fix with ``isReference`` set.
    var asReference: Fix {
        var fix = self
        fix.isReference = true
        return fix
    }

    /// Returns the fix with another text and the same commands.
    func replacingText(_ change: (String) -> String) -> Fix {
        Fix(change(text), introduction: introduction, commands: commands)
    }

    /// Returns the text with a period in place of a final colon.
    private static func closed(_ text: String) -> String {
        text.hasSuffix(":") ? "\(text.dropLast())." : text
    }
}
