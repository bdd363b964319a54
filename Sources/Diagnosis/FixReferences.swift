import Federation

/// Refers a later cause of an explanation to an earlier cause with the same fix, so that no fix is repeated.
struct FixReferences {
    /// The ID of the first cause with each command.
    private var causes: [String: String] = [:]
    /// The ID of the first cause with each advice.
    private var causesOfText: [String: String] = [:]

    /// Returns the cause without the commands and the advice that an earlier cause contains.
    mutating func withoutRepetition(_ cause: Cause) -> Cause {
        let repeated = cause.commands.compactMap { causes[$0] }
        let rest = cause.shellCommands.filter { causes[$0.text] == nil }
        for command in rest where !Self.isPreparation(command.text) { causes[command.text] = cause.id }
        if let first = repeated.first {
            return cause.replacingFix(fix(of: cause, sharedWith: first, repeated.count, rest))
        }
        if let first = causesOfText[cause.advice], cause.commands.isEmpty {
            return cause.replacingFix(
                Fix("The fix \(Self.place(of: first, under: cause)) also applies here.")
            )
        }
        causesOfText[cause.advice] = causesOfText[cause.advice] ?? cause.id
        return cause
    }

    private func fix(of cause: Cause, sharedWith first: String, _ count: Int, _ rest: [ShellCommand]) -> Fix {
        let isOne = count == 1
        let place = Self.place(of: first, under: cause)
        // A variable without the command that uses it has no effect.
        guard rest.contains(where: { !Self.isPreparation($0.text) }) else {
            let verb =
                cause.commands.allSatisfy(Self.isQuery)
                ? "show\(isOne ? "s" : "")" : "fix\(isOne ? "es" : "")"
            let reference = "The command\(isOne ? "" : "s") \(place) also \(verb) this."
            let isKnown = causesOfText[cause.advice] != nil
            return Fix(isKnown ? reference : "\(cause.adviceWithoutCommands) \(reference)")
        }
        let reference = "Run the command\(isOne ? "" : "s") \(place) first, then:"
        return Fix("\(cause.adviceWithoutCommands) \(reference)", commands: rest)
    }

    /// The phrase that refers to an earlier fix, after "The fix"; several causes can have the same ID.
    private static func place(of first: String, under cause: Cause) -> String {
        first == cause.id ? "above" : "of the cause \(first)"
    }

    /// Whether the command changes nothing.
    private static func isQuery(_ command: String) -> Bool {
        command.contains(/aws iam (get|list|simulate)-/)
            && !command.contains(/aws iam (add|attach|create|delete|put|remove|tag|untag|update)-/)
    }

    /// Whether the command only sets a variable for the commands after it.
    private static func isPreparation(_ command: String) -> Bool {
        command.wholeMatch(of: /[A-Z0-9]+=.+/) != nil
    }
}
