import TestSupport
import Testing

@testable import CursesTerminal

@Suite(.limited) struct NotificationTests {
    @Test func `a notification is an OSC 9 sequence, which tmux passes through`() {
        let plain = NotificationSequence(text: "audit works", isMultiplexed: false)
        #expect(plain.sequence == "\u{1B}]9;audit works\u{7}")
        let wrapped = NotificationSequence(text: "audit works", isMultiplexed: true)
        #expect(wrapped.sequence == "\u{1B}Ptmux;\u{1B}\u{1B}]9;audit works\u{7}\u{1B}\\")
    }

    @Test func `the text cannot end the sequence or start another`() {
        let hostile = NotificationSequence(text: "a\u{7}b\u{1B}\\c\u{9C}d\n", isMultiplexed: false)
        #expect(hostile.sequence == "\u{1B}]9;ab\\cd\u{7}")
    }

    @Test(arguments: [
        ("xterm-256color", true), ("tmux-256color", true), ("xterm-kitty", true), ("linux", false),
        ("vt100", false), ("dumb", false),
    ])
    func `terminals that could print the sequence do not receive it`(_ type: String, _ isSupported: Bool) {
        #expect(NotificationSequence.isSupported(by: type) == isSupported)
    }
}
