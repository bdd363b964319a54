import Foundation
import Testing

@testable import Federation
@testable import Propagation

/// What a watch makes of its attempts.
struct WatchTests {
    @Test func `three successes in a row, two seconds apart, are needed`() throws {
        let watch = WatchFixture.watch()
        let works = try WatchFixture.record(token: WatchFixture.token(roles: ["R"]))
        #expect(watch.attempt(works, at: 0) == 2)
        #expect(watch.earliest == WatchFixture.start + 4)
        #expect(watch.attempt(works, at: 2) == 2)
        #expect(watch.ending == nil)
        #expect(watch.attempt(works, at: 4) == nil)
        #expect(watch.ending?.verdict == .works)
        #expect(watch.flaps == 0)
        #expect(watch.watch.waits(at: WatchFixture.start + 9).isEmpty, "nothing was waited for")
    }

    @Test func `a failure after a success begins the count anew, and is told`() throws {
        let watch = WatchFixture.watch()
        let works = try WatchFixture.record()
        let denied = try WatchFixture.record(.exchange, .failed, WatchFixture.denied)
        for (time, record) in [(0.0, works), (2, works), (4, denied), (5, works), (7, works)] {
            watch.attempt(record, at: time)
        }
        #expect(watch.flaps == 1)
        #expect(watch.successes == 2)
        #expect(watch.marks.map(\.cause) == [nil, nil, .iam, nil, nil])
        #expect(watch.ending == nil)
    }

    @Test func `a set-up that is changed once more settles from then on`() throws {
        let watch = WatchFixture.watch()
        watch.attempt(try WatchFixture.record(.exchange, .failed, WatchFixture.denied), at: 0)
        #expect(watch.latest == WatchFixture.start + 120)
        watch.event(.changed(WatchFixture.start + 500))
        #expect(watch.changed == WatchFixture.start + 500)
        #expect(watch.latest == WatchFixture.start + 620)
    }

    @Test func `a warning of the claims is no success`() throws {
        let watch = WatchFixture.watch()
        let token = WatchFixture.token(source: .clientSecret)
        let record = try WatchFixture.record(.claims, .warn, WatchFixture.roleMissing, token: token)
        #expect(watch.attempt(record, at: 0) == 30)
        #expect(watch.successes == 0)
        #expect(watch.cause == .assignment, "the source makes a new token for every ask")
    }

    @Test(arguments: [
        // made before the assignment: the host's cache; made well after it: not a matter of the cache
        (madeAfter: -60.0, cause: WatchCause.cachedToken, isBounded: true), (100, .cachedToken, true),
        (303, .assignment, false),
    ])
    func `a token is a cached one unless it was made five minutes after the assignment`(
        madeAfter: Double,
        cause: WatchCause,
        isBounded: Bool
    ) throws {
        let watch = WatchFixture.watch()
        watch.event(.assigned(WatchFixture.start - 1000))
        let token = WatchFixture.token(age: 1000 - madeAfter)
        let record = try WatchFixture.record(.claims, .warn, WatchFixture.roleMissing, token: token)
        #expect(watch.attempt(record, at: 0) == 600)
        #expect(watch.cause == cause)
        #expect((watch.latest != nil) == isBounded)
        #expect(watch.since == WatchFixture.start - 1000)
    }

    @Test func `a token with the same uti is the same token, whatever its fingerprint`() throws {
        let first = WatchedToken(WatchFixture.token("one"), earlier: nil, pace: PropagationTiming())
        #expect(first.isSame(as: WatchFixture.token("one", received: 60)))
        #expect(!first.isSame(as: WatchFixture.token("two")))
        let again = WatchedToken(
            WatchFixture.token("one", received: 60),
            earlier: first,
            pace: PropagationTiming()
        )
        #expect(again.firstSeen == WatchFixture.start)
        #expect(again.received == WatchFixture.start + 60)
    }

    @Test func `each cause is waited for in turn, and trouble is none of them`() throws {
        let watch = WatchFixture.watch()
        watch.event(.assigned(WatchFixture.start - 50))
        let trouble = WatchFixture.failure("timed-out", "no answer", .tryAgain)
        let script: [(Double, ExchangeRecord)] = [
            (0, try WatchFixture.record(.token, .failed, WatchFixture.unassigned)),
            (60, try WatchFixture.record(.token, .failed, trouble)),
            (100, try WatchFixture.record(.token, .failed, WatchFixture.unassigned)),
            (150, try WatchFixture.record(.exchange, .failed, WatchFixture.denied)),
            (160, try WatchFixture.record()), (162, try WatchFixture.record()),
        ]
        for (time, record) in script { watch.attempt(record, at: time) }
        let waits = watch.watch.waits(at: WatchFixture.start + 163)
        #expect(waits.map(\.cause) == [.assignment, .iam])
        #expect(waits.map(\.isComplete) == [true, false], "two successes are not sure yet")
        watch.attempt(try WatchFixture.record(), at: 164)
        let kept = watch.watch.waits(at: WatchFixture.start + 1000)
        #expect(kept.map(\.duration) == [.seconds(200), .seconds(10)], "until the first success")
        #expect(kept.map(\.isComplete) == [true, true])
    }

    @Test func `a wait that is stopped is known to have lasted at least so long, in the clouds' time`() throws
    {
        let watch = WatchFixture.watch(speed: 60)
        watch.attempt(try WatchFixture.record(.token, .failed, WatchFixture.unassigned), at: 0)
        watch.event(.stopped(WatchFixture.start + 10))
        let wait = try #require(watch.watch.waits(at: WatchFixture.start + 99).first)
        #expect(!wait.isComplete)
        #expect(wait.duration == .seconds(600))
        let ending = try #require(watch.ending)
        #expect(watch.event(.looked(WatchFixture.start + 11)) == .end(ending))
    }

    @Test func `it is the same after it was written and read`() throws {
        let watch = WatchFixture.watch()
        let token = WatchFixture.token()
        watch.attempt(
            try WatchFixture.record(.claims, .warn, WatchFixture.roleMissing, token: token),
            at: 0
        )
        let read = try JSONDecoder().decode(Watch.self, from: JSONEncoder().encode(watch.watch))
        #expect(read == watch.watch)
    }

    @Test func `it tells which token is served and when a new one comes`() throws {
        let watch = WatchFixture.watch()
        let token = WatchFixture.token(age: 600)
        watch.attempt(
            try WatchFixture.record(.claims, .warn, WatchFixture.roleMissing, token: token),
            at: 0
        )
        let story = watch.watch.story(at: WatchFixture.start) {
            "\(Int($0.timeIntervalSince(WatchFixture.start)))"
        }
        #expect(
            story == "The host still serves the token issued -600; a new one comes at the latest 85800."
        )
    }
}
