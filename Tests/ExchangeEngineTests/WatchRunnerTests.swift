import Federation
import Foundation
import Propagation
import Synchronization
import TestSupport
import Testing

@testable import ExchangeEngine

/// Watches as they run: over a manual clock, with exchanges that a script answers.
struct WatchRunnerTests {
    /// Two keepers, a book and a clock that moves only when both sleep.
    private final class Harness: Sendable {
        let time = ManualTime()
        let book = MemoryWatchBook()
        let script = Mutex<[Bool]>([])
        let asked = Mutex<[(holder: String, at: Date, age: Duration?)]>([])
        let events = Mutex<[String]>([])
        /// What IAM says of the role, and how old it might be each time it was asked.
        let role = Mutex<(sight: RoleExistence?, ages: [Duration])>((nil, []))

        init(_ script: [Bool]) {
            self.script.withLock { $0 = script }
        }

        /// A keeper of a process of that name, whose `gone` are known to have ended.
        func keeper(_ holder: String, gone: Set<String> = [], drives: Bool = true) async throws -> WatchRunner
        {
            let role = try #require(RoleARN("arn:aws:iam::111122223333:role/audit"))
            let surroundings = WatchDependencies(
                holder: holder,
                drives: drives,
                isGone: { gone.contains($0) },
                role: { _, _, age in
                    self.role.withLock { role in
                        role.ages.append(age)
                        return role.sight
                    }
                },
                exchange: { mapping, options in
                    let now = self.time.now
                    self.asked.withLock { $0.append((holder, now, options.tokenAge)) }
                    let works = self.script.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
                    return Self.record(of: mapping, works: works, at: now)
                }
            )
            let keeper = WatchRunner(book: book, time: time, surroundings: surroundings) { event in
                self.events.withLock { $0.append(Self.word(for: event)) }
            }
            await keeper.use(
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
            return keeper
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
            case .stood(let kept): "stood \(kept.watch.attempts)"
            case .ended(let watch): "ended \(watch.ending?.verdict.rawValue ?? "")"
            case .estimated(let cause, let estimate): "estimated \(cause.rawValue) \(estimate.count)"
            }
        }

        /// Moves the clock a second at a time, each time when somebody sleeps, until `isDone`.
        func play(until isDone: @Sendable () async -> Bool) async throws {
            for _ in 0..<100_000 {
                if await isDone() { return }
                if time.sleeperCount == 0 {
                    await Task.yield()
                } else {
                    time.advance(by: .milliseconds(500))
                    for _ in 0..<20 { await Task.yield() }
                }
            }
            Issue.record("it never came")
        }

        var askers: [String] { asked.withLock { $0.map(\.holder) } }
    }

    @Test func `a watch asks until it works three times, and is then in the past`() async throws {
        let bench = Harness([false, false, true])
        let keeper = try await bench.keeper("a")
        await keeper.watch("audit")
        try await bench.play { await bench.book.past.count == 1 }
        let watch = try #require(await bench.book.past.first)
        #expect(watch.ending?.verdict == .works)
        #expect(watch.attempts == 5)
        #expect(bench.asked.withLock { $0.allSatisfy { $0.age == .seconds(15) } })
        #expect(watch.waits(at: bench.time.now).map(\.cause) == [.iam])
        #expect(bench.events.withLock { $0.contains("estimated iam 0") && $0.last == "ended works" })
    }

    @Test func `IAM is asked once a denial, anew while the role is missing, and a missing role ends it`()
        async throws
    {
        let bench = Harness([false])
        bench.role.withLock { $0.sight = .missing("IAM has no role.") }
        let keeper = try await bench.keeper("a")
        await keeper.watch("audit")
        try await bench.play { await bench.book.past.count == 1 }
        let watch = try #require(await bench.book.past.first)
        #expect(watch.ending?.verdict == .cannot && watch.ending?.code == "role-missing")
        let ages = bench.role.withLock { $0.ages }
        #expect(ages == [.seconds(30)] + Array(repeating: .zero, count: watch.attempts - 1))
    }

    @Test func `IAM is not asked of a role that lets the token in`() async throws {
        let bench = Harness([true])
        let keeper = try await bench.keeper("a")
        await keeper.watch("audit")
        try await bench.play { await bench.book.past.count == 1 }
        #expect(bench.role.withLock { $0.ages.isEmpty })
    }

