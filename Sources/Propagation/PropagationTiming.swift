import Diagnosis
import Foundation

/// The pauses between a watch's attempts, and the clouds' delays as they pass in this environment.
///
/// All of them are divided by `speed`, but no pause is shorter than a quarter of a second, which keeps many
/// watches of a fast lab below the metadata service's limit of 20 requests a second.
package struct PropagationTiming: Hashable, Sendable, Codable {
    /// The factor by which everything is faster than in the clouds; 1 outside the lab.
    package let speed: Double

    private static let shortestPause = Duration.milliseconds(250)
    private static let speeds = 1.0...1e6

    /// Clamps `speed` to 1…1,000,000.
    package init(speed: Double = 1) {
        self.speed = speed.isNaN ? 1 : min(max(speed, Self.speeds.lowerBound), Self.speeds.upperBound)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(speed: try container.decode(Double.self, forKey: .speed))
    }

    /// A delay of the clouds, as it passes here.
    package func scaled(_ duration: Duration) -> Duration {
        duration / speed
    }

    func bound(_ delay: PropagationDelay) -> Duration {
        scaled(delay.bound)
    }

    private func pause(_ duration: Duration) -> Duration {
        max(scaled(duration), Self.shortestPause)
    }

    /// The shortest time between two requests to a token endpoint.
    package var tokenInterval: Duration { pause(.seconds(15)) }
    /// The pause after a success.
    var stabilityPause: Duration { pause(.seconds(2)) }
    /// The pause while a cached token is the cause; the longest of all pauses.
    var cachePause: Duration { pause(.seconds(600)) }
    /// The greatest age of IAM's answer about a role by which a denial is judged.
    package var roleAge: Duration { pause(.seconds(30)) }
    /// The time after the assignment from which on a newly issued token contains the role for certain.
    ///
    /// Both instants are in whole seconds, hence two seconds more.
    var roleClaimDelay: Duration { bound(.roleClaim) + .seconds(2) }
    /// The time after which a watch gives up by default: twice the life of a cached token.
    package var timeLimit: Duration { bound(.tokenCache) * 2 }

    /// While the directory replicates: 30 to 60 s, so that many watches spread out; `jitter` in 0…1.
    func directoryPause(jitter: Double) -> Duration {
        pause(.seconds(30 + 30 * (jitter.isNaN ? 0 : min(max(jitter, 0), 1))))
    }

    /// After a change in IAM: 1, 2, 4, 8, 8 … s; `number` counts from 0.
    func iamPause(number: Int) -> Duration {
        pause(.seconds(1 << min(max(number, 0), 3)))
    }

    /// The first instant at which a token that expires at `expiry` has been replaced.
    ///
    /// `exp` is in whole seconds, and the clocks may differ slightly.
    func replacement(ofTokenExpiring expiry: Date) -> Date {
        expiry + 1
    }
}
