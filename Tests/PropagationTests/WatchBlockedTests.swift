import Foundation
import TestSupport
import Testing

@testable import Federation
@testable import Propagation

/// Watches that cannot succeed by waiting, and the start of waits.
@Suite(.computing) struct WatchBlockedTests {
    private static let predicted = WatchFixture.failure("trust-deny", "The policy does not allow this token.")

    private static func denied(changed: Double? = nil) throws -> WatchHarness {
        let harness = WatchHarness(
            Watch(
                of: "audit",
                at: WatchFixture.start,
                timing: PropagationTiming(),
                changed: changed.map { WatchFixture.start + $0 }
            )
        )
        harness.attempt(try WatchFixture.record(warning: predicted, WatchFixture.denied), at: 1)
        return harness
    }

    @Test func `a denial that the policy predicts is blocked`() throws {
        let watch = try Self.denied()
        #expect(watch.watch.isBlocked(at: WatchFixture.start + 1))
        let summary = watch.watch.summary(at: WatchFixture.start + 1) { _ in "then" }
        #expect(summary.hasPrefix("Blocked: "))
        #expect(summary.contains("cambist explain audit"))
    }

    @Test(arguments: [
        (2.0, false, WatchResult.Verdict.blocked), (100, false, .blocked), (60, true, .timedOut),
        (121, true, .blocked),
    ])
    func `at its time limit, a watch is blocked only if a current policy denies the token`(
        limit: Double,
        isChanged: Bool,
        verdict: WatchResult.Verdict
    ) throws {
        let watch = try Self.denied(changed: isChanged ? 0 : nil)
        watch.event(.expired(WatchFixture.start + limit))
        let result = try #require(watch.result)
        #expect(result.verdict == verdict)
        #expect(result.code == (verdict == .blocked ? "trust-deny" : "timed-out"))
        #expect(result.message.contains("The policy does not allow this token.") == (verdict == .blocked))
        #expect(result.fix.contains("cambist explain audit"))
        #expect(try JSONDecoder().decode(Watch.self, from: JSONEncoder().encode(watch.watch)) == watch.watch)
    }

    @Test func `right after a change, the policy that was read may be out of date`() throws {
        let watch = try Self.denied(changed: 0)
        #expect(!watch.watch.isBlocked(at: WatchFixture.start + 60))
        #expect(watch.watch.isBlocked(at: WatchFixture.start + 121))
    }

    @Test func `a denial without a prediction waits`() throws {
        let watch = WatchFixture.watch()
        watch.attempt(try WatchFixture.record(.exchange, .failed, WatchFixture.denied), at: 1)
        #expect(!watch.watch.isBlocked(at: WatchFixture.start + 10_000))
    }

    @Test func `a wait for IAM begins with the change`() throws {
        #expect(try Self.denied(changed: -40).since == WatchFixture.start - 40)
        #expect(try Self.denied().since == WatchFixture.start)
    }
}
