import Foundation

/// How a watch's attempts are spaced, and the delays of the clouds that it reckons with.
///
/// All of it is divided by `speed`, but no pause is shorter than a quarter of a second, which keeps many
/// watches of a fast lab below the 20 requests a second that the metadata service allows.
package struct PropagationTiming: Hashable, Sendable, Codable {
    /// How much faster than in the clouds everything goes; 1 outside the lab.
    package let speed: Double

    private static let shortest = Duration.milliseconds(250)

    package init(speed: Double = 1) {
        self.speed = max(speed, 1)
    }

    /// A delay of the clouds as it passes here.
    package func scaled(_ duration: Duration) -> Duration {
        duration / speed
    }

    /// A pause between attempts.
    private func pause(_ duration: Duration) -> Duration {
        max(scaled(duration), Self.shortest)
    }

    /// The least time between two asks of a token endpoint.
    package var tokenInterval: Duration { pause(.seconds(15)) }
    /// Between attempts after a success.
    var stabilityPause: Duration { pause(.seconds(2)) }
    /// Between attempts while a cached token is the cause; the longest of all pauses.
    var cachePause: Duration { pause(.seconds(600)) }
    /// How long IAM may need; observed at most a minute, and what Terraform waits.
    var settling: Duration { scaled(.seconds(120)) }
    /// How long the directory may need; a refusal after that has another reason.
    var replication: Duration { scaled(.seconds(900)) }
    /// How long a new federated credential may need.
    var credentialDelay: Duration { scaled(.seconds(300)) }
    /// How long the host may need to show an identity that was just attached.
    var attachment: Duration { scaled(.seconds(120)) }
    /// For how long IAM must not find a role before it is said to be gone.
    var absence: Duration { scaled(.seconds(10)) }
    /// How old may be what IAM said of a role when a denial is judged by it.
    package var roleAge: Duration { pause(.seconds(30)) }
    /// How much later than the assignment a token must be made to be sure to show it; both instants are told in
    /// whole seconds.
    var mintDelay: Duration { scaled(.seconds(300)) + .seconds(2) }
    /// How far Entra dates `iat` before the making of a token.
    package var backdating: Duration { scaled(.seconds(300)) }
    /// After how long a watch gives up unless told otherwise: twice the longest life of a cached token.
    package var patience: Duration { scaled(.seconds(172_800)) }

    /// While the directory replicates: 30 to 60 s, so that many watches spread out; `jitter` in 0…1.
    func directoryPause(jitter: Double) -> Duration {
        pause(.seconds(30 + 30 * jitter))
    }

    /// After a change in IAM: 1, 2, 4, 8, 8 … s; `number` counts from 0.
    func settlingPause(number: Int) -> Duration {
        pause(.seconds(1 << min(max(number, 0), 3)))
    }

    /// The first instant at which a token that ends at `expiry` has been replaced.
    ///
    /// `exp` has whole seconds, and the clocks may differ a little.
    func justAfter(_ expiry: Date) -> Date {
        expiry + 1
    }
}
