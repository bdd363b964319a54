import Federation
package import Foundation

/// When one mapping's credentials are renewed by themselves.
///
/// Renewal begins when less than a quarter of their life is left, or 15 minutes if that is less. What fails is
/// tried again after 30 s, then twice as long each time, up to 5 min; what still works is kept meanwhile.
package struct RenewalSchedule: Hashable, Sendable {
    private static let longestLead = Duration.seconds(900)
    private static let firstPause = Duration.seconds(30)
    private static let longestPause = Duration.seconds(300)
    /// So long before the end of what still works the last attempt is made.
    private static let lastChance = Duration.seconds(10)

    private var failures = 0

    package init() {}

    /// The instant to renew credentials that were just had.
    ///
    /// - Parameters:
    ///   - issued: when they were issued.
    ///   - expiration: when they end.
    ///   - jitter: in 0…1; moves the instant up to a fifth of the lead ahead, so that many spread out.
    /// - Returns: an instant before the expiration, and not before they were issued.
    package mutating func succeeded(issued: Date, expiration: Date, jitter: Double) -> Date {
        failures = 0
        let life = expiration.since(issued)
        let lead = min(life / 4, Self.longestLead)
        return max(issued, expiration - lead.seconds * (1 + 0.2 * jitter))
    }

    /// The instant to try again after a failure at `now`.
    ///
    /// - Parameters:
    ///   - now: when it failed.
    ///   - jitter: in 0…1; shortens the pause by up to a half.
    ///   - expiration: when the credentials end that still work; one attempt more is made before, not after it.
    /// - Returns: an instant after `now`.
    package mutating func failed(at now: Date, jitter: Double, expiration: Date? = nil) -> Date {
        let pause = min(Self.firstPause * (1 << min(failures, 4)), Self.longestPause)
        failures += 1
        let at = now + pause.seconds * (1 - 0.5 * jitter)
        guard let last = expiration.map({ $0 - Self.lastChance.seconds }), last > now, at > last else {
            return at
        }
        return max(last, now + Self.lastChance.seconds)
    }
}

/// An instant by the clock on the wall and by the one that never jumps.
///
/// The first that reaches it counts: the wall clock may be put back, and the other may stand still while a virtual
/// machine is paused.
struct RenewalInstant: Hashable, Sendable {
    let date: Date
    let uptime: Duration

    /// What is left of the time until then; negative when it has passed.
    func left(at now: RenewalInstant) -> Duration {
        min(date.since(now.date), uptime - now.uptime)
    }
}
