import Federation
package import Foundation

/// The state that decides when one mapping's credentials are renewed.
///
/// Renewal begins when less than a quarter of their lifetime is left, or 15 minutes if that is less. A failed renewal
/// is retried after 30 s, then twice as long each time, up to 5 min; credentials that still work are kept meanwhile.
package struct RenewalSchedule: Hashable, Sendable {
    private static let longestLead = Duration.seconds(900)
    private static let firstPause = Duration.seconds(30)
    private static let longestPause = Duration.seconds(300)
    /// The last attempt before working credentials expire is this long before their end.
    private static let lastAttemptLead = Duration.seconds(10)
    /// The greatest clock offset that counts; a greater one shows that the measured clock is wrong.
    private static let greatestOffset = Duration.seconds(3600)

    private var failures = 0

    package init() {}

    /// Returns the expiration by the local clock, which is never later than the expiration as issued.
    ///
    /// - Parameters:
    ///   - expiration: The expiration by AWS's clock.
    ///   - offset: AWS's clock minus the local one; counts up to one hour ahead.
    /// - Returns: The local expiration.
    package static func localExpiration(_ expiration: Date, offset: Duration) -> Date {
        expiration - min(max(offset, .zero), greatestOffset).seconds
    }

    /// The instant at which to renew new credentials.
    ///
    /// - Parameters:
    ///   - issued: The instant of their issue.
    ///   - expiration: Their end by the local clock.
    ///   - jitter: In 0…1; moves the instant up to a fifth of the lead ahead, so that many renewals spread out.
    /// - Returns: An instant before the expiration, and not before they were issued.
    package mutating func succeeded(issued: Date, expiration: Date, jitter: Double) -> Date {
        failures = 0
        let life = expiration.since(issued)
        let lead = min(life / 4, Self.longestLead)
        return max(issued, expiration - lead.seconds * (1 + 0.2 * jitter))
    }

    /// The instant of the next attempt after a failure at `now`.
    ///
    /// - Parameters:
    ///   - now: The instant of the failure.
    ///   - jitter: In 0…1; shortens the pause by up to a half.
    ///   - expiration: The end of credentials that still work; one more attempt is made before it.
    /// - Returns: An instant after `now`.
    package mutating func failed(at now: Date, jitter: Double, expiration: Date? = nil) -> Date {
        let pause = min(Self.firstPause * (1 << min(failures, 4)), Self.longestPause)
        failures += 1
        let at = now + pause.seconds * (1 - 0.5 * jitter)
        guard let last = expiration.map({ $0 - Self.lastAttemptLead.seconds }), last > now, at > last else {
            return at
        }
        return max(last, now + Self.lastAttemptLead.seconds)
    }
}

/// An instant by the wall clock and by the monotonic clock; whichever reaches it first counts.
///
/// The wall clock may be set back, and the monotonic one stops while a virtual machine is paused.
struct RenewalInstant: Hashable, Sendable {
    let date: Date
    let uptime: Duration

    /// The remaining time; negative once the instant has passed.
    func remaining(at now: RenewalInstant) -> Duration {
        min(date.since(now.date), uptime - now.uptime)
    }
}
