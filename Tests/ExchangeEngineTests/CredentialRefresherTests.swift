import Federation
import Foundation
import Synchronization
import TestSupport
import Testing
import Transport

@testable import ExchangeEngine

/// Tests of caching and renewing credentials, with a manual clock.
@Suite(.timeLimit(.minutes(30)), .limited)
struct CredentialRefresherTests {
    private typealias ScriptedExchange = RefresherHarness.ScriptedExchange

    @Test(arguments: [
        // lifetime, jitter, time of the renewal: a quarter of the lifetime before the expiration, at most 15 min;
        // with full jitter, a fifth of that earlier
        (900.0, 0.0, 675.0), (900, 1, 630), (1800, 0, 1350), (3600, 0, 2700), (3600, 0.5, 2610),
        (3600, 1, 2520), (7200, 0, 6300), (43_200, 0, 42_300), (43_200, 1, 42_120),
    ])
    func `credentials are renewed with a quarter of their lifetime left, at most 15 minutes, with jitter`(
        _ lifetime: Double,
        _ jitter: Double,
        _ renewal: Double
    ) async throws {
        let harness = RefresherHarness()
        let refresher = harness.refresher({ _ in ScriptedExchange(lifetime: lifetime) }, jitter: { jitter })
        try await harness.run(refresher, [try RefresherHarness.mapping()]) {
            await harness.advance(renewal - 1, refresher)
            #expect(harness.times == [0])
            await harness.advance(2, refresher)
            #expect(harness.times.count == 2)
            let last = try #require(harness.times.last)
            #expect(abs(last - renewal) <= 1)
        }
    }

    @Test
    func `a failed renewal keeps valid credentials, backs off, and is retried once more before they expire`()
        async throws
    {
        let harness = RefresherHarness()
        let refresher = harness.refresher { $0 == 0 ? ScriptedExchange() : .refusal }
        try await harness.run(refresher, [try RefresherHarness.mapping()]) {
            await harness.advance(2690, refresher)
            await harness.advance(900, refresher)
            #expect(await refresher.credentials(for: "audit")?.issued == harness.start)
            #expect(harness.times.map { $0.rounded() } == [0, 2700, 2730, 2790, 2910, 3150, 3450, 3590])
            await harness.advance(10, refresher)
            #expect(
                await refresher.credentials(for: "audit") == nil,
                "expired credentials are never returned"
            )
            await harness.advance(1000, refresher)
            #expect(harness.times.suffix(3).map { $0.rounded() } == [3890, 4190, 4490])
        }
    }

    @Test func `a failed renewal does not replace valid credentials`() async throws {
        let harness = RefresherHarness()
        let refresher = harness.refresher { $0 == 0 ? ScriptedExchange() : .refusal }
        try await harness.run(refresher, [try RefresherHarness.mapping()]) {
            let first = await refresher.credentials(for: "audit")
            await harness.advance(2800, refresher)
            #expect(harness.times.count > 2)
            #expect(await refresher.credentials(for: "audit") == first)
        }
    }

    struct Jump: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The jump of the wall clock alone, after 1000 s, in seconds.
        var wall = 0.0
        /// The jump of both clocks, in seconds.
        var both = 0.0
        /// The time of the renewal by the monotonic clock, in seconds.
        let renewal: Double
    }

    @Test(arguments: [
        Jump(testDescription: "no jump", renewal: 2700),
        Jump(testDescription: "a suspend to shortly before the renewal", both: 1690, renewal: 2700),
        Jump(testDescription: "a suspend past the renewal", both: 2000, renewal: 3000),
        Jump(testDescription: "a suspend of a day", both: 86_400, renewal: 87_400),
        Jump(testDescription: "a virtual machine paused past the end", wall: 7200, renewal: 1000),
        Jump(testDescription: "a virtual machine paused for ten minutes", wall: 600, renewal: 2100),
        Jump(testDescription: "a clock set back by ten minutes", wall: -600, renewal: 2700),
        Jump(testDescription: "a clock set back by a day", wall: -86_400, renewal: 2700),
        Jump(testDescription: "a clock set forward by a year", wall: 31_536_000, renewal: 1000),
    ])
    func `a renewal happens in time and only once after any clock jump`(_ jump: Jump) async throws {
        let harness = RefresherHarness()
        let refresher = harness.refresher()
        try await harness.run(refresher, [try RefresherHarness.mapping()]) {
            await harness.advance(1000, refresher)
            harness.time.jump(by: .seconds(jump.wall))
            harness.time.advance(by: .seconds(jump.both))
            await harness.waitUntilAsleep(refresher)
            let left = jump.renewal - 1000 - jump.both
            await harness.advance(max(left, 0), refresher)
            #expect(harness.times.count == 2)
            let uptime = try #require(harness.uptimes.last)
            #expect(uptime == jump.renewal)
            await harness.advance(2600, refresher)
            #expect(harness.times.count == 2, "the next renewal is due in the next session")
        }
    }

    /// The clock that reaches the expiration first decides, and no session of AWS exceeds twelve hours.
    @Test(arguments: [
        (-1200.0, 1800.0), (-5, 2696.25), (5, 2700), (1200, 2700),
        (3600, 2700), (7200, 2700), (1_576_800_000, 2700), (-2_000_000_000, 0),
    ])
    func `credentials are renewed before they expire according to either clock`(
        offset: Double,
        renewal: Double
    )
        async throws
    {
        let harness = RefresherHarness()
        // With AWS's clock in 1970, the expiration is computed by the local clock.
        let isImplausible = offset < -1_000_000
        let refresher = harness.refresher { _ in
            ScriptedExchange(lifetime: isImplausible ? 3600 - offset : 3600, offset: offset)
        }
        let expected = isImplausible ? 2700 : renewal
        try await harness.run(refresher, [try RefresherHarness.mapping()]) {
            await harness.advance(expected - 10, refresher)
            #expect(harness.times == [0])
            await harness.advance(21, refresher)
            #expect(harness.times.count == 2)
        }
    }

    @Test func `credentials that are expired on arrival are retried with backoff`() async throws {
        let harness = RefresherHarness()
        let refresher = harness.refresher { _ in
            ScriptedExchange(lifetime: 3600, offset: -7200, hasOffset: false)
        }
        try await harness.run(refresher, [try RefresherHarness.mapping()]) {
            await harness.advance(1000, refresher)
            #expect(harness.times.map { $0.rounded() } == [0, 30, 90, 210, 450, 750])
            #expect(harness.plans.allSatisfy { $0.isRetry })
        }
    }

    @Test func `an earlier retry wakes the sleeping refresher`() async throws {
        let harness = RefresherHarness()
        let refresher = harness.refresher({ _ in .refusal }, jitter: { 1 })
        try await harness.run(refresher, [try RefresherHarness.mapping()]) {
            await harness.advance(16, refresher)
            #expect(harness.times.map { $0.rounded() } == [0, 15])
        }
    }
}

