import Federation

package import struct FoundationEssentials.Date

/// The result of a watch.
package struct WatchResult: Hashable, Sendable, Codable {
    package enum Verdict: String, CaseIterable, Hashable, Sendable, Codable {
        /// Three attempts in a row succeeded.
        case works
        /// Waiting cannot make the mapping work.
        case cannot
        /// The time limit expired, and further waiting would not help; see ``Watch/isBlocked(at:)``.
        case blocked
        /// The time limit expired.
        case timedOut = "timed-out"
        /// The operator stopped the watch, or the mapping was removed.
        case stopped
    }

    package let verdict: Verdict
    package let at: Date
    /// An error code; empty if the mapping works.
    package let code: String
    /// The reason, as a sentence; empty if the mapping works.
    package let message: String
    /// The fix; may be empty.
    package let fix: String
    /// Whether the failure is a missing response, not a refusal.
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

    /// Returns the result for a role that does not exist in IAM.
    static func missingRole(_ answer: String, of mapping: RoleMapping.ID, at now: Date) -> Self {
        Self(
            .cannot,
            at: now,
            code: "role-missing",
            message: answer,
            fix:
                "Create the role with `cambist setup apply \(ShellWord.posix(mapping))`, or correct role_arn."
        )
    }

    /// Returns the result for a mapping that was removed from the configuration.
    static func removed(_ mapping: RoleMapping.ID, at now: Date) -> Self {
        Self(
            .stopped,
            at: now,
            code: "removed",
            message: "The watch ended because \(mapping) was removed from the configuration."
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
