import TestSupport
import Testing

@testable import Console

@Suite(.limited) struct TextRanksTests {
    @Test(arguments: UInt64(0)..<30)
    func `texts are sorted by their bytes`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pieces = ["team-", "a", "B", "", "0", "zebra", "é", "漢字", "-", "audit-0000001"]
        let texts = (0..<50).map { _ in
            (0..<Int.random(in: 0...4, using: &generator))
                .compactMap { _ in pieces.randomElement(using: &generator) }.joined()
        }
        let ordered = texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let indices = TextRanks.sortedIndices(of: texts)
        #expect(Set(indices) == Set(0..<50), "seed \(seed)")
        #expect(indices.map { texts[$0] } == ordered, "seed \(seed)")
        let ranks = TextRanks.ranks(of: texts)
        for (left, right) in zip(texts.indices, texts.indices.dropFirst()) {
            #expect((ranks[left] == ranks[right]) == (texts[left] == texts[right]), "seed \(seed)")
            let precedes = texts[left].utf8.lexicographicallyPrecedes(texts[right].utf8)
            #expect((ranks[left] < ranks[right]) == precedes, "seed \(seed)")
        }
    }

    @Test func `an empty list has no ranks`() {
        #expect(TextRanks.sortedIndices(of: []) == [])
        #expect(TextRanks.ranks(of: [""]) == [0])
    }
}
