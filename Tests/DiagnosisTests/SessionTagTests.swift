import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// The claim with session tags, and the length of the token, as STS checks them.
@Suite(.limited) struct SessionTagTests {
    /// Returns the evidence of the defect that a token with this claim has.
    private static func defect(_ json: String) throws -> String? {
        let claim = try #require(JSONValue(text: json))
        let causes = Explanation(EvidenceFixture.token(["https://aws.amazon.com/tags": claim])).causes
        return causes.first { $0.id == "session-tags-invalid" }?.evidence
    }

    @Test(arguments: [
        (#"{"principal_tags":{"team":["a","b"]}}"#, "team"),
        (#"{"principal_tags":{"team":"a"}}"#, "team"),
        (#"{"principal_tags":{"team":[]}}"#, "team"),
        (#"{"principal_tags":["team"]}"#, "not an object"),
        (#"{"principal_tags":{"Team":["a"],"team":["a"]}}"#, "letter case"),
        (#"{"principal_tags":{"aws:Team":["a"]}}"#, "the key aws:Team begins with aws:"),
        (#"{"principal_tags":{"AWS:x":["a"]}}"#, "aws:"),
        (#"{"principal_tags":{"team":["a"]},"transitive_tag_keys":["unit"]}"#, "unit"),
    ])
    func `tags that STS refuses are a cause`(claim: String, part: String) throws {
        #expect(try Self.defect(claim)?.contains(part) == true)
    }

    @Test(arguments: [50, 51])
    func `a token has at most fifty tags`(count: Int) throws {
        let tags = (0..<count).map { #""t\#($0)":["a"]"# }.joined(separator: ",")
        #expect(try (Self.defect(#"{"principal_tags":{\#(tags)}}"#) == nil) == (count <= 50))
    }

    @Test(arguments: [(128, 256, true), (129, 256, false), (128, 257, false)])
    func `the key and the value of a tag have a maximum length`(key: Int, value: Int, isValid: Bool) throws {
        let (name, text) = (String(repeating: "k", count: key), String(repeating: "v", count: value))
        #expect(try (Self.defect(#"{"principal_tags":{"\#(name)":["\#(text)"]}}"#) == nil) == isValid)
    }

    @Test(arguments: [
        ("a b/c", false), ("a", false), (String(repeating: "x", count: 65), false), ("ä@b", false),
        ("alice@example.com", true), ("ab", true),
    ])
    func `a source identity has a limited alphabet and length`(name: String, isValid: Bool) {
        let claim: [String: JSONValue?] = ["https://aws.amazon.com/source_identity": .string(name)]
        let causes = Explanation(EvidenceFixture.token(claim)).causes
        let cause = causes.first { $0.id == "source-identity-invalid" }
        #expect((cause == nil) == isValid)
        #expect(isValid || cause?.evidence.contains(name) == true)
    }

    @Test func `valid tags are not a cause`() throws {
        let claim = #"{"principal_tags":{"Team":["a"]},"transitive_tag_keys":["Team"]}"#
        #expect(try Self.defect(claim) == nil)
    }

    @Test func `a defect of the token is a cause, but not a decision of the trust policy`() throws {
        let actions = #""Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]"#
        var evidence = EvidenceFixture.policy(EntraFixture.validCondition, action: actions)
        let claim = try #require(JSONValue(text: #"{"principal_tags":{"team":"a"}}"#))
        evidence.token = .claims(EntraFixture.token(["https://aws.amazon.com/tags": claim]))
        let explanation = Explanation(evidence)
        #expect(explanation.causes.contains { $0.id == "session-tags-invalid" })
        #expect(!explanation.isClear)
        #expect(explanation.decision == .allow)
    }

    @Test(arguments: [100, 20_000])
    func `a token that is longer than STS accepts is a cause`(length: Int) throws {
        let signature = String(repeating: "AAAA", count: length / 4)
        let claims = try Claims(decoding: Secret("eyJhbGciOiJSUzI1NiJ9.e30.\(signature)"))
        #expect(claims.isTooLong == (length == 20_000))
        let causes = Explanation(EvidenceFixture.evidence { $0.token = .claims(claims) }).causes
        #expect(causes.contains { $0.id == "token-too-long" } == claims.isTooLong)
    }
}
