/// How long waits of one kind last, learned from those there were: the Kaplan–Meier estimate.
///
/// A wait that was given up or still lasts is censored: it counts among those at risk up to its length, and
/// never as an end. An end and a censored wait of the same length: the end comes first.
///
/// Source: Kaplan and Meier, "Nonparametric Estimation from Incomplete Observations", J. Am. Stat. Assoc. 53
/// (1958) 457–481.
package struct WaitEstimate: Hashable, Sendable {
    /// After `duration` this share of the waits still lasts.
    package struct Step: Hashable, Sendable {
        package let duration: Duration
        package let lasting: Double
    }

    /// With fewer waits than this nothing is said.
    package static let fewest = 5

    /// How many waits there were, censored ones among them.
    package let count: Int
    /// How many of them ended.
    package let completeCount: Int
    /// The estimate: a step down at each length at which a wait ended, shortest first.
    package let steps: [Step]

    /// Learns from waits of one cause.
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

    /// Whether there were too few waits to say anything.
    package var isTooFew: Bool { count < Self.fewest }

    /// The share of waits that last longer than `duration`.
    package func lasting(after duration: Duration) -> Double {
        steps.last { $0.duration <= duration }?.lasting ?? 1
    }

    /// The length within which this share of the waits ended; `nil` with too few waits, and when so many have
    /// not been seen to end.
    package func quantile(_ share: Double) -> Duration? {
        if isTooFew { return nil }
        let rounding = 1e-9
        return steps.first { $0.lasting <= 1 - share + rounding }?.duration
    }

    package var median: Duration? { quantile(0.5) }
    package var ninety: Duration? { quantile(0.9) }
}
