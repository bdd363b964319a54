import TestSupport
import Testing
import TrustPolicy

@testable import Diagnosis
@testable import Federation

/// The decisions of trust policies that setup must neither lift nor bypass.
@Suite(.limited) struct StatedDecisionTests {
    private static let issuer = EntraFixture.provider
    private static let noSlash = String(issuer.dropLast())
    private static let subject = EntraFixture.subject
    private static let other = EvidenceFixture.other
    private static let aud = #""\#(issuer):aud":"\#(EntraFixture.audience)""#
    private static let forOther = statement(#"\#(aud),"\#(issuer):sub":"\#(other)""#)

    private static func statement(_ conditions: String, effect: String = "Allow") -> String {
        PolicyHarmTests.statement(#""StringEquals":{\#(conditions)}"#, effect: effect)
    }

    /// Finds the decision that a further statement for the token lifts.
    private static func decision(_ statements: [String]) throws -> StatedDecision? {
        let evidence = EvidenceFixture.evidence {
            let list = statements.joined(separator: ",")
            $0.policy = PolicyEvidence(document: #"{"Version":"2012-10-17","Statement":[\#(list)]}"#)
        }
        let own = try TrustPolicy(parsing: EntraFixture.policy(condition: EntraFixture.validCondition))
        guard case .parsed(let policy) = evidence.policy else { return nil }
        return StatedDecision(liftedBy: policy.appending(own.statements[0]), in: evidence)
    }

    static let decisions: [(statements: [String], clause: String)] = [
        ([statement(#"\#(aud),"\#(issuer):oid":"\#(other)""#)], "Statement[0] means another identity"),
        (
            [statement(#"\#(aud),"\#(issuer):roles":"Admin""#)],
            "Statement[0] requires a value of roles that this token does not have"
        ),
        (
            [forOther, statement(#""\#(noSlash):sub":"\#(subject)""#, effect: "Deny")],
            "Statement[1] is meant to deny this identity"
        ),
        (
            [
                forOther,
                PolicyHarmTests.statement(
                    #""StringEquals":{\#(aud)},"StringNotEquals":{"\#(issuer):sub":"\#(subject)"}"#
                ),
            ],
            "Statement[1] excludes this subject or audience"
        ),
        (
            [
                statement(#"\#(aud),"\#(issuer):sub":"\#(subject.uppercased())""#),
                statement(#"\#(aud),"\#(issuer):sub":"\#(subject)","\#(issuer):roles":"Admin""#),
            ],
            "Statement[1] allows this identity only under the condition on \(issuer):roles"
        ),
    ]

    @Test(arguments: decisions)
    func `a decision names the statement that states it`(statements: [String], clause: String) throws {
        let decision = try #require(try Self.decision(statements))
        #expect(decision.clause.hasPrefix(clause), "\(decision.clause)")
        #expect(decision.question.hasSuffix(".") && decision.question.contains("ecide"))
    }

    @Test(arguments: [
        forOther, statement(#"\#(aud),"\#(issuer):oid":"\#(subject)""#),
        statement(#"\#(aud),"\#(issuer):roles":"AssumeRoleWithWebIdentity""#),
        statement(#"\#(aud),"\#(issuer):sub":"\#(subject)""#),
    ])
    func `a policy without a decision against the identity has none`(statement: String) throws {
        #expect(try Self.decision([statement]) == nil)
    }
}
