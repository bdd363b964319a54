import Federation
package import FoundationEssentials

/// The renewal schedule of one mapping's credentials.
///
/// A renewal is due when a quarter of the lifetime is left, but at most 15 minutes before the expiration. Jitter moves
/// the renewal earlier by up to a fifth of the time left.
///
/// A failed renewal is retried after 30 s. The pause doubles with each failure, up to 5 min. Jitter shortens the pause
/// by up to half.
package struct RenewalSchedule: Hashable, Sendable {
    private static let longestLead = Duration.seconds(900)
    private static let firstPause = Duration.seconds(30)
    private static let longestPause = Duration.seconds(300)
    /// The time between the last attempt and the expiration of the credentials.
    private static let lastAttemptLead = Duration.seconds(10)
    /// The longest session that AWS issues.
    private static let longestLife = Duration.seconds(12 * 3600)

    private var failures = 0

    package init() {}

    /// Returns the expiration by the local clock; never later than `expiration` or the end of the longest session.
    ///
    /// - Parameters:
    ///   - expiration: The expiration by AWS's clock.
    ///   - issued: The time at which the credentials were received, by the local clock.
    ///   - offset: AWS's clock minus the local clock; ignored if negative, or if the result would be before `issued`.
    /// - Returns: The local expiration.
    package static func localExpiration(_ expiration: Date, issued: Date, offset: Duration) -> Date {
        let corrected = expiration - max(offset, .zero).seconds
        return min(corrected > issued ? corrected : expiration, issued + longestLife.seconds)
    }

    /// The time from the start of a renewal without jitter to the expiration.
    package static func lead(issued: Date, expiration: Date) -> Duration {
        min(expiration.since(issued) / 4, longestLead)
    }

    /// Returns the time at which new credentials are to be renewed.
    ///
    /// - Parameters:
    ///   - issued: The time at which the credentials were issued.
    ///   - expiration: The expiration of the credentials by the local clock.
    ///   - jitter: In 0…1; moves the renewal earlier by up to a fifth of the lead time, so that renewals do not
    ///     coincide.
    /// - Returns: An instant between `issued` and `expiration`.
    package mutating func succeeded(issued: Date, expiration: Date, jitter: Double) -> Date {
        failures = 0
        let lead = Self.lead(issued: issued, expiration: expiration)
        return max(issued, expiration - lead.seconds * (1 + 0.2 * jitter))
    }

    /// Returns the instant of the next attempt after a failure.
    ///
    /// - Parameters:
    ///   - now: The instant of the failure.
    ///   - jitter: In 0…1; shortens the pause by up to half.
    ///   - expiration: The expiration of unexpired credentials, if any. If possible, the next attempt is at least 10 s
    ///     before the expiration.
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

/// An instant on the wall clock and on the monotonic clock.
///
/// The instant has passed as soon as either clock reaches the instant. The wall clock may be set back, and the
/// monotonic clock may stop while a virtual machine is paused.
struct RenewalInstant: Hashable, Sendable {
    let date: Date
    let uptime: Duration

    /// The remaining time; negative once the instant has passed.
    func remaining(at now: RenewalInstant) -> Duration {
        min(date.since(now.date), uptime - now.uptime)
    }
}
