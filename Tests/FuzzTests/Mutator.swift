import Foundation
import TestSupport

/// Makes inputs from a corpus by random changes; the sequence depends only on the seed.
struct Mutator {
    /// The maximum size of an input, in bytes.
    private static let limit = 128 << 10
    /// Numbers at which conversions fail.
    private static let numbers = [
        "-1", "0", "00", "1e308", "1e999", "-1e999", "9223372036854775807", "9223372036854775808",
        "-9223372036854775809", "4294967296", "253402300800", "99999999999999999999999999", "0.1e-400", "NaN",
    ]
    /// Texts that structure the formats, and characters that are easily mishandled.
    private static let fragments = [
        "{", "}", "[", "]", "\"", "\\", "\\u0000", "\\ud800", ":", ",", "'", "#", "&a ", "*a", "<<: *a",
        "<![CDATA[",
        "]]>", "<!DOCTYPE a>", "&lt;", "&#x0;", "<a>", "</a>", ".", "..", "=", "/", "*", "?", "${", "}",
        "%00", "\0",
        "\r", "\n", "\r\n", "\t", "\u{1B}[2J", "\u{85}", "\u{202E}", "\u{FEFF}", "é", "e\u{301}", "👩‍👩‍👧", "null",
        "true", "~",
    ]

    private var random: SeededGenerator
    private let corpus: [[UInt8]]

    init(seed: UInt64, corpus: [String]) {
        random = SeededGenerator(seed: seed)
        self.corpus = corpus.map { Array($0.utf8) }
    }

    /// Returns the next input: a text of the corpus with one to eight changes.
    mutating func next() -> Data {
        var bytes = anyText()
        for _ in 0..<Int.random(in: 1...8, using: &random) { change(&bytes) }
        return Data(bytes.prefix(Self.limit))
    }

    private mutating func anyText() -> [UInt8] {
        corpus.randomElement(using: &random) ?? []
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let range = anyRange(in: bytes)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: bytes.removeSubrange(range)
        case 1: bytes.replaceSubrange(range, with: anyBytes(range.count))
        case 2: bytes.insert(contentsOf: anyBytes(8), at: range.lowerBound)
        case 3: if let index = range.first { bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
        case 4: repeatText(bytes[range], in: &bytes, at: range.upperBound)
        case 5:
            let other = anyText()
            bytes.replaceSubrange(range, with: other[anyRange(in: other)])
        case 6: replaceNumber(in: &bytes, after: range.lowerBound)
        case 7, 8: bytes.insert(contentsOf: anyFragment(), at: range.lowerBound)
        default: repeatText(anyFragment()[...], in: &bytes, at: range.lowerBound)
        }
    }

    private mutating func anyRange(in bytes: [UInt8]) -> Range<Int> {
        let start = Int.random(in: 0...bytes.count, using: &random)
        let length = Bool.random(using: &random) ? 16 : bytes.count
        return start..<Int.random(in: start...min(bytes.count, start + length), using: &random)
    }

    private mutating func anyBytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    private mutating func anyFragment() -> [UInt8] {
        Array((Self.fragments.randomElement(using: &random) ?? "").utf8)
    }

    private mutating func repeatText(_ text: ArraySlice<UInt8>, in bytes: inout [UInt8], at index: Int) {
        guard !text.isEmpty else { return }
        let most = max(1, Self.limit / text.count)
        let count = min(most, [2, 17, 65, 1_025, 20_001].randomElement(using: &random) ?? 2)
        bytes.insert(contentsOf: Array(repeating: text, count: count).joined(), at: index)
    }

    private mutating func replaceNumber(in bytes: inout [UInt8], after start: Int) {
        let isDigit = { (byte: UInt8) in (48...57).contains(byte) }
        guard let first = bytes[start...].firstIndex(where: isDigit) else { return }
        let end = bytes[first...].firstIndex { !isDigit($0) } ?? bytes.count
        bytes.replaceSubrange(first..<end, with: (Self.numbers.randomElement(using: &random) ?? "0").utf8)
    }
}
