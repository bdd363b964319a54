import Federation
import Foundation
import Propagation
import Synchronization
import TestSupport
import Testing

@testable import ExchangeEngine

/// Watches with a manual clock and scripted exchanges.
@Suite(.limited) struct WatchRunnerTests {
    /// Runners that share a store, and a clock that advances only while all sleep.
    private final class Harness: Sendable {
        let time = ManualTime()
        let store = MemoryWatchStore()
        let script = Mutex<[Bool]>([])
        let attempts = Mutex<[(holder: String, at: Date, age: Duration?)]>([])
        let events = Mutex<[String]>([])
        /// The configuration of each runner, in the order of their creation.
        let configurations = Mutex<[LiveConfiguration]>([])
        /// The role in IAM, and the accepted age of each read.
        let role = Mutex<(existence: RoleExistence?, ages: [Duration])>((nil, []))

        init(_ script: [Bool]) {
            self.script.withLock { $0 = script }
        }

        /// Creates a runner of the process `holder`; the processes in `gone` are known to have ended.
        func runner(_ holder: String, gone: Set<String> = [], isReadOnly: Bool = false) async throws
            -> WatchRunner
        {
            let role = try #require(RoleARN("arn:aws:iam::111122223333:role/audit"))
            let dependencies = WatchDependencies(
                holder: holder,
                isReadOnly: isReadOnly,
                hasEnded: { gone.contains($0) },
                role: { _, _, age in
                    self.role.withLock { role in
                        role.ages.append(age)
                        return role.existence
                    }
                },
                exchange: { mapping, options in
                    let now = self.time.now
                    self.attempts.withLock { $0.append((holder, now, options.tokenAge)) }
                    let works = self.script.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
                    return Self.record(of: mapping, works: works, at: now)
                }
            )
            let configuration = LiveConfiguration(
                Configuration(mappings: [
                    RoleMapping(
                        id: "audit",
                        identity: "logging",
                        audience: "api://aws",
                        roleARN: role,
                        region: "eu-west-1",
                        sessionName: "s"
                    )
                ])
            )
            configurations.withLock { $0.append(configuration) }
            let runner = WatchRunner(
                configuration: configuration,
                store: store,
                time: time,
                dependencies: dependencies
            ) { event in
                self.events.withLock { $0.append(Self.word(for: event)) }
            }
            return runner
        }

        private static func record(of mapping: RoleMapping, works: Bool, at now: Date) -> ExchangeRecord {
            let denied = Failure(kind: .refused, code: "AccessDenied", message: "no", fix: "")
            let step = StepRecord(
                step: .exchange,
                outcome: works ? .ok : .failed,
                duration: .zero,
                failure: works ? nil : denied
            )
            return ExchangeRecord(
                id: 1,
                at: now,
                mapping: mapping.id,
                identity: mapping.identity,
                roleARN: mapping.roleARN,
                steps: [step]
            )
        }

        private static func word(for event: WatchRunner.Event) -> String {
            switch event {
            case .updated(let stored): "updated \(stored.watch.attempts)"
            case .ended(let watch): "ended \(watch.result?.verdict.rawValue ?? "")"
            case .estimated(let cause, let estimate): "estimated \(cause.rawValue) \(estimate.count)"
            }
        }

        /// Advances the clock by half a second whenever a task sleeps, until `isDone`.
        func advance(until isDone: @Sendable () async -> Bool) async throws {
            for _ in 0..<100_000 {
                if await isDone() { return }
                if time.sleeperCount == 0 {
                    await Task.yield()
                } else {
                    time.advance(by: .milliseconds(500))
                    for _ in 0..<20 { await Task.yield() }
                }
            }
            Issue.record("the condition was never met")
        }

        var holders: [String] { attempts.withLock { $0.map(\.holder) } }
    }

    @Test func `a watch makes attempts until three in a row succeed and is then stored`() async throws {
        let harness = Harness([false, false, true])
        let runner = try await harness.runner("a")
        await runner.watch("audit")
        try await harness.advance { await harness.store.past.count == 1 }
        let watch = try #require(await harness.store.past.first)
        #expect(watch.result?.verdict == .works)
        #expect(watch.attempts == 5)
        #expect(harness.attempts.withLock { $0.allSatisfy { $0.age == .seconds(15) } })
        #expect(watch.waits(at: harness.time.now).map(\.cause) == [.iam])
        #expect(harness.events.withLock { $0.contains("estimated iam 0") && $0.last == "ended works" })
    }

    @Test
    func
        `IAM is read once per denial, uncached while the role is missing, and a missing role ends the watch`()
        async throws
    {
        let harness = Harness([false])
        harness.role.withLock { $0.existence = .missing("IAM has no role.") }
        let runner = try await harness.runner("a")
        await runner.watch("audit")
        try await harness.advance { await harness.store.past.count == 1 }
        let watch = try #require(await harness.store.past.first)
        #expect(watch.result?.verdict == .cannot && watch.result?.code == "role-missing")
        let ages = harness.role.withLock { $0.ages }
        #expect(ages == [.seconds(30)] + Array(repeating: .zero, count: watch.attempts - 1))
    }

