package import Federation

package import struct FoundationEssentials.Date

/// The Kaplan–Meier estimate of waiting times for one cause, based on past waits.
///
/// A wait that was abandoned or still continues is censored. A censored wait counts as at risk up to its duration, and
/// never as ended. At equal durations, ended waits count before censored waits.
///
/// Source: Kaplan and Meier, "Nonparametric Estimation from Incomplete Observations", J. Am. Stat. Assoc. 53 (1958)
/// 457–481.
package struct WaitEstimate: Hashable, Sendable {
    /// A step of the survival function: the fraction of waits that last longer than a duration.
    package struct Step: Hashable, Sendable {
        package let duration: Duration
        package let lasting: Double
    }

    /// The minimum number of waits for an estimate.
    package static let minimumCount = 5

    /// The number of waits, including censored waits.
    package let count: Int
    /// The number of waits that ended because the cause was resolved.
    package let completeCount: Int
    /// The survival function: one step for each duration at which a wait ended, shortest first.
    package let steps: [Step]

    /// Computes the estimate from waits for one cause.
    package init(_ waits: some Sequence<PastWait>) {
        var ends: [Duration: (complete: Int, censored: Int)] = [:]
        for wait in waits {
            if wait.isComplete {
                ends[wait.duration, default: (0, 0)].complete += 1
            } else {
                ends[wait.duration, default: (0, 0)].censored += 1
            }
        }
        count = ends.values.reduce(0) { $0 + $1.complete + $1.censored }
        completeCount = ends.values.reduce(0) { $0 + $1.complete }
        var atRisk = count
        var lasting = 1.0
        var steps: [Step] = []
        for (duration, ended) in ends.sorted(by: { $0.key < $1.key }) {
            if ended.complete > 0 {
                lasting *= 1 - Double(ended.complete) / Double(atRisk)
                steps.append(Step(duration: duration, lasting: lasting))
            }
            atRisk -= ended.complete + ended.censored
        }
        self.steps = steps
    }

    /// Whether there are too few waits for an estimate.
    package var isInsufficient: Bool { count < Self.minimumCount }

    /// Returns the estimated fraction of waits that last longer than `duration`.
    package func lasting(after duration: Duration) -> Double {
        steps.last { $0.duration <= duration }?.lasting ?? 1
    }

    /// Returns the duration within which a fraction of the waits ended.
    ///
    /// The result is `nil` if too few waits exist or have ended.
    package func quantile(_ share: Double) -> Duration? {
        if isInsufficient { return nil }
        let rounding = 1e-9
        return steps.first { $0.lasting <= 1 - share + rounding }?.duration
    }

    package var median: Duration? { quantile(0.5) }
    package var ninetiethPercentile: Duration? { quantile(0.9) }
}

/// A past or current wait of a watch for one cause.
package struct PastWait: Hashable, Sendable, Codable {
    package let mapping: RoleMapping.ID
    package let cause: WatchCause
    package let began: Date
    /// The duration as in the real clouds: a duration in a fast lab is multiplied by the lab's speed.
    package let duration: Duration
    /// Whether the cause was resolved.
    ///
    /// If the wait was abandoned or continues, `duration` is a lower bound.
    package let isComplete: Bool

    package init(
        mapping: RoleMapping.ID,
        cause: WatchCause,
        began: Date,
        duration: Duration,
        isComplete: Bool
    ) {
        self.mapping = mapping
        self.cause = cause
        self.began = began
        self.duration = duration
        self.isComplete = isComplete
    }
}

/// A watch's current wait for one cause.
struct WaitSpan: Hashable, Sendable, Codable {
    let cause: WatchCause
    let began: Date
    /// The time at which the cause was first absent; `nil` if the cause is still present.
    var passed: Date?

    /// Returns the value to store: complete, or censored at `now`.
    func wait(
        of mapping: RoleMapping.ID,
        isComplete: Bool,
        now: Date,
        timing: PropagationTiming
    ) -> PastWait {
        let end = isComplete ? passed ?? now : now
        return PastWait(
            mapping: mapping,
            cause: cause,
            began: began,
            duration: max(.zero, end.since(began)) * timing.speed,
            isComplete: isComplete
        )
    }
}
