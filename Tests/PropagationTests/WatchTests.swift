import Foundation
import TestSupport
import Testing

@testable import Federation
@testable import Propagation

/// Tests of the changes that attempts make to a watch.
@Suite(.computing) struct WatchTests {
    @Test func `three successes in a row, two seconds apart, are required`() throws {
        let watch = WatchFixture.watch()
        let works = try WatchFixture.record(token: WatchFixture.token(roles: ["R"]))
        #expect(watch.attempt(works, at: 0) == 2)
        #expect(watch.earliest == watch.next)
        #expect(watch.attempt(works, at: 2) == 2)
        #expect(watch.result == nil)
        #expect(watch.attempt(works, at: 4) == nil)
        #expect(watch.result?.verdict == .works)
        #expect(watch.flaps == 0)
        #expect(watch.watch.waits(at: WatchFixture.start + 9).isEmpty, "no wait was needed")
    }

    @Test func `a failure after a success restarts the count and is counted`() throws {
        let watch = WatchFixture.watch()
        let works = try WatchFixture.record()
        let denied = try WatchFixture.record(.exchange, .failed, WatchFixture.denied)
        for (time, record) in [(0.0, works), (2, works), (4, denied), (5, works), (7, works)] {
            watch.attempt(record, at: time)
        }
        #expect(watch.flaps == 1)
        #expect(watch.successes == 2)
        #expect(watch.marks.map(\.cause) == [nil, nil, .iam, nil, nil])
        #expect(watch.result == nil)
    }

    @Test func `another change of the setup restarts the propagation delay`() throws {
        let watch = WatchFixture.watch()
        watch.attempt(try WatchFixture.record(.exchange, .failed, WatchFixture.denied), at: 0)
        #expect(watch.latest == WatchFixture.start + 120)
        watch.event(.changed(WatchFixture.start + 500))
        #expect(watch.changed == WatchFixture.start + 500)
        #expect(watch.latest == WatchFixture.start + 620)
    }

    @Test func `a warning about the claims is not a success`() throws {
        let watch = WatchFixture.watch()
        let token = WatchFixture.token(source: .clientSecret)
        let record = try WatchFixture.record(.claims, .warn, WatchFixture.roleMissing, token: token)
        #expect(watch.attempt(record, at: 0) == 30)
        #expect(watch.successes == 0)
        #expect(watch.cause == .assignment, "the source issues a new token for every request")
    }

    @Test(arguments: [
        // A token issued before the assignment is from the host's cache; one issued well after it has another cause.
        (issuedAfter: -60.0, cause: WatchCause.cachedToken, isBounded: true), (100, .cachedToken, true),
        (303, .assignment, false),
    ])
    func `a token counts as cached unless it was issued five minutes after the assignment`(
        issuedAfter: Double,
        cause: WatchCause,
        isBounded: Bool
    ) throws {
        let watch = WatchFixture.watch()
        watch.event(.assigned(WatchFixture.start - 1000))
        let token = WatchFixture.token(age: 1000 - issuedAfter)
        let record = try WatchFixture.record(.claims, .warn, WatchFixture.roleMissing, token: token)
        #expect(watch.attempt(record, at: 0) == 600)
        #expect(watch.cause == cause)
        #expect((watch.latest != nil) == isBounded)
        #expect(watch.since == WatchFixture.start - 1000)
    }

    /// Returns a cached token with these claims, which lacks the role.
    private static func token(_ payload: [String: JSONValue]) -> TokenFacts {
        TokenFacts(
            fingerprint: "one",
            claims: Claims(header: [:], payload: payload),
            source: .imds,
            received: WatchFixture.start,
            seenBefore: false
        )
    }

    private static let expiry = JSONValue.integer(Int(WatchFixture.start.timeIntervalSince1970) + 3600)
    private static let old = JSONValue.integer(Int(WatchFixture.start.timeIntervalSince1970) - 9000)
    private static let new = JSONValue.integer(Int(WatchFixture.start.timeIntervalSince1970))

