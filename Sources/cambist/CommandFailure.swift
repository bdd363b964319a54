import ArgumentParser
import Federation

/// Why a command ends without its answer.
struct CommandFailure: Error {
    let status: ExitStatus
    /// One word for machines.
    let code: String
    /// What was seen, a line each.
    let messages: [String]
    /// What to do; empty when the messages say it.
    let fix: String
    /// Whether the command's answer, in which this is told, was printed.
    let isAnswered: Bool

    init(_ status: ExitStatus, code: String, _ message: String, fix: String = "") {
        self.init(status, code: code, messages: [message], fix: fix)
    }

    init(_ status: ExitStatus, code: String, messages: [String], fix: String = "", isAnswered: Bool = false) {
        self.status = status
        self.code = code
        self.messages = messages
        self.fix = fix
        self.isAnswered = isAnswered
    }

    /// Why an exchange gave nothing to go on with.
    init(_ failure: Failure, of mapping: RoleMapping.ID) {
        self.init(
            ExitStatus(failure.kind),
            code: failure.code,
            "\(mapping): \(failure.code): \(failure.message)",
            fix: failure.fix
        )
    }

    /// The end of a command whose answer was printed and says all.
    static func answered(_ status: ExitStatus, messages: [String]) -> CommandFailure {
        CommandFailure(status, code: "", messages: messages, isAnswered: true)
    }

    /// The same failure, told in the command's answer or not.
    func answered(_ isAnswered: Bool) -> CommandFailure {
        CommandFailure(status, code: code, messages: messages, fix: fix, isAnswered: isAnswered)
    }

    /// What stderr gets, a line each.
    var lines: [String] {
        guard !fix.isEmpty else { return messages }
        let text = messages.joined(separator: " ")
        let isSentence = text.last.map(".!?:".contains) ?? true
        return ["\(text)\(isSentence ? "" : ".") \(fix)"]
    }
}

/// A command that can answer with a JSON object, even when it fails.
protocol JSONAnswering: ParsableArguments {
    /// Whether JSON was asked for.
    var answersInJSON: Bool { get }
    /// Whether its answer is a stream of objects, each on a line of its own.
    static var answersInLines: Bool { get }

    /// The command's object with what is known before anything was done, and the error.
    func report(_ error: ErrorReport) -> any Encodable
}

extension JSONAnswering {
    static var answersInLines: Bool { false }
}
