import TestSupport
import Testing

@testable import Console

@Suite(.computing) struct TextRanksTests {
    @Test(arguments: UInt64(0)..<30)
    func `texts are sorted by their bytes, and numbers in them by their value`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "team-", "a", "B", "", "0", "zebra", "é", "漢字", "-", "audit-0000001", "9", "10", "123456789",
        ]
        let texts = (0..<50).map { _ in
            (0..<Int.random(in: 0...4, using: &generator))
                .compactMap { _ in pieces.randomElement(using: &generator) }.joined()
        }
        let ordered = texts.sorted(by: Self.precedes)
        let indices = TextRanks.sortedIndices(of: texts)
        #expect(Set(indices) == Set(0..<50), "seed \(seed)")
        #expect(indices.map { texts[$0] } == ordered, "seed \(seed)")
        let ranks = TextRanks.ranks(of: texts)
        for (left, right) in zip(texts.indices, texts.indices.dropFirst()) {
            #expect((ranks[left] == ranks[right]) == (texts[left] == texts[right]), "seed \(seed)")
            let precedes = Self.precedes(texts[left], texts[right])
            #expect((ranks[left] < ranks[right]) == precedes, "seed \(seed)")
        }
    }

    /// Compares piece by piece: a run of digits by its length without leading zeros, then by its digits.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        func pieces(_ text: String) -> [[UInt8]] {
            var pieces: [[UInt8]] = []
            var isDigit = false
            for byte in text.utf8 {
                let digit = (0x30...0x39).contains(byte)
                if digit, isDigit { pieces[pieces.count - 1].append(byte) } else { pieces.append([byte]) }
                isDigit = digit
            }
            return pieces
        }
        func isNumber(_ piece: [UInt8]) -> Bool { (0x30...0x39).contains(piece[0]) }
        for (first, second) in zip(pieces(left), pieces(right)) where first != second {
            guard isNumber(first), isNumber(second) else {
                return first.lexicographicallyPrecedes(second)
            }
            let (one, two) = (Array(first.drop { $0 == 0x30 }), Array(second.drop { $0 == 0x30 }))
            if one == two { continue }
            return one.count == two.count ? one.lexicographicallyPrecedes(two) : one.count < two.count
        }
        let (first, second) = (pieces(left).count, pieces(right).count)
        return first == second ? left.utf8.lexicographicallyPrecedes(right.utf8) : first < second
    }

    @Test(arguments: [
        (["m10", "m2", "m1"], ["m1", "m2", "m10"]), (["v1.10", "v1.9"], ["v1.9", "v1.10"]),
        (["a01", "a1", "a2"], ["a01", "a1", "a2"]), (["a", "a1", "a-1"], ["a", "a-1", "a1"]),
        (
            ["n99999999999999999999", "n100000000000000000000"],
            ["n99999999999999999999", "n100000000000000000000"]
        ),
    ])
    func `numbers in names are compared by value`(texts: [String], ordered: [String]) {
        #expect(TextRanks.sortedIndices(of: texts).map { texts[$0] } == ordered)
        #expect(texts.sorted(by: NaturalOrder.precedes) == ordered)
    }

    @Test func `an empty list has no ranks`() {
        #expect(TextRanks.sortedIndices(of: []) == [])
        #expect(TextRanks.ranks(of: [""]) == [0])
    }
}