    @Test(arguments: [
        // The token's claims, the age of the assignment in seconds, and whether the token is newer.
        ([:] as [String: JSONValue], Double?.none, false), (["exp": expiry], nil, false),
        (["iat": new], nil, false), ([:], 1000, false), (["exp": expiry], 1000, false),
        (["iat": old, "exp": expiry], 1000, false), (["iat": new], 1000, true),
        (["iat": new, "exp": expiry], 1000, true),
    ])
    func `a token is newer than the assignment only if both times are known`(
        claims: [String: JSONValue],
        assigned: Double?,
        isNewer: Bool
    ) throws {
        let watch = WatchFixture.watch()
        if let assigned { watch.event(.assigned(WatchFixture.start - assigned)) }
        let token = try WatchFixture.record(
            .claims,
            .warn,
            WatchFixture.roleMissing,
            token: Self.token(claims)
        )
        watch.attempt(token, at: 0)
        // Without a token, the warning refers to the last token.
        let later = try WatchFixture.record(.claims, .warn, WatchFixture.roleMissing)
        for record in [token, later] {
            watch.attempt(record, at: 600)
            let now = WatchFixture.start + 601
            #expect(watch.watch.isBlocked(at: now) == isNewer)
            let summary = watch.watch.summary(at: now) { _ in "then" }
            #expect(summary.contains("newer than the assignment") == isNewer)
        }
    }

    @Test func `a token with the same uti is the same token, whatever its fingerprint`() throws {
        let first = WatchedToken(WatchFixture.token("one"), earlier: nil)
        #expect(first.isSame(as: WatchFixture.token("one", received: 60)))
        #expect(!first.isSame(as: WatchFixture.token("two")))
        let again = WatchedToken(WatchFixture.token("one", received: 60), earlier: first)
        #expect(again.firstSeen == WatchFixture.start)
        #expect(again.received == WatchFixture.start + 60)
    }

    @Test func `waits for different causes follow each other, and a transient failure is not a cause`() throws
    {
        let watch = WatchFixture.watch()
        watch.event(.assigned(WatchFixture.start - 50))
        let trouble = WatchFixture.failure("timed-out", "no response", .tryAgain)
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
        #expect(waits.map(\.isComplete) == [true, false], "two successes are not enough")
        watch.attempt(try WatchFixture.record(), at: 164)
        let completed = watch.watch.waits(at: WatchFixture.start + 1000)
        #expect(completed.map(\.duration) == [.seconds(200), .seconds(10)], "until the first success")
        #expect(completed.map(\.isComplete) == [true, true])
    }

    @Test func `a stopped wait is censored, and its duration is in the clouds' time`() throws {
        let watch = WatchFixture.watch(speed: 60)
        watch.attempt(try WatchFixture.record(.token, .failed, WatchFixture.unassigned), at: 0)
        watch.event(.stopped(WatchFixture.start + 10))
        let wait = try #require(watch.watch.waits(at: WatchFixture.start + 99).first)
        #expect(!wait.isComplete)
        #expect(wait.duration == .seconds(600))
        let result = try #require(watch.result)
        #expect(watch.event(.checked(WatchFixture.start + 11)) == .end(result))
    }

    @Test func `a watch survives encoding and decoding`() throws {
        let watch = WatchFixture.watch()
        let token = WatchFixture.token()
        watch.attempt(
            try WatchFixture.record(.claims, .warn, WatchFixture.roleMissing, token: token),
            at: 0
        )
        let read = try JSONDecoder().decode(Watch.self, from: JSONEncoder().encode(watch.watch))
        #expect(read == watch.watch)
    }

    /// Entra may issue a token after its `iat`, but the claims and the explanation show the `iat`, too.
    @Test func `the summary names the cached token by its iat, and when it is replaced`() throws {
        let watch = WatchFixture.watch()
        let token = WatchFixture.token(age: 600)
        watch.attempt(
            try WatchFixture.record(.claims, .warn, WatchFixture.roleMissing, token: token),
            at: 0
        )
        let summary = watch.watch.summary(at: WatchFixture.start) {
            "\(Int($0.timeIntervalSince(WatchFixture.start)))"
        }
        #expect(
            summary
                == "The host caches the token (issued at -900) until 85800 at the latest and cannot be forced to renew it."
        )
    }
}

