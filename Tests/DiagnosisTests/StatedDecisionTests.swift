import TestSupport
import Testing
import TrustPolicy

@testable import Diagnosis
@testable import Federation

/// The decisions of trust policies that setup must neither lift nor bypass.
@Suite(.computing) struct StatedDecisionTests {
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
            $0.request.sourceIP = "198.51.100.7"
            let list = statements.joined(separator: ",")
            $0.policy = PolicyEvidence(document: #"{"Version":"2012-10-17","Statement":[\#(list)]}"#)
        }
        let own = try TrustPolicy(parsing: EntraFixture.policy(condition: EntraFixture.validCondition))
        guard case .parsed(let policy) = evidence.policy else { return nil }
        return StatedDecision(liftedBy: policy.appending(own.statements[0]), in: evidence)
    }

    static let decisions: [(statements: [String], clause: String)] = [
        ([statement(#"\#(aud),"\#(issuer):oid":"\#(other)""#)], "Statement[0] is meant for another identity"),
        (
            [statement(#"\#(aud),"\#(issuer):roles":"Admin""#)],
            "Statement[0] requires a value of roles that this token does not have"
        ),
        (
            [forOther, statement(#""\#(noSlash):sub":"\#(subject)""#, effect: "Deny")],
            "Statement[1] is meant to deny the token's identity"
        ),
        (
            [
                forOther,
                PolicyHarmTests.statement(
                    #""StringEquals":{\#(aud)},"StringNotEquals":{"\#(issuer):sub":"\#(subject)"}"#
                ),
            ],
            "Statement[1] excludes the token's subject or audience"
        ),
        (
            [
                statement(#"\#(aud),"\#(issuer):sub":"\#(subject.uppercased())""#),
                statement(#"\#(aud),"\#(issuer):sub":"\#(subject)","\#(issuer):roles":"Admin""#),
            ],
            "Statement[1] allows the token's identity only under the condition on \(issuer):roles"
        ),
    ]

    /// Conditions of a Deny statement whose operator cannot match the request's value, and the reason.
    ///
    /// Source: IAM user guide, condition operators: a value of another type does not match.
    static let ineffectiveDenials: [(condition: String, reason: String)] = [
        (#""NumericEquals":{"\#(issuer):sub":"\#(subject)"}"#, "NumericEquals cannot compare the value of"),
        (#""ArnLike":{"\#(issuer):sub":"*"}"#, "ArnLike cannot compare the value of"),
        (#""BinaryEquals":{"\#(issuer):sub":"\#(subject)"}"#, "BinaryEquals cannot compare the value of"),
        (#""NumericNotEquals":{"\#(issuer):sub":"\#(other)"}"#, "NumericNotEquals cannot compare"),
        (#""Bool":{"\#(issuer):sub":"true"}"#, "Bool cannot compare the value of \(issuer):sub (\(subject))"),
        (#""IpAddress":{"\#(issuer):aud":"10.0.0.0/8"}"#, "IpAddress cannot compare the value of"),
        (#""Bool":{"aws:SourceIp":"true"}"#, "Bool cannot compare the value of aws:SourceIp"),
        (#""NumericLessThan":{"aws:CurrentTime":"1"}"#, "NumericLessThan cannot compare the value of"),
        (#""StringEquals":{"aws:SourceIp":"198.51.100.0/24"}"#, "a range of addresses matches no address"),
        (#""DateGreaterThan":{"aws:CurrentTime":"today"}"#, "DateGreaterThan cannot parse today"),
        (
            #""NumericEquals":{"\#(issuer):sub":"\#(subject)"},"StringEquals":{"\#(noSlash):aud":"\#(EntraFixture.audience)"}"#,
            "NumericEquals cannot compare"
        ),
    ]

    @Test(arguments: ineffectiveDenials)
    func `a Deny statement whose operator cannot match is a decision to make`(
        condition: String,
        reason: String
    ) throws {
        let denial = PolicyHarmTests.statement(condition, effect: "Deny")
        let decision = try #require(try Self.decision([Self.forOther, denial]))
        #expect(decision.clause.hasPrefix("the Deny statement Statement[1] does not match the token"))
        #expect(decision.clause.contains(reason), "\(decision.clause)")
        #expect(decision.question.hasPrefix("Correct the Deny statement Statement[1], or decide"))
    }

    @Test(arguments: [
        #""NumericEquals":{"\#(issuer):sub":"\#(other)"}"#,
        #""NumericNotEquals":{"\#(issuer):sub":"\#(subject)"}"#,
        #""NumericEquals":{"\#(issuer):sub":"\#(subject)"},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#,
        #""IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#, #""Bool":{"aws:SecureTransport":"false"}"#,
        #""DateGreaterThan":{"aws:CurrentTime":"2099-01-01T00:00:00Z"}"#,
        #""StringEquals":{"aws:SourceIp":"203.0.113.0/24"}"#,
    ])
    func `a Deny statement for other requests states no decision`(condition: String) throws {
        let denial = PolicyHarmTests.statement(condition, effect: "Deny")
        #expect(try Self.decision([Self.forOther, denial]) == nil)
    }

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