/// Tests of the selection of mappings to renew, and of the concurrency limit.
@Suite(.timeLimit(.minutes(30)), .limited)
struct CredentialRefresherMappingTests {
    private typealias ScriptedExchange = RefresherHarness.ScriptedExchange

    @Test func `renewals of many mappings are spread over a fifth of the lead, not later`() async throws {
        let harness = RefresherHarness()
        let generator = Mutex(SeededGenerator(seed: 11))
        let refresher = harness.refresher(jitter: { generator.withLock { .random(in: 0...1, using: &$0) } })
        let mappings = try (0..<300).map { try RefresherHarness.mapping("m\($0)") }
        try await harness.run(refresher, mappings) {
            await harness.advance(2500, refresher)
            #expect(harness.times.count == 300)
            await harness.advance(210, refresher)
            let renewals = harness.exchanges.withLock { $0.dropFirst(300) }
            #expect(Set(renewals.map(\.id)).count == 300)
            #expect(renewals.allSatisfy { (2520...2701).contains($0.at) })
            let byTenth = Dictionary(grouping: renewals) { Int($0.at / 18) }
            #expect(byTenth.count >= 10)
            #expect(byTenth.values.allSatisfy { $0.count < 60 }, "30 on average in each tenth")
        }
    }

    @Test func `at most sixteen exchanges run concurrently, and all are completed`() async throws {
        let harness = RefresherHarness(takesTime: true)
        let refresher = harness.refresher { _ in ScriptedExchange(duration: .seconds(2)) }
        let mappings = try (0..<100).map { try RefresherHarness.mapping("m\($0)") }
        try await harness.run(refresher, mappings) {
            for _ in 0..<100_000 where harness.times.count < 16 { await Task.yield() }
            for _ in 0..<1000 { await Task.yield() }
            #expect(harness.times.count == 16)
            for _ in 0..<5000 where harness.times.count < 100 {
                harness.time.advance(by: .milliseconds(500))
                for _ in 0..<200 { await Task.yield() }
            }
            #expect(harness.times.count == 100)
            #expect(harness.peak == 16)
        }
    }

