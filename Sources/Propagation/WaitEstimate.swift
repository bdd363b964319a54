package import Federation

package import struct Foundation.Date

/// The Kaplan–Meier estimate of the length of waits for one cause, from past waits.
///
/// A wait that was given up or still lasts is censored: it counts among those at risk up to its length, and
/// never as an end. Of an end and a censored wait of the same length, the end counts first.
///
/// Source: Kaplan and Meier, "Nonparametric Estimation from Incomplete Observations", J. Am. Stat. Assoc. 53
/// (1958) 457–481.
package struct WaitEstimate: Hashable, Sendable {
    /// The share of waits that last longer than a duration.
    package struct Step: Hashable, Sendable {
        package let duration: Duration
        package let lasting: Double
    }

    /// The number of waits below which no estimate is made.
    package static let minimumCount = 5

    /// The number of waits, censored ones included.
    package let count: Int
    /// The number of waits that ended.
    package let completeCount: Int
    /// The estimate: a step down at each length at which a wait ended, shortest first.
    package let steps: [Step]

    /// Estimates from waits for one cause.
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

    /// The share of waits that last longer than `duration`.
    package func lasting(after duration: Duration) -> Double {
        steps.last { $0.duration <= duration }?.lasting ?? 1
    }

    /// The length within which this share of the waits ended; `nil` with too few waits or too few ends.
    package func quantile(_ share: Double) -> Duration? {
        if isInsufficient { return nil }
        let rounding = 1e-9
        return steps.first { $0.lasting <= 1 - share + rounding }?.duration
    }

    package var median: Duration? { quantile(0.5) }
    package var ninetiethPercentile: Duration? { quantile(0.9) }
}

/// A past wait for one cause.
package struct PastWait: Hashable, Sendable, Codable {
    package let mapping: RoleMapping.ID
    package let cause: WatchCause
    package let began: Date
    /// The length in the clouds' time: that of a fast lab is multiplied by its speed.
    package let duration: Duration
    /// Whether the cause passed; otherwise it was given up or still lasts, and `duration` is a lower bound.
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

/// A watch's wait for one cause, while it lasts.
struct WaitSpan: Hashable, Sendable, Codable {
    let cause: WatchCause
    let began: Date
    /// When the cause seemed to pass; `nil` while it lasts.
    var passed: Date?

    /// The wait to store, complete or not at `now`.
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
