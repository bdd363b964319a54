import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// Deny statements whose values, or whose operator, cannot match the request.
///
/// Source: IAM user guide, condition operators: the values of Bool and Null are true or false, numeric operators
/// compare numbers, and date operators compare dates.
@Suite(.computing) struct IneffectiveDenialTests {
    private static let key = EntraFixture.provider
    private static let own =
        #""StringEquals":{"\#(key):aud":"\#(EntraFixture.audience)","\#(key):sub":"\#(EntraFixture.subject)"}"#
    private static let other =
        #""StringEquals":{"\#(key):aud":"\#(EntraFixture.audience)","\#(key):sub":"\#(EvidenceFixture.other)"}"#

    private static func explanation(
        _ condition: String,
        allowing allowance: String = own,
        provider: String = EntraFixture.providerARN
    ) -> Explanation {
        func statement(_ effect: String, _ provider: String, _ condition: String) -> String {
            """
            {"Effect":"\(effect)","Principal":{"Federated":"\(provider)"},\
            "Action":"sts:AssumeRoleWithWebIdentity","Condition":{\(condition)}}
            """
        }
        let statements = [
            statement("Allow", EntraFixture.providerARN, allowance), statement("Deny", provider, condition),
        ].joined(separator: ",")
        return Explanation(
            EvidenceFixture.evidence {
                $0.request.sourceIP = "198.51.100.7"
                $0.policy = PolicyEvidence(
                    document: #"{"Version":"2012-10-17","Statement":[\#(statements)]}"#
                )
            }
        )
    }

    static let mistakes: [(condition: String, reason: String)] = [
        (#""Null":{"\#(key):amr":"no"}"#, "Null cannot parse no"),
        (#""Bool":{"aws:SecureTransport":"yes"}"#, "Bool cannot parse yes"),
        (#""NumericLessThan":{"aws:EpochTime":"abc"}"#, "NumericLessThan cannot parse abc"),
        (
            #""IpAddress":{"aws:SourceIp":["203.0.113.0/24","198.51.100.0/33"]}"#,
            "cannot parse 198.51.100.0/33"
        ),
        (#""DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00"}"#, "cannot parse 2020-01-01T00:00:00"),
        // The value of the key is unknown.
        (#""Bool":{"aws:PrincipalAccount":"yes"}"#, "Bool cannot parse yes"),
        (
            #""StringEquals":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}"#,
            "the value of aws:CurrentTime is a date"
        ),
        (#""StringLike":{"aws:CurrentTime":"2020-*"}"#, "the value of aws:CurrentTime is a date"),
        (#""StringEquals":{"aws:EpochTime":"2026-01-01T00:00:00Z"}"#, "the value of aws:EpochTime is a date"),
    ]

    @Test(arguments: mistakes)
    func `a Deny statement that cannot match the request is reported`(condition: String, reason: String)
        throws
    {
        let explanation = Self.explanation(condition)
        #expect(explanation.decision == .allow)
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "denial-ineffective")
        #expect(
            cause.evidence.hasPrefix("Statement[1]: ") && cause.evidence.contains(reason),
            "\(cause.evidence)"
        )
        #expect(cause.fix.contains("Ask the author of Statement[1] to correct the statement"), "\(cause.fix)")
        #expect(explanation.causes.count == 1)
    }

    @Test(arguments: mistakes)
    func `no proposal bypasses a Deny statement that cannot match the request`(
        condition: String,
        reason: String
    ) throws {
        let explanation = Self.explanation(condition, allowing: Self.other)
        #expect(explanation.decision == .deny)
        #expect(!explanation.causes.flatMap(\.commands).contains { $0.contains("update-assume-role-policy") })
        #expect(explanation.causes.contains { $0.id == "denial-ineffective" })
    }

    @Test(arguments: [
        // The statement is for other requests, whatever its values mean.
        #""Null":{"\#(key):amr":"no"},"StringEquals":{"\#(key):sub":"\#(EvidenceFixture.other)"}"#,
        #""NumericLessThan":{"aws:MultiFactorAuthAge":"abc"}"#,
        #""StringEquals":{"aws:TokenIssueTime":"2026-01-01T00:00:00Z"}"#,
        #""NumericLessThan":{"aws:EpochTime":"5"}"#,
        #""DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}"#,
    ])
    func `a Deny statement that does not concern the request is not reported`(condition: String) {
        #expect(Self.explanation(condition).causes.isEmpty)
    }

    @Test func `a Deny statement for another provider is not reported`() {
        let provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
        #expect(Self.explanation(Self.mistakes[0].condition, provider: provider).causes.isEmpty)
    }

    @Test func `a Deny statement that cannot match a hub's call is reported`() throws {
        let denial =
            #"{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","#
            + #""Condition":{"Bool":{"aws:SecureTransport":"yes"}}}"#
        let evidence = try ChainFixture.evidence("\(ChainFixture.allowance()),\(denial)")
        #expect(Explanation(evidence).causes.contains { $0.id == "denial-ineffective" })
    }

    @Test(
        arguments: ["aws:CurrentTime", "aws:TokenIssueTime", "aws:EpochTime"],
        ["StringEquals", "StringLike"]
    )
    func `a text for a date is a weakness of each statement`(key: String, name: String) throws {
        for effect in ["Allow", "Deny"] {
            let policy = try TrustPolicy(
                parsing: """
                    {"Version":"2012-10-17","Statement":{"Effect":"\(effect)","Principal":{"AWS":"111122223333"},
                     "Action":"sts:AssumeRole","Condition":{"\(name)":{"\(key)":"2026-01-01T00:00:00Z"}}}}
                    """
            )
            #expect(policy.lint().contains { $0.id == "date-as-text" && $0.message.contains(key) })
        }
    }
}