    @Test func `when renewing ends, every running exchange has ended and no other begins`() async throws {
        let harness = RefresherHarness(takesTime: true)
        let refresher = harness.refresher { _ in ScriptedExchange(duration: .seconds(60)) }
        let mappings = try (0..<100).map { try RefresherHarness.mapping("m\($0)") }
        try await harness.run(refresher, mappings) {
            for _ in 0..<100_000 where harness.times.count < 16 { await Task.yield() }
        }
        #expect(harness.times.count == 16)
        #expect(harness.running == 0)
        await refresher.waitUntilIdle()
    }

    @Test func `waiting until idle ends at its time limit`() async throws {
        let harness = RefresherHarness(takesTime: true)
        let refresher = harness.refresher { _ in ScriptedExchange(duration: .seconds(60)) }
        try await harness.run(refresher, [try RefresherHarness.mapping()]) {
            let waiting = Task { await refresher.waitUntilIdle(atMost: .seconds(10)) }
            let hasEnded = Mutex(false)
            let watching = Task {
                await waiting.value
                hasEnded.withLock { $0 = true }
            }
            for _ in 0..<100 where !hasEnded.withLock({ $0 }) {
                harness.time.advance(by: .milliseconds(500))
                for _ in 0..<200 { await Task.yield() }
            }
            await watching.value
            #expect(harness.time.uptime < .seconds(60))
        }
    }

    @Test func `manual, watched, dropped, and removed mappings are not renewed`() async throws {
        let harness = RefresherHarness()
        let refresher = harness.refresher()
        let manual = try RefresherHarness.mapping("manual", refresh: .manual)
        let others = try ["watched", "forgotten", "gone"].map { try RefresherHarness.mapping($0) }
        await refresher.pauseRenewal(of: "watched")
        try await harness.run(refresher, [manual] + others) {
            #expect(Set(harness.exchanges.withLock { $0.map(\.id) }) == ["forgotten", "gone"])
            await refresher.drop("forgotten")
            harness.configuration.replace(with: Configuration(mappings: [manual] + others.dropLast()))
            await refresher.applyConfiguration()
            await harness.advance(5000, refresher)
            #expect(harness.times.count == 2)
            #expect(await refresher.credentials(for: "forgotten") == nil)
            #expect(await refresher.credentials(for: "gone") == nil)
        }
    }

    @Test func `renewal resumes after a watch`() async throws {
        let harness = RefresherHarness()
        let refresher = harness.refresher()
        let mapping = try RefresherHarness.mapping()
        await refresher.pauseRenewal(of: "audit")
        try await harness.run(refresher, [mapping]) {
            #expect(harness.times.isEmpty)
            _ = await refresher.exchange(mapping, options: ExchangeOptions(), storing: true) { _ in }
            await harness.advance(3000, refresher)
            #expect(harness.times == [0])
            await refresher.resumeRenewal(of: "audit")
            await harness.waitUntilAsleep(refresher)
            await harness.advance(10, refresher)
            #expect(harness.times.count == 2, "the renewal was due")
        }
    }

    @Test func `all mappings of one identity and audience share one token request`() async throws {
        try await LabHarness.with { harness, requestCount in
            let refresher = CredentialRefresher(
                configuration: harness.configuration,
                engine: harness.engine,
                time: SystemTime()
            ) { _ in }
            let mappings = (0..<40).map { number in
                RoleMapping(
                    id: "audit-\(number)",
                    identity: harness.mapping.identity,
                    audience: harness.mapping.audience,
                    roleARN: harness.mapping.roleARN,
                    region: harness.mapping.region,
                    sessionName: "cambist-\(number)"
                )
            }
            var configuration = harness.configuration.current
            configuration.mappings = mappings
            harness.configuration.replace(with: configuration)
            await refresher.applyConfiguration()
            await refresher.waitUntilIdle()
            for mapping in mappings {
                #expect(
                    await refresher.credentials(for: mapping.id)?.assumedRoleARN.hasSuffix(
                        mapping.sessionName
                    )
                        == true
                )
            }
            #expect(requestCount("metadata/identity") == 1)
        }
    }
}
