import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// The reasons that a Deny statement matches a token, and the changes that exempt it.
@Suite(.limited) struct ExplicitDenialTests {
    private static let key = EntraFixture.provider

    /// Returns the evidence of a policy that allows the token, with a Deny statement.
    private static func evidence(
        _ condition: String?,
        principal: String = #""*""#,
        action: String = "sts:*",
        version: String = "2012-10-17"
    ) -> Evidence {
        let condition = condition.map { #","Condition":\#($0)"# } ?? ""
        return EvidenceFixture.evidence {
            $0.request.sourceIP = "198.51.100.7"
            $0.policy = PolicyEvidence(
                document: """
                    {"Version":"\(version)","Statement":[
                      {"Effect":"Allow","Principal":{"Federated":"\(EntraFixture.providerARN)"},\
                    "Action":"sts:AssumeRoleWithWebIdentity","Condition":\(EntraFixture.validCondition)},
                      {"Effect":"Deny","Principal":\(principal),"Action":"\(action)"\(condition)}]}
                    """
            )
        }
    }

    /// Conditions that match because the request lacks the key.
    static let absent: [(condition: String, key: String, reason: String)] = [
        (
            #"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#, "aws:MultiFactorAuthPresent",
            "only a request that is signed with AWS credentials"
        ),
        (#"{"Null":{"aws:MultiFactorAuthAge":"true"}}"#, "aws:MultiFactorAuthAge", "AWS credentials"),
        (#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#, "aws:PrincipalOrgID", "AWS credentials"),
        (
            #"{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}}"#, "aws:PrincipalOrgID",
            "AWS credentials"
        ),
        (
            #"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}"#, "aws:PrincipalArn",
            "AWS credentials"
        ),
        (#"{"ForAllValues:StringNotEquals":{"aws:TagKeys":"team"}}"#, "aws:TagKeys", "no session tags"),
        (#"{"Null":{"aws:RequestTag/team":"true"}}"#, "aws:RequestTag/team", "no session tag team"),
        (#"{"StringNotEquals":{"sts:ExternalId":"x"}}"#, "sts:ExternalId", "parameter ExternalId"),
        (
            #"{"StringNotLike":{"token.actions.githubusercontent.com:sub":"repo:a/*"}}"#,
            "token.actions.githubusercontent.com:sub", "only for tokens of the provider token.actions"
        ),
    ]

    @Test(arguments: absent)
    func `a Deny statement on a key that no token has is named`(
        condition: String,
        key: String,
        reason: String
    )
        throws
    {
        let cause = try #require(Explanation(Self.evidence(condition)).causes.first)
        #expect(cause.id == "denied-explicitly" && cause.evidence.hasPrefix("Statement[1]: "))
        #expect(cause.evidence.contains("\(key) requires "), "\(cause.evidence)")
        #expect(cause.advice.hasPrefix("The request has no \(key): "), "\(cause.advice)")
        #expect(cause.advice.contains(reason), "\(cause.advice)")
        #expect(cause.advice.contains("exclude sts:AssumeRoleWithWebIdentity from its actions"))
        #expect(cause.advice.contains("StringNotEquals on \(Self.key):sub with \(EntraFixture.subject)"))
    }

    /// Statements that are meant to exempt the token.
    static let mistakes: [(condition: String, version: String, part: String)] = [
        (
            #"{"StringNotEquals":{"https://\#(key):sub":"\#(EntraFixture.subject)"}}"#, "2012-10-17",
            "AWS omits in condition keys: it must be \(key):sub"
        ),
        (
            #"{"StringNotEquals":{"\#(key):subject":"\#(EntraFixture.subject)"}}"#, "2012-10-17",
            "misspelled, so that no request has the key: it must be \(key):sub"
        ),
        (
            #"{"StringNotEquals":{"\#(key):sub":"\#(EntraFixture.clientID)"}}"#, "2012-10-17",
            "the identity's client ID, but sub is its object ID"
        ),
        (
            #"{"StringNotEquals":{"\#(key):sub":"\#(EntraFixture.tenant)"}}"#, "2012-10-17",
            "the required value is the token's tid"
        ),
        (
            #"{"StringNotEquals":{"\#(key):aud":"\#(EntraFixture.audience)/"}}"#, "2012-10-17",
            "only in the trailing slash"
        ),
        (
            #"{"StringNotEquals":{"sts:RoleSessionName":"${\#(key):sub}"}}"#, "2008-10-17",
            "policy variables require"
        ),
        (
            #"{"StringNotEquals":{"\#(key):sub":"${\#(key):sub}"}}"#, "2008-10-17",
            #"policy variables require "Version": "2012-10-17""#
        ),
        (#"{"Null":{"\#(key):subj":"true"}}"#, "2012-10-17", "it must be \(key):sub"),
    ]

    @Test(arguments: mistakes)
    func `a mistake in the exemption of a Deny statement is named`(
        condition: String,
        version: String,
        part: String
    ) throws {
        let cause = try #require(Explanation(Self.evidence(condition, version: version)).causes.first)
        #expect(cause.id == "denied-explicitly")
        #expect(cause.advice.hasPrefix("Correct the Deny statement Statement[1], which does not exempt"))
        #expect(cause.advice.contains(part), "\(cause.advice)")
    }

    @Test func `the address list of a Deny statement is named`() throws {
        let condition = #"{"NotIpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]}}"#
        let cause = try #require(Explanation(Self.evidence(condition)).causes.first)
        #expect(cause.advice.hasPrefix("Make the call from an address in 203.0.113.0/24 or 2001:db8::/32"))
        #expect(cause.advice.contains("egress address), which is 198.51.100.7"), "\(cause.advice)")
        var unknown = Self.evidence(condition)
        unknown.request.sourceIP = nil
        let open = try #require(Explanation(unknown).causes.first)
        #expect(open.id == "depends-on-unknown" && open.evidence.hasPrefix("Statement[1] (Deny): "))
        #expect(open.evidence.contains("203.0.113.0/24") && open.advice.contains("egress address) decides"))
    }

    @Test(arguments: [
        (#""*""#, "sts:*", "Statement[1] denies sts:* to every principal"),
        (
            #"{"Federated":"\#(EntraFixture.providerARN)"}"#, "sts:AssumeRoleWithWebIdentity",
            "Statement[1] denies sts:AssumeRoleWithWebIdentity to \(EntraFixture.providerARN)"
        ),
    ])
    func `a Deny statement without a condition is not narrowed`(
        principal: String,
        action: String,
        advice: String
    ) throws {
        let evidence = Self.evidence(nil, principal: principal, action: action)
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.advice.hasPrefix(advice), "\(cause.advice)")
        #expect(cause.advice.contains("Decide whether") && !cause.advice.contains("narrow"))
        #expect(cause.evidence.hasPrefix("Statement[1] has no condition"))
    }

    @Test(arguments: [
        #"{"StringEquals":{"\#(key):sub":["x","\#(EntraFixture.subject)"]}}"#,
        #"{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}"#,
    ])
    func `the values that a Deny statement denies are named`(condition: String) throws {
        let cause = try #require(Explanation(Self.evidence(condition)).causes.first)
        #expect(
            cause.advice.hasPrefix("The Deny statement Statement[1] denies requests whose "),
            "\(cause.advice)"
        )
        #expect(cause.advice.hasSuffix("only if this identity may assume the role."))
    }

    @Test func `the values that a Deny statement exempts are named`() throws {
        let condition = #"{"StringNotEquals":{"\#(Self.key):sub":"\#(EvidenceFixture.other)"}}"#
        let cause = try #require(Explanation(Self.evidence(condition)).causes.first)
        #expect(cause.advice.contains("exempts only \(EvidenceFixture.other)"), "\(cause.advice)")
        #expect(cause.advice.contains("add \(EntraFixture.subject) to the values of \(Self.key):sub"))
    }
}
