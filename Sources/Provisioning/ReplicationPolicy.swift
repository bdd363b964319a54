import Transport

extension RetryPolicy {
    /// The checks for an object that was written or removed: after 1, 2 and 4 s, then every 8 s, for 6 min.
    ///
    /// The directory's replicas take from seconds to minutes, IAM up to two minutes. Source: Microsoft Graph, eventual
    /// consistency; Terraform's providers for azuread (five minutes) and aws (two minutes).
    static let replication: RetryPolicy = {
        var policy = RetryPolicy(pauses: [1, 2, 4, 8].map(Duration.seconds))
        policy.repeatsLastPause = true
        policy.limit = .seconds(360)
        return policy
    }()
}

/// The delays before a change is repeated.
enum ReplicationDelay {
    /// A written object is written again no sooner than this.
    static let rewrite = Duration.seconds(90)
    /// A replica may hide an existing object this long before the object counts as deleted.
    static let absence = Duration.seconds(60)
    /// A removed object that is still found is removed again after this.
    static let removal = Duration.seconds(15)
}
