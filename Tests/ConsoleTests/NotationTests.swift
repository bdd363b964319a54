import Drawing
import Federation
import TestSupport
import Testing

/// The screen and the commands write an invisible character in the same way.
@Suite(.computing) struct NotationTests {
    @Test(arguments: [
        0x00...0x08, 0x0B...0x0C, 0x0E...0x1F, 0x7F...0x9F, 0x200B...0x200F, 0x2028...0x202E, 0x2066...0x2069,
    ])
    func `an invisible character is shown as its code point everywhere`(_ range: ClosedRange<UInt32>) {
        for scalar in range.compactMap(Unicode.Scalar.init) {
            let digits = String(scalar.value, radix: 16, uppercase: true)
            let expected = "<U+\(String(repeating: "0", count: 4 - digits.count))\(digits)>"
            #expect(Glyphs(String(scalar)).map(\.text).joined() == expected)
            #expect(VisibleText.line(String(scalar)) == expected)
        }
    }
}
