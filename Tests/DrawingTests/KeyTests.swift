import TestSupport
import Testing

@testable import Drawing

@Suite(.computing) struct KeyTests {
    @Test(
        arguments: [
            ("jj<Enter>", [.character("j"), .character("j"), .enter]),
            (
                "/a b<Space><Esc>",
                [.character("/"), .character("a"), .character("b"), .character(" "), .escape]
            ),
            ("<C-d><c-D> <F1>", [.control("d"), .control("d"), .function(1)]),
            ("<lt>>", [.character("<"), .character(">")]),
            ("", []),
        ] as [(String, [Key])]
    )
    func `a script is parsed into keys`(script: String, keys: [Key]) throws {
        #expect(try Key.script(script) == keys)
    }

    @Test(arguments: ["<Nope>", "j<", "<F0>", "<F64>", "<C-dd>"])
    func `a script with an unknown name is refused`(script: String) {
        #expect(throws: KeyScriptError.self) { try Key.script(script) }
    }

    @Test(
        arguments: [.enter, .control("d"), .character(" "), .character("<"), .function(12), .pageDown]
            as [Key]
    )
    func `a key's description parses to the same key`(key: Key) {
        #expect(Key(key.description) == key)
    }
}
