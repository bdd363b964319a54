import Foundation
import TestSupport
import Testing

@testable import Federation
@testable import Propagation

/// The estimate compared with published tables.
@Suite(.computing) struct WaitEstimateTests {
    /// Weeks of remission of 21 children with acute leukemia under 6-mercaptopurine; negative: censored.
    ///
    /// Source: Freireich et al., Blood 21 (1963) 699–716; the estimate as in Kleinbaum and Klein, "Survival
    /// Analysis", 3rd ed. (2012), table 2.2.
    private static let remissions = [
        6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35,
    ]

    private static let table = [
        (6, 0.8571), (7, 0.8067), (10, 0.7529), (13, 0.6902), (16, 0.6275), (22, 0.5378), (23, 0.4482),
    ]

    private static func waits(_ signed: [Int]) -> [PastWait] {
        signed.map { wait(Double(abs($0)), isComplete: $0 > 0) }
    }

    private static func wait(_ seconds: Double, isComplete: Bool) -> PastWait {
        PastWait(
            mapping: "audit",
            cause: .cachedToken,
            began: WatchFixture.start,
            duration: .milliseconds(Int((seconds * 1000).rounded())),
            isComplete: isComplete
        )
    }

    @Test func `the estimate equals the textbook's`() {
        let estimate = WaitEstimate(Self.waits(Self.remissions))
        #expect(estimate.count == 21)
        #expect(estimate.completeCount == 9)
        #expect(estimate.steps.map(\.duration) == Self.table.map { .seconds($0.0) })
        for (step, (_, lasting)) in zip(estimate.steps, Self.table) {
            #expect(abs(step.lasting - lasting) < 0.00005)
        }
        #expect(estimate.median == .seconds(23))
        #expect(estimate.ninetiethPercentile == nil, "too few waits are complete")
    }

    @Test func `without censored waits, the estimate is the fraction of longer waits`() {
        let estimate = WaitEstimate(Self.waits([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))
        #expect(estimate.median == .seconds(5))
        #expect(estimate.ninetiethPercentile == .seconds(9))
        #expect(abs(estimate.lasting(after: .seconds(3)) - 0.7) < 1e-12)
    }

    @Test func `fewer than five waits have no estimate`() {
        #expect(WaitEstimate(Self.waits([1, 2, 3, 4])).median == nil)
        #expect(WaitEstimate(Self.waits([1, 2, 3, 4])).isInsufficient)
        #expect(WaitEstimate(Self.waits([1, 2, 3, 4, -5])).median == .seconds(3))
        #expect(WaitEstimate(Self.waits([-1, -2, -3, -4, -5])).median == nil)
        #expect(WaitEstimate([]).count == 0)
    }

    struct Peer: Decodable {
        struct Step: Decodable {
            let seconds: Double
            let lasting: Double
        }
        let durations: [Double]
        let complete: [Bool]
        let steps: [Step]
        let median: Double?
        let ninety: Double?
    }

    /// Samples with the estimates of lifelines; `Tests/Peers/survival.py` rewrites the file.
    @Test func `the estimate equals that of lifelines`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "lifelines.json")
        let peers = try JSONDecoder().decode([Peer].self, from: Data(contentsOf: file))
        #expect(peers.count >= 40)
        for (index, peer) in peers.enumerated() {
            let estimate = WaitEstimate(zip(peer.durations, peer.complete).map(Self.wait))
            #expect(estimate.steps.count == peer.steps.count, "sample \(index)")
            for (step, expected) in zip(estimate.steps, peer.steps) {
                #expect(abs(step.duration.seconds - expected.seconds) < 1e-6, "sample \(index)")
                #expect(abs(step.lasting - expected.lasting) < 1e-9, "sample \(index)")
            }
            #expect(estimate.median?.seconds == peer.median, "sample \(index)")
            #expect(estimate.ninetiethPercentile?.seconds == peer.ninety, "sample \(index)")
        }
    }
}
