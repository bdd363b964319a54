import Federation
import Foundation
import TestSupport
import Testing

@testable import Store

@Suite(.limited) struct FilterTests {
    private let scratch = Scratch()

    /// Returns a store with six exchanges a minute apart, named by the letters of their mappings.
    private func filled() async throws -> HistoryStore {
        let store = try scratch.open()
        let missing = Failure(
            kind: .refused,
            code: "AADSTS501051",
            message: "not assigned to a role 100%_\\",
            fix: ""
        )
        try await store.append([
            Samples.record(at: Samples.start, mapping: "a", identity: "x"),
            Samples.record(at: Samples.start + 60, mapping: "b", identity: "x", failure: Samples.refusal),
            Samples.record(at: Samples.start + 120, mapping: "a", identity: "x", failure: missing),
            Samples.record(at: Samples.start + 180, mapping: "c", identity: "y", role: "Billing"),
            Samples.record(at: Samples.start + 240, mapping: "a", identity: "x", token: Samples.token()),
            Samples.record(at: Samples.start + 300, mapping: "d", identity: "y", failure: Samples.refusal),
        ])
        return store
    }

    @Test(arguments: [
        (HistoryFilter(), [5, 4, 3, 2, 1, 0]),
        (HistoryFilter(mapping: "a"), [4, 2, 0]),
        (HistoryFilter(mapping: "A"), []),
        (HistoryFilter(mapping: "nobody"), []),
        (HistoryFilter(identity: "y"), [5, 3]),
        (HistoryFilter(outcome: .failed), [5, 2, 1]),
        (HistoryFilter(outcome: .ok), [4, 3, 0]),
        (HistoryFilter(mapping: "a", outcome: .failed), [2]),
        (HistoryFilter(identity: "x", outcome: .ok), [4, 0]),
        (HistoryFilter(since: Samples.start + 180), [5, 4, 3]),
        (HistoryFilter(mapping: "a", since: Samples.start + 61), [4, 2]),
        (HistoryFilter(text: "billing"), [3]),
        (HistoryFilter(text: "AccessDenied"), [5, 1]),
        (HistoryFilter(text: "assumerolewithweb"), [5, 1]),
        (HistoryFilter(identity: "y", text: "denied"), [5]),
        (HistoryFilter(text: "100%_\\"), [2]),
        (HistoryFilter(text: "1%1"), []),
        (HistoryFilter(text: "'"), []),
        (HistoryFilter(text: "234567"), [4]),
    ])
    func `a filter returns the matching exchanges, newest first`(_ filter: HistoryFilter, _ minutes: [Int])
        async throws
    {
        let found = try await filled().records(matching: filter, limit: 100)
        #expect(found.map { Int($0.at.timeIntervalSince(Samples.start)) / 60 } == minutes)
    }

    @Test func `rows that cannot be decoded do not shorten a page`() async throws {
        let store = try await filled()
        let ids = try await store.records(matching: HistoryFilter(), limit: 6).reversed().map(\.id)
        let database = try SQLiteConnection(path: "\(scratch.path)/history.sqlite", access: .readWrite) {
            false
        }
        for minute in [1, 3, 4] {
            try database.execute(
                "UPDATE detail SET steps = '[{\"step\":\"later\"}]' WHERE id = \(ids[minute])"
            )
        }
        for (position, minutes) in [
            (HistoryPosition.newest, [5, 2]), (.before(ids[5]), [2, 0]), (.before(ids[2]), [0]),
            (.oldest, [2, 0]), (.after(ids[0]), [5, 2]), (.after(ids[2]), [5]),
        ] {
            let found = try await store.records(matching: HistoryFilter(), at: position, limit: 2)
            #expect(found.map { Int($0.at.timeIntervalSince(Samples.start)) / 60 } == minutes, "\(position)")
        }
        #expect(try await store.latest(of: ["a", "c"]).mapValues(\.record.id) == ["a": ids[2]])
    }

    @Test(arguments: [
        ([HistoryTerm(.identity, "Y")], [5, 3]),
        ([HistoryTerm(.identity, "Y", isExcluding: true)], [4, 2, 1, 0]),
        ([HistoryTerm(.role, "bill", isAtStart: true)], [3]), ([HistoryTerm(.role, "arn")], []),
        ([HistoryTerm(.account, "111122223333", isAtStart: true, isAtEnd: true)], [5, 4, 3, 2, 1, 0]),
        ([HistoryTerm(.account, "2222333", isAtStart: true)], []),
        ([HistoryTerm(.code, "denied", isAtEnd: true)], [5, 1]), ([HistoryTerm(.code, "assigned")], []),
        ([HistoryTerm(.code, "denied", isExcluding: true)], [4, 3, 2, 0]),
        ([HistoryTerm(.anything, "a", isAtStart: true, isAtEnd: true)], [4, 2, 0]),
        ([HistoryTerm(.anything, "denied", isExcluding: true)], [4, 3, 2, 0]),
        ([HistoryTerm(.anything, "234567", isExcluding: true)], [5, 3, 2, 1, 0]),
        ([HistoryTerm(.anything, "234567ab", isAtStart: true)], []),
        ([HistoryTerm(.anything, "'; DROP TABLE label")], []),
        ([HistoryTerm(.mapping(["a"]), "")], [4, 2, 0]), ([HistoryTerm(.mapping([]), "")], []),
        ([HistoryTerm(.mapping(["a"]), "", isExcluding: true)], [5, 3, 1]),
        ([HistoryTerm(.mapping(["a", "x"]), ""), HistoryTerm(.code, "a", isAtStart: true)], [2]),
        ([HistoryTerm(.identity, "x"), HistoryTerm(.code, "a", isAtStart: true)], [2, 1]),
        ([HistoryTerm(.identity, "x", isExcluding: true), HistoryTerm(.code, "a")], [5]),
    ])
    func `terms select by single properties, as they do in memory`(
        _ terms: [HistoryTerm],
        _ minutes: [Int]
    ) async throws {
        let store = try await filled()
        let found = try await store.records(matching: HistoryFilter(texts: [], terms: terms), limit: 100)
        #expect(found.map { Int($0.at.timeIntervalSince(Samples.start)) / 60 } == minutes)
        let all = try await store.records(limit: 100)
        #expect(all.filter { record in terms.allSatisfy { $0.passes(record) } } == found)
        let failed = try await store.records(
            matching: HistoryFilter(
                outcome: .failed,
                texts: ["d"],
                expression: SearchExpression("."),
                terms: terms
            ),
            limit: 100
        )
        #expect(Set(failed).isSubset(of: found))
    }

