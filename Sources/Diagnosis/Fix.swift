import Federation

/// The advice on a cause, and the commands that follow it.
struct Fix: Hashable, ExpressibleByStringInterpolation {
    /// The advice; a final colon introduces the commands.
    let text: String
    /// The clause about the commands, which ends with a colon: `The app roles:`; empty if ``text`` introduces them.
    let introduction: String
    /// The commands to run, in order.
    let commands: [ShellCommand]
    /// Whether the fix refers to the fix of another cause, so that no cause may refer to this fix.
    private(set) var isReference = false

    /// Creates a fix.
    ///
    /// - Parameters:
    ///   - text: The advice. Its last sentence may end with a colon only if the sentence is also advice without the
    ///     commands: `Enable the service principal:`.
    ///   - introduction: A clause that has no meaning without the commands. A clause that begins in lowercase continues
    ///     the last sentence of the text.
    ///   - commands: The commands; if empty, a final colon of the text becomes a period, and the introduction is
    ///     dropped.
    init(_ text: String, introduction: String = "", commands: [ShellCommand] = []) {
        self.text = commands.isEmpty || !introduction.isEmpty ? Self.closed(text) : text
        self.introduction = commands.isEmpty ? "" : introduction
        self.commands = commands
    }

    init(stringLiteral text: String) {
        self.init(text)
    }

    /// Returns the fix with a further sentence, which may be empty, at the end of its text.
    func followed(by sentence: String) -> Fix {
        sentence.isEmpty ? self : Fix("\(text) \(sentence)", introduction: introduction, commands: commands)
    }

    /// The text and the introduction, before the commands.
    var advice: String {
        guard let first = introduction.first else { return text }
        if text.isEmpty { return introduction }
        return first.isLowercase ? "\(text.trimmingSuffix(".")) \(introduction)" : "\(text) \(introduction)"
    }

    /// The text as a sentence, for places that do not show the commands; empty if the commands are the whole fix.
    var adviceWithoutCommands: String { Self.closed(text) }

    /// The same fix, to which no other cause refers.
    var asReference: Fix {
        var fix = self
        fix.isReference = true
        return fix
    }

    /// Returns the fix with another text and the same commands.
    func replacingText(_ change: (String) -> String) -> Fix {
        Fix(change(text), introduction: introduction, commands: commands)
    }

    /// The text with a period in place of the colon that introduces commands.
    private static func closed(_ text: String) -> String {
        text.hasSuffix(":") ? "\(text.dropLast())." : text
    }
}
