import Federation

package import struct FoundationEssentials.Date

extension Watch {
    /// Describes the cause and the duration of the wait in a few sentences.
    ///
    /// - Parameters:
    ///   - now: The current time.
    ///   - text: Formats a date.
    /// - Returns: The text, without a trailing line break.
    package func summary(at now: Date, _ text: @escaping (Date) -> String) -> String {
        WatchSummary(watch: self, now: now, format: text).text
    }
}

private struct WatchSummary {
    let watch: Watch
    let now: Date
    let format: (Date) -> String

    var text: String {
        if let result = watch.result { return Self.text(of: result) }
        let overdue =
            watch.isOverdue(at: now)
            ? " The change should be visible by now; run `cambist explain \(ShellWord.posix(watch.mapping))`."
            : nil
        switch watch.cause {
        case nil: return "The first attempt is about to start."
        case .cachedToken: return cachedToken + (overdue ?? "")
        case .assignment where watch.isTokenNewerThanAssignment:
            return
                "The token is newer than the assignment but still lacks the role: the assignment may be to "
                + "another service principal, or to a group."
        case .assignment:
            let lag = watch.lag ?? .assignment
            return lag.summary + (overdue ?? bound(" \(lag.usualDelay)"))
        case .directory:
            return (watch.lag?.summary ?? "Entra does not find an object that the token needs.")
                + (overdue ?? bound(" \(watch.lag?.usualDelay ?? "New objects appear within minutes")"))
        case .iam:
            return denial + (overdue ?? bound(" IAM changes propagate within two minutes")) + roleState
        case .trouble:
            return watch.reason.map { Self.sentence("\($0.code): \($0.message)") } ?? "No service responded."
        case .stability:
            return
                "The mapping works: \(watch.successes) of \(Watch.requiredSuccesses) consecutive successes."
        }
    }

    /// A description of the denial: the prediction from the trust policy, if any, or else AWS's response.
    private var denial: String {
        if let predicted = watch.predictedDenial {
            let state =
                watch.isBlocked(at: now)
                ? "Blocked: waiting cannot make the mapping work. Run `cambist explain \(ShellWord.posix(watch.mapping))`. "
                    + "The trust policy denies this token. "
                : "The trust policy denies this token; retrying in case the policy read is out of date. "
            return state + Self.sentence(predicted.message)
        }
        guard let reason = watch.reason else { return "AWS still denies the token." }
        switch reason.step {
        case .caller, .probe:
            return Self.sentence("The credentials were issued but do not work yet: \(reason.message)")
        case _ where reason.code.hasPrefix("AccessDenied"): return "AWS still denies the token."
        default: return Self.sentence("AWS still denies the token: \(reason.message)")
        }
    }

    /// A service's message, with final punctuation.
    private static func sentence(_ text: String) -> String {
        text.last.map(".!?…".contains) ?? true ? text : text + "."
    }

    /// A sentence about a missing or unreadable role, with a leading space; empty if the role exists or is unknown.
    private var roleState: String {
        switch watch.role {
        case .unreadable(let reason):
            " A missing role causes the same denial, but IAM could not be read: \(reason)"
        case .missing(let answer): " \(answer)"
        case .exists, nil: ""
        }
    }

    private func bound(_ usual: String) -> String {
        watch.latest.map { "\(usual), by \(format($0)) at the latest." } ?? ""
    }

    private var cachedToken: String {
        guard let token = watch.token else { return "The host caches a token from before the change." }
        let issued =
            token.issued.map { "the token (issued at \(format($0)))" } ?? "a token from before the change"
        let end = token.expiry.map { " until \(format($0)) at the latest" } ?? ""
        return "The host caches \(issued)\(end) and cannot be forced to renew it."
    }

    private static func text(of result: WatchResult) -> String {
        switch result.verdict {
        case .works: "The mapping works."
        case .cannot: "Waiting cannot make the mapping work: \(result.code): \(result.message)"
        case .blocked, .timedOut, .stopped: result.message
        }
    }
}
