import Drawing
import TestSupport
import Testing

@testable import CursesTerminal

@Suite(.limited) struct KeyTests {
    @Test(
        arguments: [
            (0x09, .tab), (0x0D, .enter), (0x0A, .enter), (0x1B, .escape), (0x7F, .backspace),
            (0x04, .control("d")), (0x1A, .control("z")), (0x6A, .character("j")), (0xE9, .character("é")),
        ] as [(UInt32, Key)]
    )
    func `a character from the terminal becomes a key`(value: UInt32, key: Key) {
        #expect(Key(scalar: value) == key)
    }
}
