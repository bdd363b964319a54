import ArgumentParser
import Federation

/// Why a command ends without its answer.
struct CommandFailure: Error {
    let status: ExitStatus
    /// One word for machines.
    let code: String
    /// The mapping that it is about, which a person is told first.
    private let subject: RoleMapping.ID?
    /// What was seen, a line each.
    let messages: [String]
    /// What to do.
    let fix: String
    /// Whether the messages alone tell a person what to do.
    private let isPlain: Bool
    /// Whether the command's answer, in which this is told, was printed.
    let isAnswered: Bool

    init(_ status: ExitStatus, code: String, _ message: String, fix: String) {
        self.init(status, code: code, messages: [message], fix: fix)
    }

    /// A failure whose message says what to do as well; `fix` says it again to machines.
    init(_ status: ExitStatus, code: String, telling messages: [String], fix: String) {
        self.init(status, code: code, messages: messages, fix: fix, isPlain: true)
    }

    /// Why an exchange gave nothing to go on with.
    init(_ failure: Failure, of mapping: RoleMapping.ID) {
        self.init(
            ExitStatus(failure.kind),
            code: failure.code,
            subject: mapping,
            messages: [failure.message],
            fix: failure.fix
        )
    }

    private init(
        _ status: ExitStatus,
        code: String,
        subject: RoleMapping.ID? = nil,
        messages: [String],
        fix: String,
        isPlain: Bool = false,
        isAnswered: Bool = false
    ) {
        self.status = status
        self.code = code
        self.subject = subject
        self.messages = messages
        self.fix = fix
        self.isPlain = isPlain
        self.isAnswered = isAnswered
    }

    /// The end of a command whose answer was printed and says all.
    static func answered(_ status: ExitStatus, messages: [String]) -> CommandFailure {
        CommandFailure(status, code: "", messages: messages, fix: "", isPlain: true, isAnswered: true)
    }

    /// The same failure, told in the command's answer or not.
    func answered(_ isAnswered: Bool) -> CommandFailure {
        CommandFailure(
            status,
            code: code,
            subject: subject,
            messages: messages,
            fix: fix,
            isPlain: isPlain,
            isAnswered: isAnswered
        )
    }

    /// What stderr gets, a line each.
    var lines: [String] {
        guard !isPlain else { return messages }
        let text = (subject.map { "\($0): \(code): " } ?? "") + messages.joined(separator: " ")
        guard !fix.isEmpty else { return [text] }
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
