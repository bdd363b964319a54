import Foundation
import TestSupport
import Testing

@testable import Federation
@testable import TrustPolicy

@Suite(.computing) struct TrustVerdictTests {
    private func verdict(_ text: String, _ request: TrustRequest = EntraFixture.request()) throws
        -> TrustVerdict
    {
        try TrustPolicy(parsing: text).evaluate(request)
    }

    @Test func `a correct policy allows its identity`() throws {
        let verdict = try verdict(EntraFixture.policy(condition: EntraFixture.validCondition))
        #expect(verdict.decision == .allow)
        #expect(verdict.decidingStatement == 0)
        #expect(verdict.decidingCondition == nil)
    }

    @Test func `a denial names the condition, its required values, and the found values`() throws {
        let request = EntraFixture.request(claims: EntraFixture.token(["sub": .string("someone-else")]))
        let condition = try #require(
            try verdict(EntraFixture.policy(condition: EntraFixture.validCondition), request)
                .decidingCondition
        )
        #expect(condition.condition.operator.description == "StringEquals")
        #expect(condition.condition.key == "\(EntraFixture.provider):sub")
        #expect(condition.condition.values == [EntraFixture.subject])
        #expect(condition.found == ["someone-else"])
        #expect(condition.outcome == .no)
    }

    @Test(arguments: [
        (
            EntraFixture.providerARN.replacing(EntraFixture.tenant, with: "other"),
            "sts:AssumeRoleWithWebIdentity"
        ),
        (EntraFixture.providerARN, "sts:AssumeRole"),
    ])
    func `another principal or action denies without a condition`(principal: String, action: String) throws {
        let verdict = try verdict(
            EntraFixture.policy(
                condition: EntraFixture.validCondition,
                principal: #"{"Federated": "\#(principal)"}"#,
                action: #""Action": "\#(action)""#
            )
        )
        #expect(verdict.decision == .deny)
        #expect(verdict.decidingStatement == 0)
        #expect(verdict.decidingCondition == nil)
    }

    @Test func `the verdict names the nearest statement`() throws {
        let far =
            #"{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}"#
        let near = """
            {"Effect": "Allow", "Principal": {"Federated": "\(EntraFixture.providerARN)"}, "Action": "sts:*",
             "Condition": {"StringEquals": {"\(EntraFixture.provider):sub": "x"}}}
            """
        let verdict = try verdict(#"{"Version": "2012-10-17", "Statement": [\#(far), \#(near)]}"#)
        #expect(verdict.decidingStatement == 1)
        #expect(verdict.decidingCondition?.condition.key == "\(EntraFixture.provider):sub")
    }

    @Test func `one statement that allows the call suffices`() throws {
        let refusing =
            #"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}"#
        let allowing = #"{"Effect": "Allow", "Principal": "*", "NotAction": "sts:TagSession"}"#
        let verdict = try verdict(#"{"Statement": [\#(refusing), \#(allowing)]}"#)
        #expect(verdict.decision == .allow)
        #expect(verdict.decidingStatement == 1)
    }

    @Test func `a Deny statement overrides an Allow statement`() throws {
        let verdict = try verdict(
            EntraFixture.withDenial(
                """
                {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRoleWithWebIdentity",
                 "Condition": {"StringNotEquals": {"sts:RoleSessionName": "x"}}}
                """
            )
        )
        #expect(verdict.decision == .explicitDeny)
        #expect(verdict.decidingStatement == 1)
        #expect(verdict.decidingCondition?.found == ["cambist-audit"])
    }

    @Test func `a key that only AWS knows leaves the decision undetermined and is named`() throws {
        let condition = #"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#
        let verdict = try verdict(EntraFixture.policy(condition: condition))
        #expect(verdict.decision == .undetermined)
        #expect(verdict.unknownKeys == ["aws:SourceIp"])
        #expect(verdict.decidingCondition?.condition.key == "aws:SourceIp")
    }

    /// Source: AWS re:Post, "How do I restrict access to AWS resources": "Only public IP addresses or public IP ranges are
    /// supported", and a request through a VPC endpoint lacks the key.
    @Test(arguments: [
        ("IpAddress", #"["10.0.0.0/8", "172.31.0.0/16", "192.168.1.7", "fd00::/8"]"#, TernaryResult.no),
        ("NotIpAddress", #""10.0.0.0/8""#, .yes),
        ("IpAddressIfExists", #""10.0.0.0/8""#, .unknown),
        ("IpAddress", #"["10.0.0.0/8", "203.0.113.0/24"]"#, .unknown),
        ("IpAddress", #""172.0.0.0/8""#, .unknown),
    ])
    func `a source address is never private`(name: String, values: String, outcome: TernaryResult) throws {
        let condition = #"{"\#(name)": {"aws:SourceIp": \#(values)}}"#
        let verdict = try verdict(EntraFixture.policy(condition: condition))
        #expect(verdict.statements[0].outcome == outcome)
    }

    @Test func `an unknown key does not matter if another condition fails`() throws {
        let condition =
            #"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "StringEquals": {"\#(EntraFixture.provider):sub": "x"}}"#
        #expect(try verdict(EntraFixture.policy(condition: condition)).decision == .deny)
    }

    @Test func `a Deny statement that may apply does not matter if no statement allows`() throws {
        let text = """
            {"Version": "2012-10-17", "Statement": [
              {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:*"},
              {"Effect": "Deny", "Principal": "*", "Action": "sts:*",
               "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}]}
            """
        #expect(try verdict(text).decision == .deny)
    }

    @Test func `a Deny statement that may apply leaves the decision undetermined`() throws {
        let denial = """
            {"Effect": "Deny", "Principal": "*", "Action": "sts:*",
             "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
            """
        let verdict = try verdict(EntraFixture.withDenial(denial))
        #expect(verdict.decision == .undetermined)
        #expect(verdict.decidingStatement == 1)
    }
}

@Suite(.computing) struct RequestContextTests {
    private func context(_ claims: Claims) -> RequestContext {
        RequestContext(claims: claims, federatedPrincipal: EntraFixture.providerARN, at: EntraFixture.now)
    }

    @Test func `a version 1 token sets aud and sub under the provider's URL`() {
        let context = context(EntraFixture.token())
        #expect(context["\(EntraFixture.provider):aud"] == .values([EntraFixture.audience]))
        #expect(context["\(EntraFixture.provider):sub"] == .values([EntraFixture.subject]))
        #expect(context["\(EntraFixture.provider):oaud"] == nil)
        #expect(context["sts.windows.net/\(EntraFixture.tenant):aud"] == nil)
        #expect(context["aws:FederatedProvider"] == .values([EntraFixture.providerARN]))
        #expect(context["aws:CurrentTime"] == .values(["2025-10-09T09:53:20Z"]))
        #expect(context["aws:EpochTime"] == .values(["1760003600"]))
    }

    @Test func `azp replaces aud, which moves to oaud`() {
        let claims = EntraFixture.token([
            "iss": .string("https://login.microsoftonline.com/t/v2.0"), "aud": .string("resource"),
            "azp": .string("client"), "amr": .array([.string("pwd"), .string("mfa")]),
        ])
        let context = context(claims)
        #expect(context["login.microsoftonline.com/t/v2.0:aud"] == .values(["client"]))
        #expect(context["login.microsoftonline.com/t/v2.0:oaud"] == .values(["resource"]))
        #expect(context["login.microsoftonline.com/t/v2.0:amr"] == .values(["pwd", "mfa"]))
    }

    @Test(arguments: [
        "aws:SourceIp", "aws:UserAgent", "sts:RoleSessionName", "aws:ResourceTag/team",
        "iam:ResourceTag/x",
    ])
    func `a key that only AWS knows is unknown`(_ key: String) {
        #expect(context(EntraFixture.token())[key] == .unknown)
    }

    @Test(arguments: [
        "aws:PrincipalArn", "sts:ExternalId", "aws:MultiFactorAuthPresent", "\(EntraFixture.provider):oid",
    ])
    func `a key that AWS does not set for web identities is absent`(_ key: String) {
        #expect(context(EntraFixture.token())[key] == nil)
    }

    @Test func `the token's session tags and source identity set condition keys`() {
        let context = context(
            EntraFixture.token([
                "https://aws.amazon.com/tags": .object([
                    "principal_tags": .object(["team": .array([.string("red")])]),
                    "transitive_tag_keys": .array([.string("team")]),
                ]), "https://aws.amazon.com/source_identity": .string("ann"),
            ])
        )
        #expect(context["aws:RequestTag/team"] == .values(["red"]))
        #expect(context["aws:TagKeys"] == .values(["team"]))
        #expect(context["sts:TransitiveTagKeys"] == .values(["team"]))
        #expect(context["sts:SourceIdentity"] == .values(["ann"]))
    }
}
