/// Why a step did not succeed, as the operator reads it: what failed, what was seen, what to do.
package struct Failure: Error, Hashable, Sendable {
    /// What kind of failure it is, which alone decides what a program does about it.
    package let kind: Kind
    /// The other side's code (`AccessDenied`, `AADSTS501051`) or a word of ours (`unreachable`).
    package let code: String
    /// What was seen, the other side's own text included.
    package let message: String
    /// What to do about it.
    package let fix: String
    /// The request's id at the other side, for its support.
    package let requestID: String?
    /// The token source that was asked, where it is one that failed.
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

    /// The same, with the mapping's name in the commands of its fix, which have `MAPPING` in its place.
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

    /// Ordered as the exit code of a run over several mappings: the first that occurs decides.
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        /// The other side, or a check of ours, said no.
        case refused
        /// No token source, no route, no name: nobody answered after all retries.
        case unreachable
        /// Throttled, or out of time: asking again later may work.
        case tryAgain
    }
}

extension String {
    /// The text with a mapping's name, as a word of the shell, in the place of `MAPPING` in its commands.
    package func naming(_ mapping: RoleMapping.ID) -> String {
        replacing(" MAPPING", with: " \(ShellWord.posix(mapping))")
    }
}
