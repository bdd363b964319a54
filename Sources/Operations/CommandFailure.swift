package import Federation

/// The reason that a command ends without a result.
///
/// The texts quote names, paths, and values from the command line, the environment, and files. The initializers reduce
/// each message to one line. Callers can therefore quote any text.
package struct CommandFailure: Error, Equatable {
    package let status: ExitStatus
    /// A stable identifier of the failure.
    package let code: String
    /// The mapping that failed; the line for stderr begins with the mapping's name.
    private let subject: RoleMapping.ID?
    /// The descriptions of the problems, each on one line.
    package let messages: [String]
    package let fix: String
    /// Whether the messages contain the remedy.
    private let includesFix: Bool
    /// Whether the command's output already contains the failure.
    package let isAnswered: Bool

    package init(_ status: ExitStatus, code: String, _ message: String, fix: String) {
        self.init(status, code: code, messages: [message], fix: fix)
    }

    /// Creates a failure whose messages contain the remedy; `fix` repeats the remedy in JSON.
    package init(_ status: ExitStatus, code: String, messagesWithFix messages: [String], fix: String) {
        self.init(status, code: code, messages: messages, fix: fix, includesFix: true)
    }

    /// Creates the failure of a mapping's exchange.
    package init(_ failure: Failure, of mapping: RoleMapping.ID) {
        self.init(
            ExitStatus(failure.kind),
            code: failure.code,
            subject: mapping,
            messages: [failure.message],
            fix: failure.fix
        )
    }

    /// Creates the failure for malformed credentials, which cannot be written.
    package init(_ error: UnprintableMember) {
        self.init(
            .no,
            code: "malformed-credentials",
            error.description,
            fix: "Check which server answers at the STS endpoint; AWS does not issue such credentials."
        )
    }

    private init(
        _ status: ExitStatus,
        code: String,
        subject: RoleMapping.ID? = nil,
        messages: [String],
        fix: String,
        includesFix: Bool = false,
        isAnswered: Bool = false
    ) {
        self.status = status
        self.code = code
        self.subject = subject
        self.messages = messages.map(VisibleText.line)
        self.fix = VisibleText.line(fix)
        self.includesFix = includesFix
        self.isAnswered = isAnswered
    }

    /// Returns the failure of a command whose output already contains the failure.
    package static func answered(_ status: ExitStatus, messages: [String]) -> CommandFailure {
        CommandFailure(status, code: "", messages: messages, fix: "", includesFix: true, isAnswered: true)
    }

    /// Returns a copy with another value of ``isAnswered``.
    package func answered(_ isAnswered: Bool) -> CommandFailure {
        CommandFailure(
            status,
            code: code,
            subject: subject,
            messages: messages,
            fix: fix,
            includesFix: includesFix,
            isAnswered: isAnswered
        )
    }

    /// The lines for stderr.
    package var lines: [String] {
        guard !includesFix else { return messages }
        let lead = subject.map { "\(VisibleText.line($0)): \(code): " } ?? ""
        let text = lead + messages.joined(separator: " ")
        return [text.followed(byFix: fix)]
    }
}

extension CodingUserInfoKey {
    /// The `userInfo` key of the configuration file, which `Encoder.naming(in:)` adds to commands in messages.
    package static let configuration = CodingUserInfoKey(rawValue: "configuration")
}

extension Encoder {
    /// Returns a message with the configuration file of `--config`, if any, added to each `cambist` command.
    package func naming(in text: String) -> String {
        let configuration = CodingUserInfoKey.configuration.flatMap { userInfo[$0] }
        return (configuration as? ConfigurationReference).naming(in: text)
    }
}

/// The member `error` of every JSON output: the failure and its remedy.
package struct ErrorReport: Encodable {
    package let code: String
    package let message: String
    package let fix: String

    package init(code: String, message: String, fix: String) {
        self.code = code
        self.message = message
        self.fix = fix
    }

    package init(_ failure: Failure) {
        self.init(code: failure.code, message: failure.message, fix: failure.fix)
    }

    package init(_ failure: CommandFailure) {
        self.init(code: failure.code, message: failure.messages.joined(separator: "\n"), fix: failure.fix)
    }

    private enum CodingKeys: CodingKey {
        case code, message, fix
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(code, forKey: .code)
        try container.encode(encoder.naming(in: message), forKey: .message)
        try container.encode(encoder.naming(in: fix), forKey: .fix)
    }
}

/// A JSON member that is always present; `null` without a value.
package struct Nullable<Value: Encodable>: Encodable {
    package let value: Value?

    package init(_ value: Value?) {
        self.value = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let value {
            try container.encode(value)
        } else {
            try container.encodeNil()
        }
    }
}