    @Test(arguments: [
        ("^[abd]$", [5, 4, 2, 1, 0]), ("^[bc]$", [3, 1]), ("role.*billing", [3]), ("aadsts\\d+ not", [2]),
        ("web.*identity", [5, 1]), ("nothing", []), ("qx*z", []),
    ])
    func `an expression is searched for in the names and failures of all exchanges`(
        _ pattern: String,
        _ minutes: [Int]
    ) async throws {
        let filter = HistoryFilter(texts: [], expression: SearchExpression(pattern))
        let store = try await filled()
        let found = try await store.records(matching: filter, limit: 100)
        #expect(found.map { Int($0.at.timeIntervalSince(Samples.start)) / 60 } == minutes)
        let failed = HistoryFilter(outcome: .failed, texts: ["d"], expression: filter.expression)
        let fewer = try await store.records(matching: failed, limit: 100)
        #expect(Set(fewer).isSubset(of: found))
    }

    @Test func `an expression that takes too long is reported`() async throws {
        let store = try scratch.open()
        for number in 0..<40 {
            let name = String(repeating: "a", count: 60) + "\(number)"
            try await store.append(Samples.record(mapping: name))
        }
        let expression = try #require(SearchExpression("(a|aa|aaa)+$"))
        await #expect(throws: HistoryError.endless(expression: expression.pattern)) {
            try await store.records(matching: HistoryFilter(texts: [], expression: expression), limit: 1)
        }
        #expect(try await store.records(limit: 100).count == 40, "the next search has its own budget")
    }

    @Test func `pages read from the oldest equal pages read from the newest`() async throws {
        let store = try scratch.open()
        for number in 0..<50 {
            try await store.append(Samples.record(at: Samples.start, mapping: "m\(number)"))
        }
        let all = try await store.records(limit: 100)
        var pages: [ExchangeRecord] = []
        var place = HistoryPosition.oldest
        while true {
            let page = try await store.records(matching: HistoryFilter(), at: place, limit: 7)
            pages = page + pages
            guard let first = page.first, page.count == 7 else { break }
            place = .after(first.id)
        }
        #expect(pages == all)
    }

    @Test(arguments: [HistoryPosition.oldest, .after(7)])
    func `the oldest page is read from an index`(_ place: HistoryPosition) async throws {
        let store = try await filled()
        for filter in [HistoryFilter(), HistoryFilter(mapping: "a"), HistoryFilter(outcome: .ok, text: "a")] {
            let plan = try await store.plan(of: filter, at: place)
            #expect(!plan.prefix { $0 != "SCAN page" }.contains { $0.contains("TEMP B-TREE") })
        }
    }

    @Test func `pages have no gap and no repetition, even within one instant`() async throws {
        let store = try scratch.open()
        for number in 0..<50 {
            try await store.append(Samples.record(at: Samples.start, mapping: "m\(number)"))
        }
        var names: [String] = []
        var last: Int?
        repeat {
            let page = try await store.records(before: last, limit: 7)
            names += page.map(\.mapping)
            last = page.last?.id
            try await store.append(Samples.record(at: Samples.start + 1, mapping: "later"))
        } while last != nil
        #expect(names == (0..<50).reversed().map { "m\($0)" })
    }

    @Test(arguments: [
        (HistoryFilter(), "SCAN exchange"),
        (HistoryFilter(mapping: "a"), "SEARCH exchange USING INDEX exchange_mapping (mapping=?)"),
        (HistoryFilter(identity: "x"), "SEARCH exchange USING INDEX exchange_identity (identity=?)"),
        (HistoryFilter(outcome: .failed), "SEARCH exchange USING INDEX exchange_failed (failed=?)"),
        (
            HistoryFilter(mapping: "a", outcome: .ok),
            "SEARCH exchange USING INDEX exchange_mapping_failed (mapping=? AND failed=?)"
        ),
        (
            HistoryFilter(identity: "x", outcome: .ok, since: Samples.start),
            "SEARCH exchange USING INDEX exchange_identity_failed (identity=? AND failed=? AND rowid>?)"
        ),
        (HistoryFilter(since: Samples.start), "SEARCH exchange USING INTEGER PRIMARY KEY (rowid>?)"),
        (HistoryFilter(text: "a"), "SCAN exchange"),
    ])
    func `a page is read from an index, in its order`(_ filter: HistoryFilter, _ access: String) async throws
    {
        let plan = try await filled().plan(of: filter)
        #expect(plan.first { $0.contains(" exchange") } == access)
        #expect(!plan.prefix { $0 != "SCAN page" }.contains { $0.contains("TEMP B-TREE") })
    }
}