    @Test func `a mapping that is removed from the configuration ends its watch, and it is kept why`()
        async throws
    {
        let bench = Harness([false])
        let keeper = try await bench.keeper("a")
        await keeper.watch("audit")
        try await bench.play { bench.askers.count > 1 }
        await keeper.use(Configuration(mappings: []))
        let watch = try #require(await bench.book.past.first)
        #expect(watch.ending?.verdict == .stopped && watch.ending?.code == "removed")
        #expect(bench.events.withLock { $0.last } == "ended stopped")
    }

    @Test func `who began a watch may end it, and who joined it leaves it to the others`() async throws {
        let bench = Harness([false])
        let first = try await bench.keeper("a")
        let second = try await bench.keeper("b")
        #expect(await first.watch("audit"))
        try await bench.play { bench.askers.count > 1 }
        #expect(await second.watch("audit") == false)
        let left = try #require(await second.leave("audit", isExpired: true, after: .seconds(7)))
        #expect(left.ending?.verdict == .timedOut)
        #expect(left.ending?.message.hasPrefix("It did not work within 7s; ") == true)
        #expect(await bench.book.past.isEmpty, "it goes on")
        await first.close()
        #expect(await second.watch("audit") == false, "taken over is not begun")
        try await bench.play { bench.askers.contains("b") }
        _ = await second.leave("audit", isExpired: false)
        #expect(await bench.book.past.isEmpty)
        #expect(await bench.book.running["audit"]?.lease == nil, "another goes on at once")
    }

    @Test func `of two processes one asks`() async throws {
        let bench = Harness([false])
        let first = try await bench.keeper("a")
        let second = try await bench.keeper("b")
        await first.watch("audit")
        try await bench.play { bench.askers.count > 2 }
        await second.watch("audit")
        await second.look()
        try await bench.play { bench.askers.count > 6 }
        #expect(Set(bench.askers) == ["a"])
        await first.stop("audit")
        await second.close()
    }

    @Test func `another process takes over when the lease is given back`() async throws {
        let bench = Harness([false])
        let first = try await bench.keeper("a")
        let second = try await bench.keeper("b")
        await first.watch("audit")
        try await bench.play { bench.askers.count > 2 }
        await first.close()
        let before = bench.askers.count
        await second.look()
        try await bench.play { bench.askers.count > before + 2 }
        #expect(Set(bench.askers[before...]) == ["b"])
        #expect(try #require(await bench.book.running["audit"]).watch.attempts >= before)
        await second.close()
    }

    @Test func `a lease of a process that has ended counts no more`() async throws {
        let bench = Harness([false])
        let now = bench.time.now
        let watch = Watch(of: "audit", at: now, pace: PropagationTiming())
        _ = await bench.book.begin(watch, lease: WatchLease(holder: "dead", until: now + 500), now: now)
        let patient = try await bench.keeper("a")
        await patient.look()
        #expect(bench.askers.isEmpty)
        let keeper = try await bench.keeper("b", gone: ["dead"])
        await keeper.look()
        try await bench.play { bench.askers.count > 1 }
        #expect(Set(bench.askers) == ["b"])
        await keeper.close()
    }

    @Test func `a watch that another process stops ends here as well`() async throws {
        let bench = Harness([false])
        let first = try await bench.keeper("a")
        let second = try await bench.keeper("b")
        await first.watch("audit")
        try await bench.play { bench.askers.count > 1 }
        await second.look()
        await second.stop("audit")
        #expect(await bench.book.past.map(\.ending?.verdict) == [.stopped])
        let before = bench.askers.count
        for _ in 0..<200 {
            bench.time.advance(by: .milliseconds(500))
            for _ in 0..<20 { await Task.yield() }
        }
        #expect(bench.askers.count <= before + 1)
        await first.close()
    }

    @Test func `one that only looks on asks nobody`() async throws {
        let bench = Harness([false])
        let keeper = try await bench.keeper("a", drives: false)
        await keeper.watch("audit")
        let now = bench.time.now
        let watch = Watch(of: "audit", at: now, pace: PropagationTiming())
        _ = await bench.book.begin(watch, lease: WatchLease(holder: "b", until: now - 1), now: now)
        await keeper.look()
        #expect(bench.askers.isEmpty)
        #expect(bench.events.withLock { $0 } == ["stood 0"])
    }

    @Test func `a watch whose time is over ends without another attempt`() async throws {
        let bench = Harness([false])
        let keeper = try await bench.keeper("a")
        await keeper.watch("audit")
        try await bench.play { bench.askers.count > 1 }
        await keeper.stop("audit", isExpired: true)
        #expect(await bench.book.past.first?.ending?.verdict == .timedOut)
    }
}
