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

    package init(kind: Kind, code: String, message: String, fix: String, requestID: String? = nil) {
        self.kind = kind
        self.code = code
        self.message = message
        self.fix = fix
        self.requestID = requestID
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
