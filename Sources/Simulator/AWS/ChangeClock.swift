import Federation
import Foundation

/// Draws for every change of IAM when it is seen.
struct ChangeClock: Sendable {
    private let settling: AWSSetup.Settling
    private let pace: Speed
    private let seed: Seed
    private var changes = 0

    init(settling: AWSSetup.Settling, pace: Speed, seed: Seed) {
        self.settling = settling
        self.pace = pace
        self.seed = seed
    }

    /// When a change made now is seen.
    mutating func visibility(now: Date) -> Visibility {
        changes += 1
        let isLate = settling.oneLateReadIn > 0 && changes.isMultiple(of: settling.oneLateReadIn)
        let reads = isLate ? draw("iam", from: settling.reads) : .zero
        return Visibility(
            iam: now + pace.scaled(reads).seconds,
            sts: now + pace.scaled(draw("sts", from: settling.sts)).seconds
        )
    }

    private func draw(_ name: String, from range: ClosedRange<Duration>) -> Duration {
        range.lowerBound + (range.upperBound - range.lowerBound)
            * seed.fraction("settling \(name) \(changes)")
    }
}
