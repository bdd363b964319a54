import Federation
import Foundation
import Propagation
import TestSupport
import Testing

@testable import Store

/// Watches in a file that several processes share.
@Suite(.limited) struct WatchTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    private static func watch(_ mapping: String = "audit", at seconds: Double = 0) -> Watch {
        Watch(of: mapping, at: now + seconds, timing: PropagationTiming())
    }

    private static func lease(_ holder: String, _ seconds: Double) -> WatchLease {
        WatchLease(holder: holder, until: now + seconds)
    }

    @Test func `a watch is read back unchanged`() async throws {
        let scratch = Scratch()
        let watch = Self.watch()
        _ = try await scratch.open().begin(watch, lease: Self.lease("a", 60), now: Self.now)
        let stored = try await scratch.open().watches()
        #expect(stored == [StoredWatch(watch: watch, lease: Self.lease("a", 60))])
    }

    /// Stores watches that ended a minute apart.
    private static func past(_ store: HistoryStore) async throws {
        let ends: [(String, Watch.Event)] = [
            ("audit", .stopped(now + 60)), ("audit", .removed(now + 120)), ("billing", .expired(now + 180)),
            ("audit", .expired(now + 240)),
        ]
        for (mapping, event) in ends {
            var watch = watch(mapping)
            _ = try await store.begin(watch, lease: lease("a", 60), now: now)
            _ = watch.event(event)
            try await store.end(watch)
        }
    }

    @Test(arguments: [
        (HistoryFilter(), 9, [4, 3, 2, 1]), (HistoryFilter(), 2, [4, 3]),
        (HistoryFilter(mapping: "audit"), 9, [4, 2, 1]), (HistoryFilter(mapping: "Audit"), 9, []),
        (HistoryFilter(since: now + 120), 9, [4, 3, 2]), (HistoryFilter(outcome: .failed), 9, [4, 3]),
        (HistoryFilter(outcome: .ok), 9, []), (HistoryFilter(text: "REMOVED"), 9, [2]),
        (HistoryFilter(identity: "logging"), 9, []), (HistoryFilter(mapping: "audit", text: "timed"), 9, [4]),
    ])
    func `past watches are filtered, the latest first`(
        _ filter: HistoryFilter,
        _ limit: Int,
        _ minutes: [Int]
    ) async throws {
        let scratch = Scratch()
        let store = try scratch.open()
        try await Self.past(store)
        let found = try await store.pastWatches(matching: filter, limit: limit)
        let ends = found.compactMap { $0.result?.at.timeIntervalSince(Self.now) }
        #expect(ends.map { Int($0) / 60 } == minutes)
    }

    @Test func `a watch that ends after the clock was set back is read after the earlier watches`()
        async throws
    {
        let scratch = Scratch()
        let store = try scratch.open()
        #expect(try await store.pastWatches(matching: HistoryFilter(), after: nil, limit: 9).last == 0)
        try await Self.past(store)
        let earlier = try await store.pastWatches(matching: HistoryFilter(), after: nil, limit: 2)
        #expect(earlier.watches.count == 2)
        var watch = Self.watch("metrics", at: -7200)
        _ = try await store.begin(watch, lease: Self.lease("a", 60), now: Self.now - 7200)
        _ = watch.event(.stopped(Self.now - 3600))
        try await store.end(watch)
        let later = try await store.pastWatches(matching: HistoryFilter(), after: earlier.last, limit: 9)
        #expect(later.watches == [watch])
        let none = try await store.pastWatches(matching: HistoryFilter(), after: later.last, limit: 9)
        #expect(none.watches == [])
        #expect(none.last == later.last)
    }

    @Test func `a match after many pages is found`() async throws {
        let scratch = Scratch()
        let store = try scratch.open()
        try await Self.past(store)
        for number in 0..<450 {
            var watch = Self.watch("m\(number)")
            _ = try await store.begin(watch, lease: Self.lease("a", 60), now: Self.now)
            _ = watch.event(.stopped(Self.now + 1000))
            try await store.end(watch)
        }
        #expect(try await store.pastWatches(limit: 1000).count == 454)
        let found = try await store.pastWatches(matching: HistoryFilter(outcome: .failed), limit: 1)
        #expect(found.map(\.mapping) == ["audit"])
    }

    @Test func `a mapping is watched once, by one process`() async throws {
        let scratch = Scratch()
        let (first, second) = (try scratch.open(), try scratch.open())
        let watch = Self.watch()
        _ = try await first.begin(watch, lease: Self.lease("a", 60), now: Self.now)
        let stored = try await second.begin(
            Self.watch(at: 5),
            lease: Self.lease("b", 65),
            now: Self.now + 5
        )
        #expect(stored.watch == watch)
        #expect(stored.lease?.holder == "a")
        #expect(try await second.claim("audit", lease: Self.lease("b", 119), now: Self.now + 59) == nil)
        #expect(try await first.save(watch, lease: Self.lease("a", 60)))
        #expect(try await second.claim("audit", lease: Self.lease("b", 121), now: Self.now + 61) == watch)
        #expect(try await first.save(watch, lease: Self.lease("a", 122)) == false)
    }

    @Test func `a lease is free after a release, the end of its holder, or a clock set back`()
        async throws
    {
        let scratch = Scratch()
        let store = try scratch.open()
        _ = try await store.begin(Self.watch(), lease: Self.lease("a", 60), now: Self.now)
        #expect(
            try await store.claim("audit", lease: Self.lease("b", 60), evicting: "a", now: Self.now) != nil
        )
        try await store.release("audit", holder: "a")
        #expect(try await store.claim("audit", lease: Self.lease("c", 60), now: Self.now) == nil)
        try await store.release("audit", holder: "b")
        #expect(try await store.claim("audit", lease: Self.lease("c", 60), now: Self.now) != nil)
        let before = Self.now - 86_400
        #expect(try await store.claim("audit", lease: Self.lease("d", 0), now: before) != nil)
    }

    @Test func `an ended watch is stored once, with its waits`() async throws {
        let scratch = Scratch()
        let store = try scratch.open()
        var watch = Self.watch()
        _ = try await store.begin(watch, lease: Self.lease("a", 60), now: Self.now)
        let record = try Samples.record(failure: Samples.refusal)
        _ = watch.event(.attempted(record, at: Self.now, jitter: 0))
        #expect(try await store.waits(for: .assignment, now: Self.now).isEmpty)
        _ = try await store.save(watch, lease: Self.lease("a", 60))
        let running = try await store.waits(for: .iam, now: Self.now + 30)
        #expect(running.map(\.duration) == [.seconds(30)])
        #expect(running.map(\.isComplete) == [false])
        _ = watch.event(.stopped(Self.now + 90))
        for _ in 0..<2 { try await store.end(watch) }
        #expect(try await store.watches().isEmpty)
        #expect(try await store.pastWatches(limit: 9) == [watch])
        let waits = try await store.waits(for: .iam, now: Self.now + 1000)
        #expect(waits.map(\.duration) == [.seconds(90)])
        #expect(try await store.waits(for: .assignment, now: Self.now).isEmpty)
    }

    @Test func `watches and waits older than the limit are deleted`() async throws {
        let scratch = Scratch()
        let store = try scratch.open(HistorySettings(days: 10, rows: 1000))
        for seconds in [0.0, 777_600.0] as [Double] {
            var watch = Self.watch(at: seconds)
            _ = try await store.begin(
                watch,
                lease: Self.lease("a", seconds + 60),
                now: Self.now + seconds
            )
            _ = watch.event(.stopped(Self.now + seconds + 1))
            try await store.end(watch)
        }
        try await store.trim(at: Self.now + 86_400 * 11)
        #expect(try await store.pastWatches(limit: 9).map(\.began) == [Self.now + 86_400 * 9])
    }

    @Test func `a history in memory stores exchanges and watches`() async throws {
        let store = try HistoryStore.inMemory(settings: HistorySettings())
        try await store.append(Samples.record(mapping: "audit"))
        _ = try await store.begin(Self.watch(), lease: Self.lease("a", 60), now: Self.now)
        #expect(try await store.records(limit: 9).count == 1)
        #expect(try await store.watches().count == 1)
    }
}
