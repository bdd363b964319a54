import Federation
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Store

@Suite(.limited) struct RetentionTests {
    private let scratch = Scratch()
    private static let day = 86_400.0

    @Test func `exchanges older than the limit are deleted with their tokens and labels`() async throws {
        let store = try scratch.open(HistorySettings(days: 10))
        let old = Samples.token(fingerprint: "old")
        try await store.append(Samples.record(at: Samples.start, mapping: "gone", token: old))
        try await store.append(
            Samples.record(at: Samples.start + 9 * Self.day, mapping: "kept", token: Samples.token())
        )
        try await store.append(Samples.record(at: Samples.start + 10.5 * Self.day, mapping: "new"))
        #expect(try await store.records(limit: 10).map(\.mapping) == ["new", "kept"])
        let rest = try await store.read { database in
            (
                try database.rows("SELECT fingerprint FROM token") { $0.text(0) },
                try database.integer("SELECT count(*) FROM label WHERE text = 'gone'"),
                try database.integer("SELECT count(*) FROM detail")
            )
        }
        #expect(rest.0 == [Samples.token().fingerprint])
        #expect((rest.1, rest.2) == (0, 2))
    }

    @Test func `beyond the count, the oldest exchanges are deleted`() async throws {
        let store = try scratch.open(HistorySettings(rows: 200))
        for number in 0..<450 {
            try await store.append(Samples.record(at: Samples.start + Double(number), mapping: "m\(number)"))
        }
        let names = try await store.records(limit: 1000).map(\.mapping)
        #expect((200...301).contains(names.count))
        #expect(names == (450 - names.count..<450).reversed().map { "m\($0)" })
    }

    @Test func `a failed trim is reported, but the exchange is stored once`() async throws {
        let store = try scratch.open(HistorySettings(days: 10))
        try await store.append(Samples.record(at: Samples.start, mapping: "old"))
        try await store.write { database in
            try database.executeAll(
                "CREATE TRIGGER refusal BEFORE DELETE ON exchange BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )
        }
        let errors = Mutex<[HistoryError]>([])
        let id = try await store.append(Samples.record(at: Samples.start + 10.5 * Self.day, mapping: "new")) {
            error in
            errors.withLock { $0.append(error) }
        }
        #expect(try await store.records(limit: 10).map(\.mapping) == ["new", "old"])
        #expect(try await store.records(limit: 1).map(\.id) == [id.local])
        #expect(errors.withLock(\.count) == 1)
        #expect(errors.withLock(\.first)?.trimDescription.contains("refused") == true)
    }

    @Test func `an exchange after the clock was set back is kept and deletes no other`()
        async throws
    {
        let store = try scratch.open(HistorySettings(days: 10))
        try await store.append(Samples.record(at: Samples.start, mapping: "right"))
        try await store.append(Samples.record(at: Date(timeIntervalSince1970: 0), mapping: "early"))
        #expect(try await store.records(limit: 10).map(\.mapping) == ["right", "early"])
    }

    private static let years = 50 * 365.25 * day

    @Test func `an exchange after the clock was set ahead by fifty years deletes no other`() async throws {
        let store = try scratch.open(HistorySettings(days: 10))
        try await store.append(Samples.record(at: Samples.start, mapping: "right"))
        try await store.append(Samples.record(at: Samples.start + Self.years, mapping: "late"))
        try await store.append(Samples.record(at: Samples.start + 60, mapping: "again"))
        #expect(try await store.records(limit: 10).map(\.mapping) == ["late", "again", "right"])
    }

    @Test func `exchanges under a wrong clock are ordered by the clouds' clock`() async throws {
        let store = try scratch.open(HistorySettings(days: 10))
        for (mapping, error) in [("ahead", Self.years), ("behind", -Self.years), ("right", 0)] {
            let number = Double(try await store.records(limit: 10).count)
            let at = Samples.start + 60 * number + error
            try await store.append(Samples.record(at: at, mapping: mapping, offset: .seconds(-error)))
        }
        let stored = try await store.records(limit: 10)
        #expect(stored.map(\.mapping) == ["right", "behind", "ahead"])
        #expect(stored.last?.at == Samples.start + Self.years, "the time shown is that of this host")
    }

    @Test func `a wrong clock of one server does not change the order`() async throws {
        let store = try scratch.open(HistorySettings(days: 10))
        let right = ClockOffset(offset: .zero, uncertainty: .milliseconds(600))
        for (number, offset) in [0.0, Self.years, 0].enumerated() {
            let token = TokenFacts(
                fingerprint: "\(number)",
                claims: Claims(header: [:], payload: [:]),
                source: .imds,
                received: Samples.start,
                seenBefore: false,
                clockOffset: right
            )
            try await store.append(
                Samples.record(
                    at: Samples.start + 60 * Double(number),
                    mapping: "m\(number)",
                    token: token,
                    offset: .seconds(offset)
                )
            )
        }
        #expect(try await store.records(limit: 10).map(\.mapping) == ["m2", "m1", "m0"])
    }
}
