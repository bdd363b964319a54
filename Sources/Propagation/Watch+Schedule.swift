import Federation
package import Foundation

// When a watch tries again, and when it can be sure.
extension Watch {
    /// The instant of the next attempt, by what can change until then.
    func nextAttempt(after now: Date, jitter: Double) -> Date {
        let pause: Duration
        switch cause {
        case .stability:
            pause = pace.stabilityPause
        case .iam where now < settled:
            pause = pace.settlingPause(number: attemptsInARow - 1)
        case .cachedToken:
            return tokenChange(after: now)
        case .assignment where isHeldUpByToken:
            return tokenChange(after: now)
        case .iam, .assignment, .directory, .trouble, nil:
            pause = pace.directoryPause(jitter: jitter)
        }
        return now + pause.seconds
    }

    /// When IAM has settled after a change, as far as the watch knows of a change.
    var settled: Date {
        (changed ?? causeSince ?? began) + pace.settling.seconds
    }

    /// How many of the latest attempts showed what is waited for now.
    private var attemptsInARow: Int {
        marks.reversed().prefix { $0.cause == cause }.count
    }

    /// Whether the assignment could only show in a token that replaces a cached one.
    private var isHeldUpByToken: Bool {
        reason?.code == "app-role-missing" && token?.isCached == true
    }

    /// Every ten minutes, and just after the token's end; never sooner than the endpoint may be asked.
    private func tokenChange(after now: Date) -> Date {
        let regular = now + pace.cachePause.seconds
        guard let token, let expiry = token.expiry else { return regular }
        let asked = max(token.received + pace.tokenInterval.seconds, now + pace.tokenInterval.seconds)
        return min(regular, max(pace.justAfter(expiry), asked))
    }

    /// The earliest instant at which this watch can say that it works: so many successes are still needed.
    package var earliest: Date {
        next + (pace.stabilityPause * (Self.wanted - 1 - min(successes, Self.wanted - 1))).seconds
    }

    /// The instant by which the cause has passed for sure; `nil` when nothing is sure.
    ///
    /// A cached token is replaced when it ends at the latest; IAM settles within two minutes, the directory
    /// within a quarter of an hour. A role that a token made after the assignment lacks never comes by itself, and
    /// what the trust policy denies goes on being denied.
    package var latest: Date? {
        switch cause {
        case .cachedToken: token?.expiry
        case .iam: foretold == nil ? settled : nil
        case .assignment where isHeldUpByToken: assigned == nil ? token?.expiry : nil
        case .assignment: (assigned ?? causeSince ?? began) + pace.replication.seconds
        case .directory: (causeSince ?? began) + (missing?.delay(pace) ?? pace.replication).seconds
        case .stability: earliest
        case .trouble, nil: nil
        }
    }

    /// What the token endpoint did not find.
    var missing: ReplicationLag? {
        reason.flatMap { ReplicationLag(code: $0.code, message: $0.message) }
    }

    /// Since when it is waited: the assignment where that is known and matters, else the begin of the watch.
    package var since: Date {
        guard cause == .assignment || cause == .cachedToken, let assigned else { return began }
        return min(assigned, began)
    }

    /// Whether the latest sure time has passed: something else than propagation is the matter.
    package func isOverdue(at now: Date) -> Bool {
        guard cause != .stability, let latest else { return false }
        return now > latest
    }
}
