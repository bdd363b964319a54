/// A failure as shown to the operator: what failed, the value seen, and the fix.
package struct Failure: Error, Hashable, Sendable {
    /// The kind of failure, which determines the exit status.
    package let kind: Kind
    /// The service's error code (`AccessDenied`, `AADSTS501051`) or one of cambist's own (`unreachable`).
    package let code: String
    /// The description, including the service's own message.
    package private(set) var message: String
    /// The advice to the operator, in sentences; may be empty.
    package private(set) var fix: String
    /// The request ID assigned by the service, for support requests.
    package let requestID: String?
    /// The token source that failed, if any.
    package let source: TokenSourceKind?
    /// The time to wait that the server requested, if any.
    package let retryAfter: Duration?

    package init(
        kind: Kind,
        code: String,
        message: String,
        fix: String,
        requestID: String? = nil,
        source: TokenSourceKind? = nil,
        retryAfter: Duration? = nil
    ) {
        self.kind = kind
        self.code = VisibleText.oneLine(code, limit: 200)
        self.message = VisibleText.line(message)
        self.fix = VisibleText.line(fix)
        self.requestID = requestID.map { VisibleText.oneLine($0, limit: 200) }
        self.source = source
        self.retryAfter = retryAfter.flatMap { $0 > .zero ? $0 : nil }
    }

    /// Code, message, and fix in one line.
    package var line: String { codeAndMessage.followed(byFix: fix) }

    /// The code and the message; a service can return an error without a message.
    package var codeAndMessage: String {
        message.allSatisfy(\.isWhitespace) ? "\(code), without a message" : "\(code): \(message)"
    }

    /// Whether the service returned no message.
    package var isWithoutMessage: Bool { Self.isBlank(message) }

    /// The message of a failure whose response has no message.
    package static func blankMessage(status: Int) -> String { "HTTP \(status) without a message" }

    /// Whether a message is empty or is the text of ``blankMessage(status:)``.
    package static func isBlank(_ message: String) -> Bool {
        message.allSatisfy(\.isWhitespace) || message.wholeMatch(of: /HTTP \d+ without a message/) != nil
    }

    /// The message, preceded by the code unless the message contains the code.
    package var messageWithCode: String {
        !message.isEmpty && message.contains(code) ? message : codeAndMessage
    }

    /// Returns the failure with the mapping's name in the commands of the fix that require a mapping.
    package func naming(_ mapping: RoleMapping.ID) -> Failure {
        replacing(fix: fix.naming(mapping))
    }

    /// Returns the message and the fix in one line, with the configuration file in the commands that need the file.
    package func messageAndFix(_ reference: ConfigurationReference?) -> String {
        reference.naming(in: "\(message) \(fix)")
    }

    /// Returns the failure with the advice before the fix.
    package func prefacing(fix advice: String) -> Failure {
        replacing(fix: fix.isEmpty ? advice : "\(advice) \(fix)")
    }

    /// Returns the failure with another message.
    package func replacing(message: String) -> Failure {
        var copy = self
        copy.message = VisibleText.line(message)
        return copy
    }

    private func replacing(fix: String) -> Failure {
        var copy = self
        copy.fix = VisibleText.line(fix)
        return copy
    }

    /// The kinds of failure; in a run over several mappings, the first kind in this order determines the exit status.
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        /// The service or one of cambist's own checks refused the request.
        case refused
        /// No response after all retries, or no token source, route, or DNS name was found.
        case unreachable
        /// The request was throttled or timed out, or the server failed (5xx); a later attempt may succeed.
        case tryAgain
    }
}

extension String {
    /// The commands of cambist to which ``naming(_:)`` adds the mapping's name.
    private static let mappingCommands = ["explain", "setup apply", "wait"]

    /// Returns the text with the mapping's name, quoted for the shell, in the commands that need the name.
    ///
    /// The name replaces `MAPPING`, and follows commands without a name, such as `cambist explain`.
    package func naming(_ mapping: RoleMapping.ID) -> String {
        let name = ShellWord.posix(mapping)
        return Self.mappingCommands.reduce(replacing(" MAPPING", with: " \(name)")) { text, command in
            text.replacing("`cambist \(command)`", with: "`cambist \(command) \(name)`")
        }
    }
}

extension String {
    /// Returns the text as a sentence, followed by the fix; without a fix, returns the text unchanged.
    package func followed(byFix fix: String) -> String {
        guard !fix.isEmpty else { return self }
        let isSentence = last.map(".!?:".contains) ?? true
        return "\(self)\(isSentence ? "" : ".") \(fix)"
    }
}
