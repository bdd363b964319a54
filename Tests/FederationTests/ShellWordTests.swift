import TestSupport
import Testing

@testable import Federation

@Suite(.computing) struct ShellWordTests {
    @Test(
        arguments: [
            ("plain-1.2/3", "plain-1.2/3"), ("", "''"), ("a b", "'a b'"), ("$HOME", "'$HOME'"),
            ("`id`", "'`id`'"),
            ("it's", "'it'\\''s'"), ("line\nend", "'line\nend'"), ("back\\slash", "'back\\slash'"),
            ("!x", "'!x'"), ("%self", "'%self'"), ("~", "'~'"), ("'\u{301}$x", "''\\''\u{301}$x'"),
        ]
    )
    func `a POSIX shell reads the word back`(_ text: String, _ word: String) {
        #expect(ShellWord.posix(text) == word)
    }

    @Test(arguments: [
        ("it's", "'it\\'s'"), ("back\\slash", "'back\\\\slash'"), ("$x", "'$x'"), ("plain", "plain"),
        ("%self", "'%self'"),
        ("'\u{301}$x", "'\\'\u{301}$x'"), ("\\\u{301}", "'\\\\\u{301}'"),
    ])
    func `fish reads the word back`(_ text: String, _ word: String) {
        #expect(ShellWord.fish(text) == word)
    }

    @Test(
        arguments: [
            ("plain", "'plain'"), ("it's", "'it''s'"), ("a\u{2019}b", "'a\u{2019}\u{2019}b'"), ("$x", "'$x'"),
            ("'\u{301};x", "'''\u{301};x'"), ("a\u{201B}\u{308}b", "'a\u{201B}\u{201B}\u{308}b'"),
        ]
    )
    func `PowerShell reads the word back`(_ text: String, _ word: String) {
        #expect(ShellWord.powershell(text) == word)
    }
}
