import Diagnosis
import Transport

extension RetryPolicy {
    /// The pauses between checks after a write or removal: 1, 2, 4, 8, 8, … s, for six minutes in total.
    static let replication: RetryPolicy = {
        var policy = RetryPolicy(pauses: [1, 2, 4, 8].map(Duration.seconds))
        policy.repeatsLastPause = true
        policy.limit = PropagationDelay.replicas.bound
        return policy
    }()
}

/// Time limits that allow for replication lag.
enum ReplicationDelay {
    /// The minimum time before an object is written again.
    static let rewrite = Duration.seconds(90)
    /// The time after which setup accepts a refusal as final.
    ///
    /// This limit does not apply if the run wrote a dependency of the object.
    static let refusal = Duration.seconds(60)
    /// The time during which replicas may not show an existing object; afterward, the object counts as deleted.
    static let absence = Duration.seconds(60)
    /// The time after which an unconfirmed removal is repeated.
    static let removal = Duration.seconds(15)
}
