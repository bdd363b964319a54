/// How long the clouds are given to show what was written, and in which steps they are asked.
///
/// The directory's replicas take from seconds to minutes, IAM up to two minutes. Source: Microsoft Graph, eventual
/// consistency; Terraform's providers for azuread (five minutes) and aws (two minutes).
struct RetryLimit: Sendable {
    private static let pauses = [1, 2, 4, 8].map(Duration.seconds)
    /// What was written is written again no sooner than this: until then it is only awaited.
    static let rewriteDelay = Duration.seconds(90)

    /// What was removed and is still seen is removed again after this.
    static let removalDelay = Duration.seconds(15)

    let limit = Duration.seconds(360)
    private let start: Duration
    private var count = 0

    init(at uptime: Duration) {
        start = uptime
    }

    /// The pause before another look, `nil` once there was time enough.
    mutating func pause(at uptime: Duration) -> Duration? {
        guard uptime - start < limit else { return nil }
        defer { count += 1 }
        return Self.pauses[min(count, Self.pauses.count - 1)]
    }
}