/// Extreme values that are stored, decoded, or configured never crash the process.
@Suite(.computing) struct WatchExtremesTests {
    private static let instants: [Double] = [
        0, -1e300, 1e300, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity, -.infinity, 1e18,
        -1e18,
        1_800_000_000,
    ]
    private static let speeds: [Double] = [1, 0, -1, 1e308, .infinity, .nan, 86_400]
    private static let limits: [Duration?] = [
        nil, .zero, .seconds(Int64.max), .seconds(Int64.min), .seconds(3600),
    ]

    @Test(arguments: UInt64(0)..<300)
    func `a watch survives any instant, speed, jitter, and time limit`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        func instant() -> Date {
            Date(timeIntervalSinceReferenceDate: Self.instants.randomElement(using: &generator) ?? 0)
        }
        var watch = Watch(
            of: "audit",
            at: instant(),
            timing: PropagationTiming(speed: try #require(Self.speeds.randomElement(using: &generator))),
            limit: try #require(Self.limits.randomElement(using: &generator))
        )
        let claims: [String: JSONValue] = [
            "iat": .integer([.min, .max, 0].randomElement(using: &generator) ?? 0),
            "exp": .integer([.min, .max, 0].randomElement(using: &generator) ?? 0),
        ]
        let token = TokenFacts(
            fingerprint: "x",
            claims: Claims(header: [:], payload: claims),
            source: .imds,
            received: instant(),
            seenBefore: false
        )
        for _ in 0..<40 {
            let records = [
                try WatchFixture.record(token: token),
                try WatchFixture.record(.token, .failed, WatchFixture.unassigned),
                try WatchFixture.record(.claims, .warn, WatchFixture.roleMissing, token: token),
                try WatchFixture.record(.exchange, .failed, WatchFixture.denied, token: token),
            ]
            let record = try #require(records.randomElement(using: &generator))
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: _ = watch.event(.checked(instant()))
            case 1: _ = watch.event(.assigned(instant()))
            case 2: _ = watch.event(.changed(instant()))
            default:
                let jitter = [0, 1, -1e300, 1e300, .nan, .infinity].randomElement(using: &generator) ?? 0
                let role: RoleExistence? = Bool.random(using: &generator) ? .missing("No role.") : nil
                _ = watch.event(.attempted(record, role: role, at: instant(), jitter: jitter))
            }
            let now = instant()
            _ = WaitEstimate(watch.waits(at: now)).median
            _ = (watch.latest, watch.earliest, watch.since, watch.isOverdue(at: now))
            _ = watch.summary(at: now) { "\($0.timeIntervalSince1970)" }
        }
        _ = watch.event(.expired(instant(), after: .seconds(Int64.max)))
        #expect(watch.result != nil, "seed \(seed)")
    }

    @Test func `a stored watch with counts at their limit continues`() throws {
        let harness = WatchFixture.watch()
        harness.attempt(try WatchFixture.record(.exchange, .failed, WatchFixture.denied), at: 0)
        var members = try #require(
            JSONSerialization.jsonObject(with: JSONEncoder().encode(harness.watch)) as? [String: Any]
        )
        for name in ["attempts", "flaps"] { members[name] = Int.max }
        members["successes"] = 1
        let data = try JSONSerialization.data(withJSONObject: members)
        var watch = try JSONDecoder().decode(Watch.self, from: data)
        _ = watch.event(
            .attempted(
                try WatchFixture.record(.exchange, .failed, WatchFixture.denied),
                at: WatchFixture.start + 1,
                jitter: 0
            )
        )
        #expect(watch.attempts == .max && watch.flaps == .max)
    }

    @Test func `a stored speed out of range is clamped`() throws {
        for text in ["0", "-5", "1e308"] {
            let timing = try JSONDecoder().decode(
                PropagationTiming.self,
                from: Data(#"{"speed":\#(text)}"#.utf8)
            )
            #expect((1...1e6).contains(timing.speed))
        }
    }
}
