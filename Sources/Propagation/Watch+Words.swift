import Federation

package import struct Foundation.Date

extension Watch {
    /// What is waited for and how long that can last, in a sentence or two.
    ///
    /// - Parameters:
    ///   - now: The present instant.
    ///   - text: How an instant is written.
    /// - Returns: The words, without an end of line.
    package func story(at now: Date, _ text: (Date) -> String) -> String {
        if let ending { return Self.story(of: ending) }
        let late = isOverdue(at: now) ? " It should have come by now: see `cambist explain \(mapping)`." : ""
        switch cause {
        case nil: return "The first attempt is about to be made."
        case .cachedToken: return tokenStory(text) + late
        case .assignment where latest == nil:
            return "The token is newer than the assignment and still lacks the role: the assignment is to "
                + "another service principal, or to a group."
        case .assignment:
            let object = missing ?? .assignment
            return object.story + (late.isEmpty ? bound(" \(object.bound)", text) : late)
        case .directory:
            return (missing?.story ?? "Entra does not find what the token is asked for.")
                + (late.isEmpty ? bound(" \(missing?.bound ?? "")", text) : late)
        case .iam:
            return denial + (late.isEmpty ? bound(" IAM settles within two minutes", text) : late)
                + unseenRole
        case .trouble: return reason.map { "\($0.code): \($0.message)" } ?? "Nobody answered."
        case .stability: return "It works; \(successes) of \(Self.wanted) successes in a row."
        }
    }

    /// What AWS refuses, and what the trust policy has to do with it.
    private var denial: String {
        if let foretold {
            return
                "AWS does not let the token in, as was foretold: \(foretold.message) Settling does not change "
                + "that, another policy does; AWS is asked on, for the policy read may be an old one."
        }
        guard let reason else { return "AWS does not let the token in yet." }
        switch reason.step {
        case .caller, .probe:
            return Self.sentence("The credentials came, but do not work yet: \(reason.message)")
        case _ where reason.code.hasPrefix("AccessDenied"): return "AWS does not let the token in yet."
        default: return Self.sentence("AWS does not let the token in yet: \(reason.message)")
        }
    }

    /// Words of somebody else's, brought to an end.
    private static func sentence(_ words: String) -> String {
        words.last.map(".!?…".contains) ?? true ? words : words + "."
    }

    /// That a missing role would look the same, where IAM does not tell.
    private var unseenRole: String {
        switch role {
        case .hidden(let why):
            " A role that is missing cannot be told from one that settles, for IAM was not read: \(why)"
        case .missing(let words): " \(words)"
        case .there, nil: ""
        }
    }

    private func bound(_ words: String, _ text: (Date) -> String) -> String {
        latest.map { "\(words), \(text($0)) at the latest." } ?? ""
    }

    private func tokenStory(_ text: (Date) -> String) -> String {
        guard let token else { return "A token from before the change is served." }
        let made = token.made.map { "the token issued \(text($0))" } ?? "a token from before the change"
        let until = token.expiry.map { "; a new one comes at the latest \(text($0))" } ?? ""
        return "The host still serves \(made)\(until)."
    }

    private static func story(of ending: WatchResult) -> String {
        switch ending.verdict {
        case .works: "It works."
        case .cannot: "Waiting does not help: \(ending.code): \(ending.message)"
        case .timedOut, .stopped: ending.message
        }
    }
}
