import Federation
import Foundation
import TestSupport
import Testing

@testable import Console

@Suite(.computing) struct MappingListTests {
    private static func mappings(_ names: [String]) throws -> MappingList {
        var mappings = MappingList()
        mappings.replace(with: try names.map { try ConsoleFixture.mapping($0) }, now: ConsoleFixture.start)
        mappings.list.keepSelection()
        return mappings
    }

    private static func names(_ mappings: MappingList) -> [RoleMapping.ID] {
        (0..<mappings.list.count).map { mappings.list[$0].id }
    }

    @Test(arguments: UInt64(0)..<40)
    func `order and counts stay correct as single rows change`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var mappings = try Self.mappings((0..<30).map { "m\($0 * 7 % 30)" })
        let column = try #require(MappingRow.sortKeys.randomElement(using: &generator)?.column)
        mappings.list.sort(by: ListOrder(column, isDescending: Bool.random(using: &generator)))
        mappings.list.show(only: Filter(Bool.random(using: &generator) ? "state:live" : ""))
        var now = ConsoleFixture.start
        for number in 0..<60 {
            let id = "m\(Int.random(in: 0..<30, using: &generator))"
            let lifetime: Double? = [nil, 5, 60, 3600].randomElement(using: &generator) ?? nil
            let mapping = try #require(mappings[id]?.mapping)
            mappings.modify(id, now: now) { row in
                row.lastRecord = ConsoleFixture.record(of: mapping, number: number, lifetime: lifetime)
                row.credentials = lifetime.map {
                    .init(accessKeyID: nil, issued: ConsoleFixture.start, expiry: ConsoleFixture.start + $0)
                }
            }
            mappings.advance(from: now, to: now + 1)
            now += 1
        }
        var fresh = mappings
        fresh.list.sort(by: mappings.list.order)
        #expect(Self.names(mappings) == Self.names(fresh), "seed \(seed), sorted by \(column)")
        // Setting the clock back computes all statuses again.
        fresh.advance(from: now + 1, to: now)
        #expect(mappings.rows.map(\.status) == fresh.rows.map(\.status), "seed \(seed)")
        for status in MappingStatus.allCases {
            let count = mappings.rows.count { $0.status == status }
            #expect(mappings.counts[status, default: 0] == count, "seed \(seed)")
        }
    }

    @Test
    func `live credentials become expiring, then expired`() throws {
        var mappings = try Self.mappings(["a"])
        let start = ConsoleFixture.start
        mappings.modify("a", now: start) {
            $0.credentials = .init(accessKeyID: nil, issued: start, expiry: start + 3600)
        }
        var before = start
        for (seconds, status) in [
            (0.0, MappingStatus.live), (2699, .live), (2700, .expiring), (3600, .expired),
        ] {
            mappings.advance(from: before, to: start + seconds)
            before = start + seconds
            #expect(mappings["a"]?.status == status, "after \(seconds) s")
        }
        mappings.advance(from: before, to: start)
        #expect(mappings["a"]?.status == .live, "after the clock was set back")
    }

    @Test
    func `dropped credentials are shown as no credentials`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("xy", in: &state)
        #expect(state.mappings["audit"]?.status == .noCredentials)
        #expect(state.mappings.counts[.noCredentials] == 1)
        try ConsoleFixture.press("/state:no<Enter>", in: &state)
        #expect(Self.names(state.mappings) == ["audit"])
    }

    @Test
    func `the selection stays with its mapping when the order changes`() throws {
        var list = try Self.mappings(["a", "b", "c", "d"])
        list.list.reveal("c")
        list.list.sort(by: ListOrder("MAPPING", isDescending: true))
        #expect(list.selected?.id == "c")
        list.list.show(only: Filter("c"))
        #expect(list.selected?.id == "c")
        list.list.show(only: Filter())
        #expect(list.selected?.id == "c")
    }

    @Test
    func `a reload keeps the records of unchanged mappings`() throws {
        var state = try ConsoleFixture.everyState()
        let changed = try ConsoleFixture.mapping("audit", role: "another")
        let same = try #require(state.mappings["billing"]).mapping
        ConsoleFixture.send(
            .configured(Configuration(mappings: [changed, same]), origin: "config.yaml"),
            to: &state
        )
        #expect(state.mappings["audit"]?.lastRecord == nil)
        #expect(state.mappings["billing"]?.lastRecord != nil)
        #expect(state.mappings["vault"] == nil)
        #expect(state.mappings.counts.values.reduce(0, +) == 2)
    }

    @Test(arguments: [
        ("", ["api", "audit", "Billing"]), ("AU", ["audit"]), ("i", ["api", "audit", "Billing"]),
        ("a xyz", ["api", "audit", "Billing"]),
        ("tag:pr", ["audit"]), ("state:idle", ["api", "audit", "Billing"]), ("state:live", []),
        ("state:i tag:prod", ["audit"]),
        ("nothing", []),
    ])
    func `a filter keeps the rows that match all of its terms`(text: String, names: [String]) throws {
        var list = MappingList()
        let mappings = [
            try ConsoleFixture.mapping("Billing", role: "xyz"),
            try ConsoleFixture.mapping("audit", role: "xyz", tags: ["prod"]),
            try ConsoleFixture.mapping("api", role: "xyz"),
        ]
        .map { mapping in
            var mapping = mapping
            mapping.identity = "zzz"
            return mapping
        }
        list.replace(with: mappings, now: ConsoleFixture.start)
        list.list.show(only: Filter(text))
        #expect(Set(Self.names(list)) == Set(names))
    }
}
