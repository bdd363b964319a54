import TestSupport
import Testing

@testable import Discovery

@Suite(.limited)
struct ProposalTextTests {
    @Test(arguments: [
        ("api://security-aws-logging", "api://security-aws-logging"),
        ("ee1823f6-34f4-4b8a-8fd1-925e404d170a", "ee1823f6-34f4-4b8a-8fd1-925e404d170a"),
        ("Yes", "\"Yes\""), ("no", "\"no\""), ("null", "\"null\""), ("", "\"\""), ("1e3", "\"1e3\""),
        ("a: b", "\"a: b\""), ("a#b", "\"a#b\""), ("a:", "\"a:\""), ("*x", "\"*x\""),
        ("quote \" and \\", #""quote \" and \\""#), ("line\nbreak", #""line\U0000000abreak""#),
        ("\u{202E}x", #""\U0000202ex""#), ("é", #""\U000000e9""#),
    ])
    func `a scalar is quoted unless every parser reads it as the same text`(text: String, scalar: String) {
        #expect(ProposalText.scalar(text) == scalar)
    }

    @Test func `evidence cannot leave its comment`() {
        var report = DiscoveryReport()
        report.identities = [
            ProposedIdentity(name: "a", principalID: "p", evidence: ["name\nmappings: {}\r\u{85}\u{2028}x"])
        ]
        let lines = ProposalText(report).identities
        #expect(lines.count == 3)
        #expect(lines[0].hasPrefix("# ") && !lines[0].contains { $0.isNewline })
    }
}
