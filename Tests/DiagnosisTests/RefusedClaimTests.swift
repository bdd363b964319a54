import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// A condition that AWS does not evaluate as its author means states a decision that no fix lifts.
@Suite(.computing) struct RefusedClaimTests {
    private static let issuer = EntraFixture.provider
    private static let noSlash = String(issuer.dropLast())
    private static let v2 = EvidenceFixture.versionTwoProvider
    private static let subject = EntraFixture.subject
    private static let client = EntraFixture.clientID
    private static let audience = EntraFixture.audience
    private static let other = EvidenceFixture.other
    private static let aud = #""\#(issuer):aud":"\#(audience)""#
    private static let me = #"\#(aud),"\#(issuer):sub":"\#(subject)""#
    private static let resource =
        "/subscriptions/1/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"

    private static func equals(_ conditions: String, effect: String = "Allow") -> String {
        PolicyHarmTests.statement(#""StringEquals":{\#(conditions)}"#, effect: effect)
    }

    private static func explanation(_ statements: String..., claims: Claims = EntraFixture.token())
        -> Explanation
    {
        Explanation(
            EvidenceFixture.evidence {
                let list = statements.joined(separator: ",")
                $0.policy = PolicyEvidence(document: #"{"Version":"2012-10-17","Statement":[\#(list)]}"#)
                $0.request.sourceIP = "198.51.100.7"
                $0.token = .claims(claims)
            }
        )
    }

    private static func expectNoChange(_ explanation: Explanation) {
        #expect(!explanation.settledBySetup.contains("sub-mismatch"))
        for cause in explanation.causes {
            #expect(!PolicyHarmTests.describesEdit(cause.fix), "\(cause.fix)")
            #expect(!cause.commands.contains { $0.contains("update-assume-role-policy") }, "\(cause.fix)")
        }
    }

    /// Source: reference on AWS, claims that are not keys of Entra's tokens.
    static let identities: [String] = [
        #"\#(aud),"\#(issuer):oid":"\#(other)""#, #"\#(aud),"\#(issuer):appid":"\#(other)""#,
        #"\#(aud),"\#(issuer):tid":"\#(other)""#, #"\#(me),"\#(issuer):oid":"\#(other)""#,
        #"\#(me),"\#(issuer):appid":"\#(other)""#, #"\#(me),"\#(issuer):azp":"other""#,
        #"\#(aud),"https://\#(issuer):oid":"\#(other)""#, #"\#(aud),"oid":"\#(other)""#,
        #""\#(noSlash):aud":"\#(audience)","\#(noSlash):sub":"\#(other)""#,
        #"\#(aud),"\#(issuer):subject":"\#(other)""#, #"\#(aud),"\#(noSlash):sub":"\#(other)""#,
        #""https://\#(issuer):aud":"\#(audience)","https://\#(issuer):sub":"\#(other)""#,
        #""\#(v2):aud":"\#(audience)","\#(v2):sub":"\#(other)""#, #"\#(aud),"sub":"\#(other)""#,
    ]

    @Test(arguments: identities)
    func `a condition that names another identity by a mistaken key is not changed`(conditions: String)
        throws
    {
        let explanation = Self.explanation(Self.equals(conditions))
        #expect(explanation.decision == .deny)
        let cause = try #require(explanation.causes.first { $0.id == "sub-mismatch" })
        #expect(cause.summary == "The role trusts another identity.")
        #expect(explanation.causes.contains { $0.fix.contains("is meant for another identity") })
        Self.expectNoChange(explanation)
    }

    @Test func `another client ID in the azp of a version 2 token names another identity`() throws {
        let arn = "arn:aws:iam::111122223333:oidc-provider/\(Self.v2)"
        let statement = PolicyHarmTests.statement(
            #""StringEquals":{"\#(Self.v2):aud":"\#(Self.client)","\#(Self.v2):azp":"other"}"#,
            principal: #"{"Federated":"\#(arn)"}"#
        )
        let explanation = Self.explanation(
            statement,
            claims: EntraFixture.token(EvidenceFixture.versionTwo)
        )
        #expect(explanation.causes.contains { $0.id == "sub-mismatch" }, "\(explanation.causes.map(\.id))")
        Self.expectNoChange(explanation)
    }

    @Test(arguments: [["Reader"], []])
    func `an app role that the token does not have is required in Entra`(roles: [String]) throws {
        let claims = EntraFixture.token(["roles": roles.isEmpty ? nil : .array(roles.map(JSONValue.string))])
        let explanation = Self.explanation(
            Self.equals(#"\#(Self.me),"\#(Self.issuer):roles":"Admin""#),
            claims: claims
        )
        let cause = try #require(explanation.causes.first { $0.id == "condition-key-unsupported" })
        #expect(cause.fix.contains("appRoleAssignmentRequired"))
        for cause in explanation.causes where cause.id == "condition-key-unsupported" {
            #expect(!PolicyHarmTests.describesEdit(cause.fix) && cause.commands.isEmpty, "\(cause.fix)")
        }
    }

    @Test(arguments: [
        ("token.actions.githubusercontent.com", "event_name", "push"),
        ("token.actions.githubusercontent.com", "head_ref", "main"),
        ("oidc.eks.eu-west-1.amazonaws.com/id/0123ABCD", "namespace", "prod"),
        ("oidc.eks.eu-west-1.amazonaws.com/id/0123ABCD", "kubernetes.io/namespace", "prod"),
    ])
    func `another issuer's claim value that the token does not have is not dropped`(
        issuer: String,
        claim: String,
        value: String
    ) throws {
        let key = #""\#(issuer):aud":"sts.amazonaws.com","\#(issuer):sub":"job""#
        for conditions in [key, #""\#(issuer):aud":"sts.amazonaws.com""#] {
            let statement = PolicyHarmTests.statement(
                #""StringEquals":{\#(conditions),"\#(issuer):\#(claim)":"\#(value)"}"#,
                principal: #"{"Federated":"arn:aws:iam::111122223333:oidc-provider/\#(issuer)"}"#
            )
            let evidence = EvidenceFixture.evidence {
                $0.policy = PolicyEvidence(document: #"{"Version":"2012-10-17","Statement":[\#(statement)]}"#)
                $0.token = .claims(
                    Claims(
                        header: ["alg": .string("RS256"), "kid": .string("k1")],
                        payload: [
                            "iss": .string("https://\(issuer)"), "aud": .string("sts.amazonaws.com"),
                            "sub": .string("job"), "iat": .integer(EntraFixture.issued),
                            "exp": .integer(EntraFixture.issued + 7200),
                            "event_name": .string("pull_request"),
                            "kubernetes.io": .object(["namespace": .string("dev")]),
                        ]
                    )
                )
                $0.providers = nil
                $0.identity = nil
                $0.request.audience = nil
                $0.request.appRole = nil
            }
            let explanation = Explanation(evidence)
            #expect(explanation.decision == .deny)
            #expect(explanation.causes.contains { $0.id == "condition-key-unsupported" })
            Self.expectNoChange(explanation)
        }
    }

    @Test(arguments: [
        #""StringNotEquals":{"\#(issuer):appid":"\#(client)"}"#,
        #""StringNotEquals":{"\#(issuer):oid":"\#(subject)"}"#,
        #""StringNotLike":{"\#(issuer):oid":"\#(subject.prefix(8))*"}"#,
        #""StringNotEquals":{"\#(issuer):xms_mirid":"\#(resource)"}"#,
        #""StringNotEquals":{"\#(noSlash):sub":"\#(subject)"}"#,
        #""ForAnyValue:StringNotEquals":{"\#(issuer):oid":"\#(subject)"}"#,
    ])
    func `an exclusion by a key that the request does not have is not undone`(exclusion: String) {
        let claims = EntraFixture.token(["xms_mirid": .string(Self.resource)])
        let mistakes = [
            #""\#(Self.noSlash):aud":"\#(Self.audience)""#, #""\#(Self.issuer):aud":"\#(Self.audience)/""#,
            #"\#(Self.aud),"\#(Self.issuer):sub":"\#(Self.client)""#,
            #"\#(Self.aud),"\#(Self.issuer):sub":"\#(Self.other)""#,
        ]
        for mistake in mistakes {
            let statement = PolicyHarmTests.statement(#""StringEquals":{\#(mistake)},\#(exclusion)"#)
            Self.expectNoChange(Self.explanation(statement, claims: claims))
        }
    }

    @Test(arguments: [
        #""\#(noSlash):sub":"\#(subject)""#, #""\#(issuer):sub":"\#(subject.uppercased())""#,
        #""\#(issuer):sub":"\#(subject) ""#, #""\#(issuer):sub":"\#(subject.dropLast())?""#,
        #""\#(issuer):oid":"\#(subject)""#, #""\#(issuer):appid":"\#(client)""#,
        #""\#(issuer):sub":"\#(client)""#, #""\#(v2):sub":"\#(subject)""#,
        #""https://\#(issuer):sub":"\#(subject)""#, #""\#(issuer):subject":"\#(subject)""#,
    ])
    func `a Deny statement that misses this identity by a mistake is corrected first`(conditions: String)
        throws
    {
        let denial = Self.equals(conditions, effect: "Deny")
        for allowed in [Self.other, Self.subject.uppercased()] {
            let allow = Self.equals(#"\#(Self.aud),"\#(Self.issuer):sub":"\#(allowed)""#)
            let explanation = Self.explanation(allow, denial)
            #expect(explanation.decision == .deny)
            let fix = try #require(explanation.causes.first).fix
            let reason = "Statement[1] is meant to deny the token's identity, but has no effect because of"
            #expect(fix.contains(reason), "\(fix)")
            Self.expectNoChange(explanation)
        }
    }

    @Test func `a Deny statement for another identity does not prevent a change`() {
        let allow = Self.equals(#"\#(Self.aud),"\#(Self.issuer):sub":"\#(Self.subject.uppercased())""#)
        let denial = Self.equals(#""\#(Self.issuer):oid":"\#(Self.other)""#, effect: "Deny")
        #expect(Self.explanation(allow, denial).causes.contains { !$0.commands.isEmpty })
    }

    @Test func `a restriction by a key that AWS does not have is not bypassed`() {
        let restricted = Self.equals(#"\#(Self.me),"\#(Self.issuer):roles":"Admin""#)
        let mistake = Self.equals(#"\#(Self.aud),"\#(Self.issuer):sub":"\#(Self.subject.uppercased())""#)
        Self.expectNoChange(Self.explanation(mistake, restricted))
    }

    @Test(arguments: [
        (#""Null":{"aws:SourceIp":"true"}"#, [String: [String]](), "through a VPC endpoint"),
        (#""Null":{"aws:SourceVpce":"true"}"#, ["aws:SourceVpce": ["vpce-1"]], "over the public network"),
    ])
    func `a condition on the network path is left unchanged`(
        condition: String,
        facts: [String: [String]],
        advice: String
    ) throws {
        let statement = PolicyHarmTests.statement(#""StringEquals":{\#(Self.me)},\#(condition)"#)
        let evidence = EvidenceFixture.evidence {
            $0.policy = PolicyEvidence(document: #"{"Version":"2012-10-17","Statement":[\#(statement)]}"#)
            $0.request.sourceIP = "198.51.100.7"
            $0.request.context = facts
        }
        let explanation = Explanation(evidence)
        let cause = try #require(explanation.causes.first { $0.id == "key-present" })
        #expect(cause.fix.contains(advice), "\(cause.fix)")
        Self.expectNoChange(explanation)
    }
}
