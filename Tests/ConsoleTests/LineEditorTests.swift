import Drawing
import TestSupport
import Testing

@testable import Console

@Suite(.computing) struct LineEditorTests {
    @Test(arguments: [
        ("abc", "abc", 3), ("abc<Left>x", "abxc", 3), ("abc<BS>", "ab", 2), ("<BS>", "", 0),
        ("abc<Home>x", "xabc", 1),
        ("abc<Home><Del>", "bc", 0), ("ab<Space>cd<C-w>", "ab ", 3), ("ab<Space><C-w>", "", 0),
        ("abc<Left><C-u>", "c", 0),
        ("abc<C-a><C-k>", "", 0), ("é漢<Left><BS>", "漢", 0), ("ab<C-b><C-f><C-e>c", "abc", 3),
    ])
    func `keys edit the line`(keys: String, text: String, position: Int) throws {
        var editor = LineEditor()
        for key in try Key.script(keys) {
            let isHandled = editor.edit(key)
            #expect(isHandled)
        }
        #expect(editor.text == text)
        #expect(editor.position == position)
    }

    @Test func `characters beyond the limit are ignored, and the line can still be edited`() {
        var editor = LineEditor(String(repeating: "a", count: LineEditor.limit))
        _ = editor.edit(.character("b"))
        #expect(editor == LineEditor(String(repeating: "a", count: LineEditor.limit)))
        _ = editor.edit(.backspace)
        _ = editor.edit(.character("b"))
        #expect(editor.text.hasSuffix("ab"))
    }

    @Test(arguments: [Key.enter, .escape, .up, .control("z"), .function(1)])
    func `other keys are ignored`(key: Key) {
        var editor = LineEditor("abc")
        let isHandled = editor.edit(key)
        #expect(!isHandled)
        #expect(editor == LineEditor("abc"))
    }
}
