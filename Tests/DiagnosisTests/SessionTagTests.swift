import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// The claim with session tags, and the length of the token, as STS checks them.
@Suite(.computing) struct SessionTagTests {
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

    /// The form of issuers that do not support nested claims.
    @Test func `tags that are spread over several claims count as session tags`() {
        let claims: [String: JSONValue?] = [
            "https://aws.amazon.com/tags/principal_tags/Team": .array([.string("red")]),
            "https://aws.amazon.com/tags/transitive_tag_keys": .array([.string("Team")]),
        ]
        let token = EntraFixture.token(claims)
        #expect(token.sessionTags == ["Team": "red"])
        #expect(token.transitiveTagKeys == ["Team"])
        #expect(token.additionalActions == ["sts:TagSession"])
        // The fixture's policy does not allow sts:TagSession.
        let causes = Explanation(EvidenceFixture.token(claims)).causes.map(\.id)
        #expect(causes.contains("tag-session-missing"))
        let text: [String: JSONValue?] = ["https://aws.amazon.com/tags/principal_tags/Team": .string("red")]
        #expect(Explanation(EvidenceFixture.token(text)).causes.map(\.id).contains("session-tags-invalid"))
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

    // Deny statements that name the action of session tags.

    private static let tags: [String: JSONValue?] = [
        "https://aws.amazon.com/tags": .object([
            "principal_tags": .object(["Team": .array([.string("red")]), "Unit": .array([.string("a")])])
        ])
    ]

    private static func explanation(
        denying action: String,
        _ condition: String = "{}",
        allowance: String = EntraFixture.validCondition,
        hasTags: Bool
    ) -> Explanation {
        Explanation(
            EvidenceFixture.evidence {
                $0.token = .claims(EntraFixture.token(hasTags ? tags : [:]))
                $0.policy = PolicyEvidence(
                    document: """
                        {"Version":"2012-10-17","Statement":[
                          {"Effect":"Allow","Principal":{"Federated":"\(EntraFixture.providerARN)"},\
                        "Action":["sts:AssumeRoleWithWebIdentity","sts:TagSession"],"Condition":\(allowance)},
                          {"Effect":"Deny","Principal":"*","Action":\(action),"Condition":\(condition)}]}
                        """
                )
            }
        )
    }

    @Test(arguments: [true, false])
    func `a Deny statement for session tags denies only a token that has tags`(hasTags: Bool) throws {
        let explanation = Self.explanation(denying: #""sts:TagSession""#, hasTags: hasTags)
        #expect(explanation.decision == (hasTags ? .explicitDeny : .allow))
        guard hasTags else {
            #expect(explanation.causes.isEmpty)
            return
        }
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "denied-explicitly")
        #expect(cause.summary.contains("denies sts:TagSession, which the token's session tags require"))
        #expect(
            cause.fix.contains(
                "A token without the claim https://aws.amazon.com/tags does not need sts:TagSession."
            )
        )
    }

    @Test(arguments: [true, false])
    func `a further denial of session tags is a cause of a call that no statement allows`(hasTags: Bool) {
        let other = EntraFixture.validCondition.replacing(EntraFixture.subject, with: EvidenceFixture.other)
        let causes = Self.explanation(denying: #""sts:TagSession""#, allowance: other, hasTags: hasTags)
            .causes
        #expect(causes.contains { $0.id == "denied-explicitly" } == hasTags, "\(causes)")
    }

    @Test(arguments: [true, false])
    func `the excluded actions are those that the request needs`(hasTags: Bool) throws {
        let condition = #"{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#
        let causes = Self.explanation(denying: #""sts:*""#, condition, hasTags: hasTags).causes
        #expect(causes.count == 1)
        let further = hasTags ? " and sts:TagSession" : ""
        let fix = try #require(causes.first?.fix)
        #expect(fix.contains("exclude sts:AssumeRoleWithWebIdentity\(further) from its actions"), "\(fix)")
    }

    @Test func `a Deny statement for the session tags of a mapping names their action`() throws {
        let allowance = ChainFixture.allowance().replacing(#""sts:AssumeRole""#, with: #""sts:*""#)
        let denial = #"{"Effect":"Deny","Principal":"*","Action":"sts:TagSession"}"#
        for (tags, isDenied) in [(["team": "red"], true), ([:], false)] {
            let evidence = try ChainFixture.evidence("\(allowance),\(denial)", ChainedSession(tags: tags))
            let cause = Explanation(evidence).causes.first { $0.id == "denied-explicitly" }
            #expect((cause != nil) == isDenied)
            #expect(cause?.summary.contains("denies sts:TagSession, which the session's") != false)
        }
    }

    // Conditions on a tag that the request does not have.

    @Test(arguments: [2, 12])
    func `the tags of the token are listed if it lacks a required tag`(count: Int) throws {
        let tags = (0..<count).map { ("Key\($0 + 10)", JSONValue.array([.string("a")])) }
        let claim = JSONValue.object(["principal_tags": .object(Dictionary(uniqueKeysWithValues: tags))])
        let condition =
            EntraFixture.validCondition.dropLast() + #","StringLike":{"aws:RequestTag/owner":"a"}}"#
        var evidence = EvidenceFixture.policy(String(condition))
        evidence.token = .claims(EntraFixture.token(["https://aws.amazon.com/tags": claim]))
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "key-absent" })
        #expect(cause.summary.contains("; its session tags are Key10, Key11"), "\(cause.summary)")
        #expect(cause.summary.contains("Key19, and 2 more") == (count == 12), "\(cause.summary)")
        #expect(!cause.summary.contains("Key20"))
    }

    @Test func `the tags of the mapping are listed if it lacks a required tag`() throws {
        let statement = ChainFixture.allowance(#"{"StringEquals":{"aws:RequestTag/owner":"a"}}"#)
            .replacing(#""sts:AssumeRole""#, with: #""sts:*""#)
        let evidence = try ChainFixture.evidence(statement, ChainedSession(tags: ["team": "red"]))
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "session-tag-mismatch" })
        #expect(cause.evidence.hasSuffix("; its session tag is team"), "\(cause.evidence)")
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
