import TestSupport
import Testing

@testable import CursesTerminal

/// Replies to OSC 11 among keys.
@Suite(.limited) struct BackgroundReplyTests {
    /// Reads `text`, in which `|` stands for a pause of the input.
    private static func read(_ text: String) -> (keys: String, found: [Bool]) {
        var reply = BackgroundReply()
        var keys: [UInt32] = []
        var found: [Bool] = []
        for scalar in text.unicodeScalars {
            if scalar == "|" {
                keys += reply.pause()
                continue
            }
            let (more, isLight) = reply.read(scalar.value)
            keys += more
            if let isLight { found.append(isLight) }
        }
        keys += reply.pause()
        return (String(String.UnicodeScalarView(keys.compactMap(Unicode.Scalar.init))), found)
    }

    @Test(arguments: [
        ("\u{1B}]11;rgb:ffff/ffff/ffff\u{7}", true), ("\u{1B}]11;rgb:0000/0000/0000\u{1B}\\", false),
        ("\u{1B}]11;rgb:fd/f6/e3\u{7}", true), ("\u{1B}]11;rgb:00/2b/36\u{1B}\\", false),
        ("\u{1B}]11;rgba:ffff/ffff/ffff/ffff\u{7}", true), ("\u{1B}]11;rgb:1/1/1\u{7}", false),
    ])
    func `the terminal's reply sets the background and is not read as a key`(_ text: String, _ isLight: Bool)
    {
        let (keys, found) = Self.read("j\(text)k")
        #expect(keys == "jk")
        #expect(found == [isLight])
    }

    @Test(arguments: ["j", "\u{1B}", "\u{1B}]", "]\u{1B}", "\u{1B}\u{1B}", "\u{1B}]j", "\u{1B}j", "]11;"])
    func `other input is unchanged`(_ text: String) {
        #expect(Self.read(text).keys == text)
        #expect(Self.read(text.map { "\($0)|" }.joined()).keys == text)
    }

    @Test(arguments: ["\u{1B}|]11;rgb:ffff/ffff/ffff\u{7}", "\u{1B}]11;rgb:ff|ff/ffff/ff|ff\u{1B}|\\"])
    func `a reply that arrives in parts is recognized`(_ text: String) {
        let (keys, found) = Self.read(text)
        #expect(found == [true])
        #expect(keys.allSatisfy { $0 == "\u{1B}" }, "Escape alone is a key")
    }

    @Test(arguments: ["\u{1B}]11;?\u{7}", "\u{1B}]11;rgb:zz/00/00\u{7}", "\u{1B}]11;rgb:12345/0/0\u{7}"])
    func `an unknown reply is dropped`(_ text: String) {
        let (keys, found) = Self.read(text + "j")
        #expect(keys == "j")
        #expect(found.isEmpty)
    }

    @Test func `an endless reply is dropped after a limit`() {
        let (keys, _) = Self.read("\u{1B}]11;" + String(repeating: "f", count: 200))
        #expect(keys.count < 200)
        #expect(keys.allSatisfy { $0 == "f" })
    }
}
