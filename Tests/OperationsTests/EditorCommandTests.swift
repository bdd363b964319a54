import TestSupport
import Testing

@testable import Operations

@Suite(.limited) struct EditorCommandTests {
    @Test(arguments: [
        ("vim", "vim +7 /c/config.yaml"), ("/usr/bin/nano -w", "/usr/bin/nano -w +7 /c/config.yaml"),
        ("hx", "hx /c/config.yaml:7"), ("code --wait", "code --wait --goto /c/config.yaml:7"),
        ("ed", "ed /c/config.yaml"),
    ])
    func `a known editor opens the file at the line`(editor: String, command: String)
        throws
    {
        let found = try #require(EditorCommand(variables: ["EDITOR": editor]))
        #expect(found.command(path: "/c/config.yaml", line: 7) == command)
    }

    @Test func `VISUAL precedes EDITOR, and an empty variable counts as unset`() {
        #expect(EditorCommand(variables: ["VISUAL": "nano", "EDITOR": "vi"])?.program == "nano")
        #expect(EditorCommand(variables: ["VISUAL": " ", "EDITOR": "vi"])?.program == "vi")
        #expect(EditorCommand(variables: ["PATH": "/nowhere"]) == nil)
    }

    @Test func `a path with spaces and quotes is one word`() throws {
        let editor = try #require(EditorCommand(variables: ["EDITOR": "vi"]))
        #expect(editor.command(path: "/a b/it's.yaml", line: nil) == #"vi '/a b/it'\''s.yaml'"#)
    }
}
