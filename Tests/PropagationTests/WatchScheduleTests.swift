import Foundation
import Propagation
import TestSupport
import Testing

@testable import Federation

/// The times of a watch's attempts.
@Suite(.computing) struct WatchScheduleTests {
    @Test func `after a change in IAM, the pauses are 1, 2, 4, 8, 8 seconds for two minutes`() throws {
        let watch = WatchFixture.watch()
        let record = try WatchFixture.record(.exchange, .failed, WatchFixture.denied)
        var now = 0.0
        var pauses: [Double] = []
        while now < 180, let pause = watch.attempt(record, at: now, jitter: 0.5) {
            pauses.append(pause)
            now += pause
        }
        let propagating = [1.0, 2, 4] + Array(repeating: 8.0, count: 15)
        #expect(
            pauses.map { $0.rounded() } == propagating + [45, 45],
            "after 119 + 8 s IAM has propagated; another change may follow"
        )
    }

    @Test(arguments: [(0.0, 30.0), (0.5, 45.0), (1.0, 60.0)])
    func `while the directory replicates, the pauses are 30 to 60 seconds`(jitter: Double, pause: Double)
        throws
    {
        let watch = WatchFixture.watch()
        let record = try WatchFixture.record(.token, .failed, WatchFixture.unassigned)
        #expect(watch.attempt(record, at: 0, jitter: jitter) == pause)
        #expect(watch.attempt(record, at: 60, jitter: jitter) == pause)
    }

    @Test(arguments: [
        (lifetime: 86_400.0, pause: 600.0), (lifetime: 600, pause: 600), (lifetime: 599, pause: 600),
        (lifetime: 300, pause: 301), (lifetime: 20, pause: 21), (lifetime: 5, pause: 15),
        (lifetime: -3, pause: 15),
    ])
    func `a cached token is checked every 10 minutes and just after it expires, never within 15 s`(
        lifetime: Double,
        pause: Double
    ) throws {
        let watch = WatchFixture.watch()
        let token = WatchFixture.token(lifetime: lifetime)
        let record = try WatchFixture.record(.claims, .warn, WatchFixture.roleMissing, token: token)
        #expect(watch.attempt(record, at: 0, jitter: 0.3) == pause)
        #expect(watch.cause == .cachedToken)
        #expect(watch.latest == WatchFixture.start + lifetime)
    }

    @Test(arguments: [1.0, 10, 60])
    func `pauses and bounds are divided by the speed`(speed: Double) throws {
        let watch = WatchFixture.watch(speed: speed)
        let record = try WatchFixture.record(.token, .failed, WatchFixture.unassigned)
        let pause = try #require(watch.attempt(record, at: 0, jitter: 1))
        #expect(abs(pause - 60 / speed) < 1e-6)
        let latest = try #require(watch.latest)
        #expect(abs(latest.timeIntervalSince(WatchFixture.start) - 900 / speed) < 1e-6)
        #expect(abs(watch.deadline.timeIntervalSince(WatchFixture.start) - 172_800 / speed) < 1e-3)
    }

    @Test func `a watch makes at most four attempts per second at any speed`() throws {
        let watch = WatchFixture.watch(speed: 86_400)
        let record = try WatchFixture.record(.token, .failed, WatchFixture.unassigned)
        let pause = try #require(watch.attempt(record, at: 0))
        #expect(abs(pause - 0.25) < 1e-6)
        #expect(watch.timing.tokenInterval == .milliseconds(250))
    }

    @Test func `a watch sleeps until the next attempt, but not beyond its deadline`() throws {
        let watch = WatchFixture.watch(limit: .seconds(40))
        let record = try WatchFixture.record(.token, .failed, WatchFixture.unassigned)
        #expect(watch.event(.checked(WatchFixture.start)) == .attempt)
        #expect(watch.attempt(record, at: 0) == 30)
        #expect(watch.event(.checked(WatchFixture.start + 10)) == .sleep(until: WatchFixture.start + 30))
        #expect(watch.event(.checked(WatchFixture.start + 30)) == .attempt)
        #expect(watch.attempt(record, at: 31) == 9)
        guard case .end(let result) = watch.event(.checked(WatchFixture.start + 40)) else {
            Issue.record("expected the end of the watch")
            return
        }
        #expect(result.verdict == .timedOut)
        #expect(result.message.contains("AADSTS501051"))
    }

    @Test func `after a suspend, a due attempt precedes the deadline`() throws {
        let watch = WatchFixture.watch(limit: .seconds(3600))
        let denied = try WatchFixture.record(.exchange, .failed, WatchFixture.denied)
        watch.attempt(denied, at: 0)
        #expect(watch.event(.checked(WatchFixture.start + 2 * WatchFixture.day)) == .attempt)
        watch.attempt(denied, at: 2 * WatchFixture.day)
        #expect(watch.result?.verdict == .timedOut)
    }

    @Test
    func `a clock set back delays the next attempt by at most the longest pause`()
        throws
    {
        let watch = WatchFixture.watch()
        watch.attempt(try WatchFixture.record(.token, .failed, WatchFixture.unassigned), at: 0)
        let now = WatchFixture.start - WatchFixture.day
        #expect(watch.event(.checked(now)) == .sleep(until: now + 600))
    }

    @Test(arguments: UInt64(0)..<200)
    func `every pause is positive and at most 10 minutes`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let watch = WatchFixture.watch()
        var now = 0.0
        for _ in 0..<200 {
            let token = WatchFixture.token(
                "\(Int.random(in: 0..<3, using: &generator))",
                lifetime: Double(Int.random(in: -100..<90_000, using: &generator)),
                received: now
            )
            let records = [
                try WatchFixture.record(token: token),
                try WatchFixture.record(.token, .failed, WatchFixture.unassigned),
                try WatchFixture.record(.claims, .warn, WatchFixture.roleMissing, token: token),
                try WatchFixture.record(.exchange, .failed, WatchFixture.denied, token: token),
                try WatchFixture.record(.token, .failed, WatchFixture.failure("timed-out", "", .tryAgain)),
            ]
            let record = try #require(records.randomElement(using: &generator))
            guard let pause = watch.attempt(record, at: now, jitter: .random(in: 0...1, using: &generator))
            else { return }
            #expect((0.25...600).contains(pause), "seed \(seed)")
            if watch.cause == .cachedToken { #expect(pause >= 15, "seed \(seed)") }
            #expect(watch.earliest <= watch.next, "seed \(seed)")
            now += pause + Double.random(in: -5..<700, using: &generator)
        }
    }
}
