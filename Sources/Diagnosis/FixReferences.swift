import Federation

/// Replaces repeated commands and repeated advice with a reference to the earlier cause.
struct FixReferences {
    /// The number of the latest cause in the explanation, from 1.
    private var number: Int
    /// The number of the first cause with a command, by command; commands that only set a variable are absent.
    private var causes: [String: Int] = [:]
    /// The number of the first cause with an advice text, by the text.
    private var causesOfText: [String: Int] = [:]

    /// Creates references for the causes that follow the first `count` causes of the explanation.
    init(after count: Int) {
        number = count
    }

    /// Returns the cause without commands and advice that an earlier cause already has.
    mutating func withoutRepetition(_ cause: Cause) -> Cause {
        number += 1
        let repeated = cause.commands.filter { causes[$0] != nil }
        let rest = cause.remedy.commands.filter { causes[$0.text] == nil }
        for command in rest where !Self.isPreparation(command.text) { causes[command.text] = number }
        if !repeated.isEmpty {
            return cause.replacingFix(fix(of: cause, without: repeated, rest))
        }
        // Do not record a reference, because a later cause must refer to the original fix.
        guard !cause.remedy.isReference else { return cause }
        if let first = causesOfText[cause.advice], cause.commands.isEmpty {
            return cause.replacingFix(Fix("The fix \(Self.place(of: [first])) also applies to this cause."))
        }
        causesOfText[cause.advice] = causesOfText[cause.advice] ?? number
        return cause
    }

    private func fix(of cause: Cause, without repeated: [String], _ rest: [ShellCommand]) -> Fix {
        let noun = Self.noun(for: repeated)
        let place = Self.place(of: repeated.compactMap { causes[$0] })
        // A command that sets a variable has no effect without the command that uses the variable.
        guard rest.contains(where: { !Self.isPreparation($0.text) }) else {
            let verb = repeated.count == 1 ? "applies" : "apply"
            let reference = "The \(noun) \(place) also \(verb) to this cause."
            let isKnown = cause.adviceWithoutCommands.isEmpty || causesOfText[cause.advice] != nil
            return Fix(isKnown ? reference : "\(cause.adviceWithoutCommands) \(reference)")
        }
        return Fix(
            cause.adviceWithoutCommands,
            introduction: "Run the \(noun) \(place) first, then:",
            commands: rest
        )
    }

    /// Returns the noun for repeated commands: `commands`, `command`, or the command's name and `command`.
    ///
    /// The name of a command is after the last `&&`: `test … && aws iam update-role …`.
    private static func noun(for commands: [String]) -> String {
        guard commands.count == 1 else { return "commands" }
        let name = commands[0].split(separator: " && ").last?.prefixMatch(of: /(?:aws|az)(?: [a-z][a-z-]*)+/)
        return name.map { "`\($0.output)` command" } ?? "command"
    }

    /// Returns the phrase for the fixes of earlier causes: `of cause 1`, `of causes 1 and 2`.
    private static func place(of numbers: [Int]) -> String {
        let names = Set(numbers).sorted().map(String.init)
        let list = names.joined(separator: names.count == 2 ? " and " : ", ")
        return "of cause\(names.count == 1 ? "" : "s") \(list)"
    }

    /// Whether the command only sets a variable for later commands.
    private static func isPreparation(_ command: String) -> Bool {
        command.wholeMatch(of: /[A-Z0-9]+=.+/) != nil
    }
}
