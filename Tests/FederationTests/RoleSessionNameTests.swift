import TestSupport
import Testing

@testable import Federation

/// The names of sessions that STS accepts.
@Suite(.computing) struct RoleSessionNameTests {
    /// Source: STS API reference, AssumeRoleWithWebIdentity, RoleSessionName: `[\w+=,.@-]*`, 2 to 64 characters.
    @Test(arguments: [
        ("ab", true), ("a", false), ("", false), ("cambist-audit", true), ("A_z+0=9,.@-", true),
        ("a b", false),
        ("a/b", false), ("a:b", false), ("\u{E9}2", false), ("a\u{301}bc", false), ("a\n", false),
        (String(repeating: "a", count: 64), true), (String(repeating: "a", count: 65), false),
    ])
    func `a session name has only the characters that STS accepts`(text: String, isValid: Bool) {
        #expect(RoleSessionName.isValid(text) == isValid)
    }
}