    @Test func `IAM is not read for a role that allows the token`() async throws {
        let harness = Harness([true])
        let runner = try await harness.runner("a")
        await runner.watch("audit")
        try await harness.advance { await harness.store.past.count == 1 }
        #expect(harness.role.withLock { $0.ages.isEmpty })
    }

    @Test func `removing a mapping from the configuration ends its watch, which stores the reason`()
        async throws
    {
        let harness = Harness([false])
        let runner = try await harness.runner("a")
        await runner.watch("audit")
        try await harness.advance { harness.holders.count > 1 }
        harness.configurations.withLock { $0[0].replace(with: Configuration(mappings: [])) }
        await runner.applyConfiguration()
        let watch = try #require(await harness.store.past.first)
        #expect(watch.result?.verdict == .stopped && watch.result?.code == "removed")
        #expect(harness.events.withLock { $0.last } == "ended stopped")
    }

    @Test func `detaching from a joined watch leaves it to the other processes`() async throws {
        let harness = Harness([false])
        let first = try await harness.runner("a")
        let second = try await harness.runner("b")
        #expect(await first.watch("audit"))
        try await harness.advance { harness.holders.count > 1 }
        #expect(await second.watch("audit") == false)
        let left = try #require(await second.detach(from: "audit", isExpired: true, after: .seconds(7)))
        #expect(left.result?.verdict == .timedOut)
        #expect(left.result?.message.hasPrefix("The mapping did not work within 7s; ") == true)
        #expect(await harness.store.past.isEmpty, "the watch continues")
        await first.close()
        #expect(await second.watch("audit") == false, "the watch was taken over, not begun")
        try await harness.advance { harness.holders.contains("b") }
        _ = await second.detach(from: "audit", isExpired: false)
        #expect(await harness.store.past.isEmpty)
        #expect(await harness.store.running["audit"]?.lease == nil, "another process can continue at once")
    }

    @Test func `only one of two processes makes attempts`() async throws {
        let harness = Harness([false])
        let first = try await harness.runner("a")
        let second = try await harness.runner("b")
        await first.watch("audit")
        try await harness.advance { harness.holders.count > 2 }
        await second.watch("audit")
        await second.readStore()
        try await harness.advance { harness.holders.count > 6 }
        #expect(Set(harness.holders) == ["a"])
        await first.stop("audit")
        await second.close()
    }

    @Test func `another process takes over after the lease is released`() async throws {
        let harness = Harness([false])
        let first = try await harness.runner("a")
        let second = try await harness.runner("b")
        await first.watch("audit")
        try await harness.advance { harness.holders.count > 2 }
        await first.close()
        let before = harness.holders.count
        await second.readStore()
        try await harness.advance { harness.holders.count > before + 2 }
        #expect(Set(harness.holders[before...]) == ["b"])
        #expect(try #require(await harness.store.running["audit"]).watch.attempts >= before)
        await second.close()
    }

    @Test func `a lease of a process that has ended is ignored`() async throws {
        let harness = Harness([false])
        let now = harness.time.now
        let watch = Watch(of: "audit", at: now, timing: PropagationTiming())
        _ = await harness.store.begin(watch, lease: WatchLease(holder: "dead", until: now + 500), now: now)
        let other = try await harness.runner("a")
        await other.readStore()
        #expect(harness.holders.isEmpty)
        let runner = try await harness.runner("b", gone: ["dead"])
        await runner.readStore()
        try await harness.advance { harness.holders.count > 1 }
        #expect(Set(harness.holders) == ["b"])
        await runner.close()
    }

    @Test func `a watch that another process stops also ends in this one`() async throws {
        let harness = Harness([false])
        let first = try await harness.runner("a")
        let second = try await harness.runner("b")
        await first.watch("audit")
        try await harness.advance { harness.holders.count > 1 }
        await second.readStore()
        await second.stop("audit")
        #expect(await harness.store.past.map(\.result?.verdict) == [.stopped])
        let before = harness.holders.count
        for _ in 0..<200 {
            harness.time.advance(by: .milliseconds(500))
            for _ in 0..<20 { await Task.yield() }
        }
        #expect(harness.holders.count <= before + 1)
        await first.close()
    }

    @Test func `a read-only runner makes no attempt`() async throws {
        let harness = Harness([false])
        let runner = try await harness.runner("a", isReadOnly: true)
        await runner.watch("audit")
        let now = harness.time.now
        let watch = Watch(of: "audit", at: now, timing: PropagationTiming())
        _ = await harness.store.begin(watch, lease: WatchLease(holder: "b", until: now - 1), now: now)
        await runner.readStore()
        #expect(harness.holders.isEmpty)
        #expect(harness.events.withLock { $0 } == ["updated 0"])
    }

    @Test func `a watch ends at its time limit without another attempt`() async throws {
        let harness = Harness([false])
        let runner = try await harness.runner("a")
        await runner.watch("audit")
        try await harness.advance { harness.holders.count > 1 }
        await runner.stop("audit", isExpired: true)
        #expect(await harness.store.past.first?.result?.verdict == .timedOut)
    }
}
