/// The failure of a step, in words for the operator: what failed, the value seen, what to do.
package struct Failure: Error, Hashable, Sendable {
    /// The kind, which alone decides how a program reacts.
    package let kind: Kind
    /// The service's code (`AccessDenied`, `AADSTS501051`) or one of cambist's own (`unreachable`).
    package let code: String
    /// The description, with the service's own text.
    package let message: String
    /// The remedy.
    package let fix: String
    /// The request id at the service, for its support.
    package let requestID: String?
    /// The token source that failed, if one did.
    package let source: TokenSourceKind?

    package init(
        kind: Kind,
        code: String,
        message: String,
        fix: String,
        requestID: String? = nil,
        source: TokenSourceKind? = nil
    ) {
        self.kind = kind
        self.code = VisibleText.oneLine(code, limit: 200)
        self.message = VisibleText.line(message)
        self.fix = VisibleText.line(fix)
        self.requestID = requestID.map { VisibleText.oneLine($0, limit: 200) }
        self.source = source
    }

    /// The same failure with `MAPPING` in the commands of its fix replaced by the mapping's name.
    package func naming(_ mapping: RoleMapping.ID) -> Failure {
        Failure(
            kind: kind,
            code: code,
            message: message,
            fix: fix.naming(mapping),
            requestID: requestID,
            source: source
        )
    }

    /// In the order that decides the exit status of a run over several mappings: the first that occurs.
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        /// The service, or a check of cambist's, refused.
        case refused
        /// No token source, no route or no name: no answer after all retries.
        case unreachable
        /// Throttled or timed out: a later retry may succeed.
        case tryAgain
    }
}

extension String {
    /// The text with `MAPPING` in its commands replaced by a mapping's name, quoted for the shell.
    package func naming(_ mapping: RoleMapping.ID) -> String {
        replacing(" MAPPING", with: " \(ShellWord.posix(mapping))")
    }
}
