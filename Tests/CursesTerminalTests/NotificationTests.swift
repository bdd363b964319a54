import TestSupport
import Testing

@testable import CursesTerminal

@Suite(.limited) struct NotificationTests {
    @Test func `a notification is an OSC 9 sequence, which tmux passes through`() {
        let plain = NotificationSequence(text: "audit works", isInTmux: false)
        #expect(plain.sequence == "\u{1B}]9;audit works\u{7}")
        let wrapped = NotificationSequence(text: "audit works", isInTmux: true)
        #expect(wrapped.sequence == "\u{1B}Ptmux;\u{1B}\u{1B}]9;audit works\u{7}\u{1B}\\")
    }

    @Test func `the text cannot end the sequence or start another`() {
        let hostile = NotificationSequence(text: "a\u{7}b\u{1B}\\c\u{9C}d\n", isInTmux: false)
        #expect(hostile.sequence == "\u{1B}]9;ab\\cd\u{7}")
    }

    @Test(
        arguments: [
            (["TERM": "tmux-256color", "TMUX": "/tmp/tmux,1,0"], true), (["TERM": "tmux-256color"], true),
            (["TERM": "screen-256color", "TMUX": "/tmp/tmux,1,0"], true),
            (["TERM": "xterm-256color", "TMUX": "/tmp/tmux,1,0"], true),
            (["TERM": "screen.xterm-256color", "STY": "1.tty"], false), (["TERM": "screen-256color"], false),
            (["TERM": "screen", "STY": "1.tty", "TMUX": "/tmp/tmux,1,0"], false),
            (["TERM": "tmux", "STY": "1.tty", "TMUX": "/tmp/tmux,1,0"], true),
            (["TERM": "xterm", "TMUX": ""], false), ([:], false),
        ] as [([String: String], Bool)]
    )
    func `only tmux receives its passthrough`(variables: [String: String], isAvailable: Bool) {
        #expect(Passthrough.isAvailable(variables) == isAvailable)
    }

    @Test(arguments: [
        ("xterm-256color", true), ("tmux-256color", true), ("xterm-kitty", true), ("linux", false),
        ("vt100", false), ("dumb", false),
    ])
    func `terminals that could print the sequence do not receive it`(_ type: String, _ isSupported: Bool) {
        #expect(NotificationSequence.isSupported(by: type) == isSupported)
    }
}
