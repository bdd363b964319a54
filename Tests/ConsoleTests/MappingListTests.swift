import Federation
import Foundation
import TestSupport
import Testing

@testable import Console

struct RosterTests {
    private static func roster(_ names: [String]) throws -> MappingList {
        var roster = MappingList()
        roster.replace(with: try names.map { try ConsoleFixture.mapping($0) }, now: ConsoleFixture.start)
        return roster
    }

    private static func names(_ roster: MappingList) -> [RoleMapping.ID] {
        roster.visible.map { roster.rows[$0].id }
    }

    @Test(arguments: UInt64(0)..<40)
    func `order and counts kept up row by row are those made afresh`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var roster = try Self.roster((0..<30).map { "m\($0 * 7 % 30)" })
        let key = try #require(MappingOrder.Key.allCases.randomElement(using: &generator))
        roster.sort(by: MappingOrder(key, isDescending: Bool.random(using: &generator)))
        roster.show(only: Filter(Bool.random(using: &generator) ? "state:live" : ""))
        var now = ConsoleFixture.start
        for number in 0..<60 {
            let id = "m\(Int.random(in: 0..<30, using: &generator))"
            let life: Double? = [nil, 5, 60, 3600].randomElement(using: &generator) ?? nil
            let mapping = try #require(roster[id]?.mapping)
            roster.modify(id, now: now) { row in
                row.lastRecord = ConsoleFixture.record(of: mapping, number: number, life: life)
                row.credentials = life.map {
                    .init(accessKeyID: nil, issued: ConsoleFixture.start, expiry: ConsoleFixture.start + $0)
                }
            }
            roster.advance(from: now, to: now + 1)
            now += 1
        }
        var fresh = roster
        fresh.sort(by: roster.sort)
        #expect(roster.visible == fresh.visible, "seed \(seed), sorted by \(key)")
        let conditions = roster.rows.map { $0.condition(at: now) }
        for condition in MappingStatus.allCases {
            let count = conditions.count { $0 == condition }
            #expect(roster.counts[condition, default: 0] == count, "seed \(seed)")
        }
    }

    @Test
    func `time turns live into expiring and expired`() throws {
        var roster = try Self.roster(["a"])
        let start = ConsoleFixture.start
        roster.modify("a", now: start) {
            $0.credentials = .init(accessKeyID: nil, issued: start, expiry: start + 3600)
        }
        var before = start
        for (seconds, condition) in [
            (0.0, MappingStatus.live), (2699, .live), (2700, .expiring), (3600, .expired),
        ] {
            roster.advance(from: before, to: start + seconds)
            before = start + seconds
            #expect(roster.condition(at: 0) == condition, "after \(seconds) s")
        }
        roster.advance(from: before, to: start)
        #expect(roster.condition(at: 0) == .live, "after the clock was set back")
    }

    @Test
    func `the selection stays with its mapping when the order changes`() throws {
        var roster = try Self.roster(["a", "b", "c", "d"])
        roster.reveal("c")
        roster.sort(by: MappingOrder(.name, isDescending: true))
        #expect(roster.selected?.id == "c")
        roster.show(only: Filter("c"))
        #expect(roster.selected?.id == "c")
        roster.show(only: Filter())
        #expect(roster.selected?.id == "c")
    }

    @Test
    func `a new configuration keeps what is known of mappings that stay the same`() throws {
        var state = try ConsoleFixture.everyState()
        let changed = try ConsoleFixture.mapping("audit", role: "another")
        let same = try #require(state.roster["billing"]).mapping
        ConsoleFixture.send(
            .configured(Configuration(mappings: [changed, same]), origin: "config.yaml"),
            to: &state
        )
        #expect(state.roster["audit"]?.lastRecord == nil)
        #expect(state.roster["billing"]?.lastRecord != nil)
        #expect(state.roster["vault"] == nil)
        #expect(state.roster.counts.values.reduce(0, +) == 2)
    }

    @Test(arguments: [
        ("", ["api", "audit", "Billing"]), ("AU", ["audit"]), ("i", ["api", "audit", "Billing"]),
        ("a xyz", ["api", "audit", "Billing"]),
        ("tag:pr", ["audit"]), ("state:never", ["api", "audit", "Billing"]), ("state:live", []),
        ("state:n tag:prod", ["audit"]),
        ("nothing", []),
    ])
    func `a filter keeps the rows that have all its terms`(text: String, names: [String]) throws {
        var roster = MappingList()
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
        roster.replace(with: mappings, now: ConsoleFixture.start)
        roster.show(only: Filter(text))
        #expect(Set(Self.names(roster)) == Set(names))
    }
}
