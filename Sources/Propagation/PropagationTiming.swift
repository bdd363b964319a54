import Diagnosis
import FoundationEssentials

/// The pauses between a watch's attempts, and the propagation delays to expect in this environment.
///
/// All pauses and delays are divided by `speed`, but a pause is at least 250 ms. This minimum protects the metadata
/// service, which accepts 20 requests per second, from the watches of a fast lab.
package struct PropagationTiming: Hashable, Sendable, Codable {
    /// The factor by which the lab's clouds are faster than the real clouds; 1 outside the lab.
    package let speed: Double

    private static let shortestPause = Duration.milliseconds(250)

    /// Uses the nearest accepted speed; see ``PropagationDelay/speed(nearest:)``.
    package init(speed: Double = 1) {
        self.speed = PropagationDelay.speed(nearest: speed)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(speed: try container.decode(Double.self, forKey: .speed))
    }

    /// Returns a delay of the real clouds, scaled to this environment.
    package func scaled(_ duration: Duration) -> Duration {
        duration / speed
    }

    func bound(_ delay: PropagationDelay) -> Duration {
        scaled(delay.bound)
    }

    private func pause(_ duration: Duration) -> Duration {
        max(scaled(duration), Self.shortestPause)
    }

    /// The minimum time between two requests to a token endpoint.
    package var tokenInterval: Duration { pause(.seconds(15)) }
    /// The pause after a successful attempt.
    var stabilityPause: Duration { pause(.seconds(2)) }
    /// The pause while the host still caches an old token; the longest of all pauses.
    var cachePause: Duration { pause(.seconds(600)) }
    /// The maximum age of IAM's information on a role after a denial; older information is read again.
    package var roleAge: Duration { pause(.seconds(30)) }
    /// The time from an assignment until new tokens are expected to contain the app role.
    ///
    /// The delay includes two seconds, because the times of assignment and issue are rounded to whole seconds.
    var roleClaimDelay: Duration { bound(.roleClaim) + .seconds(2) }
    /// The default time limit of a watch: twice the lifetime of a cached token.
    package var timeLimit: Duration { bound(.tokenCache) * 2 }

    /// Returns the pause while the directory replicates: 30–60 s, selected by `jitter` in 0…1.
    ///
    /// The jitter prevents simultaneous attempts of several watches.
    func directoryPause(jitter: Double) -> Duration {
        pause(.seconds(30 + 30 * (jitter.isNaN ? 0 : min(max(jitter, 0), 1))))
    }

    /// Returns the pause while a change in IAM propagates: 1, 2, 4, 8, 8 … s; `number` counts the pauses from 0.
    func iamPause(number: Int) -> Duration {
        pause(.seconds(1 << min(max(number, 0), 3)))
    }

    /// Returns the expected time of a cached token's replacement: one second after `expiry`.
    ///
    /// The second is added because `exp` has whole seconds and clocks may differ slightly.
    func replacement(ofTokenExpiring expiry: Date) -> Date {
        expiry + 1
    }
}
