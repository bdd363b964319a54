import Federation

package import struct Foundation.Date

/// How a watch ended.
package struct WatchResult: Hashable, Sendable, Codable {
    /// What became of it.
    package enum Verdict: String, CaseIterable, Hashable, Sendable, Codable {
        /// Three successes in a row.
        case works
        /// Waiting does not help.
        case cannot
        /// Its time ran out.
        case timedOut = "timed-out"
        /// Somebody stopped it.
        case stopped
    }

    package let verdict: Verdict
    package let at: Date
    /// Why, in one word for machines; empty when it works.
    package let code: String
    /// Why, for the operator; empty when it works.
    package let message: String
    /// What to do about it.
    package let fix: String
    /// Whether nobody answered rather than that somebody said no.
    package let isUnreachable: Bool

    package init(
        _ verdict: Verdict,
        at: Date,
        code: String = "",
        message: String = "",
        fix: String = "",
        isUnreachable: Bool = false
    ) {
        self.verdict = verdict
        self.at = at
        self.code = code
        self.message = message
        self.fix = fix
        self.isUnreachable = isUnreachable
    }

    /// The end of a watch whose role IAM does not have.
    static func lostRole(_ words: String, of mapping: RoleMapping.ID, at now: Date) -> Self {
        Self(
            .cannot,
            at: now,
            code: "role-missing",
            message: words,
            fix: "`cambist setup apply \(ShellWord.posix(mapping))` makes it; else correct role_arn."
        )
    }

    /// The end of a watch whose mapping the configuration does not have any more.
    static func removed(_ mapping: RoleMapping.ID, at now: Date) -> Self {
        Self(
            .stopped,
            at: now,
            code: "removed",
            message: "The watch ended, for \(mapping) was removed from the configuration."
        )
    }

    init(_ verdict: Verdict, at: Date, _ failure: Failure) {
        self.init(
            verdict,
            at: at,
            code: failure.code,
            message: failure.message,
            fix: failure.fix,
            isUnreachable: failure.kind == .unreachable
        )
    }
}
