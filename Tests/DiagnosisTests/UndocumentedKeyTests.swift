import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// A condition key that AWS's documentation does not have, and that resembles no key of AWS.
///
/// Source: IAM user guide, AWS global condition context keys, and condition operators: a negated operator and a
/// condition with IfExists match a request without the key.
@Suite(.computing) struct UndocumentedKeyTests {
    private static let key = EntraFixture.provider
    private static let unknown = "aws:MemberTeam"

    private static func equals(_ subject: String) -> String {
        #""StringEquals":{"\#(key):aud":"\#(EntraFixture.audience)","\#(key):sub":"\#(subject)"}"#
    }

    private static func statement(_ condition: String, effect: String = "Allow") -> String {
        """
        {"Effect":"\(effect)","Principal":{"Federated":"\(EntraFixture.providerARN)"},\
        "Action":"sts:AssumeRoleWithWebIdentity","Condition":{\(condition)}}
        """
    }

    private static func explanation(
        _ statements: [String],
        _ change: (inout Evidence) -> Void = { _ in }
    ) -> Explanation {
        Explanation(
            EvidenceFixture.evidence {
                let list = statements.joined(separator: ",")
                $0.policy = PolicyEvidence(document: #"{"Version":"2012-10-17","Statement":[\#(list)]}"#)
                change(&$0)
            }
        )
    }

    // Proposals that copy the condition.

    @Test(arguments: [
        (#""StringNotLike":{"aws:MemberTeam":"red"}"#, "restrict nothing"),
        (#""StringLikeIfExists":{"aws:MemberTeam":"red"}"#, "restrict nothing"),
        (#""StringLike":{"aws:MemberTeam":"red"}"#, "never hold"),
    ])
    func `a proposal names the copied condition whose key AWS does not document`(
        condition: String,
        effect: String
    ) throws {
        let statement = Self.statement("\(Self.equals(EvidenceFixture.other)),\(condition)")
        let explanation = Self.explanation([statement]) { $0.request.context[Self.unknown] = ["red"] }
        // With this value, only the second condition is met and copied; without a value, only the first and the second.
        let absent = Self.explanation([statement])
        let fixes = (explanation.causes + absent.causes).filter { !$0.commands.isEmpty }.map(\.fix)
        try #require(!fixes.isEmpty)
        for fix in fixes {
            #expect(
                fix.contains(
                    "; the copied condition on aws:MemberTeam has a key that AWS does not document, so that it "
                        + "may \(effect); decide whether to keep this condition:"
                ),
                "\(fix)"
            )
        }
    }

    @Test func `a proposal without such a condition has no remark`() throws {
        let statement = Self.statement(
            #"\#(Self.equals(EvidenceFixture.other)),"StringNotLike":{"aws:UserAgent":"curl*"}"#
        )
        let cause = try #require(Self.explanation([statement]).causes.first)
        #expect(!cause.commands.isEmpty && !cause.fix.contains("AWS does not document"), "\(cause.fix)")
    }

    @Test func `a proposal for a hub names the copied condition`() throws {
        let statement =
            #"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/other"},"Action":"sts:AssumeRole","#
            + #""Condition":{"StringNotEquals":{"aws:MemberTeam":"red"}}}"#
        let cause = try #require(Explanation(ChainFixture.evidence(statement)).causes.first)
        #expect(cause.fix.contains("the copied condition on aws:MemberTeam has a key"), "\(cause.fix)")
    }

    // Deny statements.

    @Test(arguments: [
        #""StringNotEquals":{"aws:MemberTeam":"red"}"#, #""StringEqualsIfExists":{"aws:MemberTeam":"red"}"#,
        #""Null":{"aws:MemberTeam":"true"}"#, #""StringNotLike":{"sts:Petname":"red"}"#,
    ])
    func `a denial by a key that AWS does not document is a question to the author`(condition: String) throws
    {
        let explanation = Self.explanation([
            Self.statement(Self.equals(EntraFixture.subject)), Self.statement(condition, effect: "Deny"),
        ])
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "denied-explicitly")
        #expect(cause.fix.hasPrefix("AWS does not document the key "), "\(cause.fix)")
        let question = try #require(
            cause.fix.firstRange(of: "Ask the author of Statement[1] to correct the key or to remove")
        )
        #expect(!cause.fix[..<question.lowerBound].contains("exempt"), "\(cause.fix)")
        #expect(!cause.fix.contains("from its actions"), "\(cause.fix)")
    }

    @Test(arguments: [
        #""StringEquals":{"aws:MemberTeam":"red"}"#, #""Null":{"aws:MemberTeam":"false"}"#,
        #""IpAddress":{"aws:SourceIpp":"198.51.100.0/24"}"#,
    ])
    func `a Deny statement that does not apply because of its key is reported`(condition: String) throws {
        let explanation = Self.explanation([
            Self.statement(Self.equals(EntraFixture.subject)), Self.statement(condition, effect: "Deny"),
        ]) { $0.request.sourceIP = "198.51.100.7" }
        #expect(explanation.decision == .allow)
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "denial-ineffective", "\(cause)")
        #expect(cause.fix.contains("Ask the author of Statement[1]"), "\(cause.fix)")
        #expect(cause.fix.contains("must be a key that AWS documents"), "\(cause.fix)")
    }

    @Test(arguments: [
        (#""StringNotEquals":{"aws:MemberTeam":"red"}"#, "matches every request"),
        (#""StringEquals":{"aws:MemberTeam":"red"}"#, "matches no request"),
        (#""StringEquals":{"aws:RequestTag/MemberTeam":"red"}"#, nil),
        (#""Bool":{"aws:ViaAWSMCPService":"true"}"#, nil), (#""StringEquals":{"s3:prefix":"red"}"#, nil),
    ])
    func `a key that AWS does not document is a weakness`(condition: String, text: String?) throws {
        let policy = try TrustPolicy(
            parsing: #"{"Version":"2012-10-17","Statement":[\#(Self.statement(condition))]}"#
        )
        let finding = policy.lint().first { $0.id == "unknown-key" }
        #expect((finding == nil) == (text == nil))
        if let text { #expect(finding?.message.contains(text) == true) }
    }
}
