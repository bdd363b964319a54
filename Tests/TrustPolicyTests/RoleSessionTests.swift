import Federation
import TestSupport
import Testing

@testable import TrustPolicy

/// Policies of roles that a session of another role assumes.
@Suite(.computing) struct RoleSessionTests {
    private static let hub = "arn:aws:iam::111122223333:role/teams/hub"

    private func mapping(_ session: ChainedSession = ChainedSession()) throws -> RoleMapping {
        let hub = RoleMapping(
            id: "hub",
            identity: "vm",
            audience: "api://a",
            roleARN: try #require(RoleARN(Self.hub)),
            region: "eu-west-1",
            sessionName: "cambist-hub"
        )
        return RoleMapping(
            id: "spoke",
            identity: "vm",
            audience: "api://a",
            roleARN: try #require(RoleARN("arn:aws:iam::444455556666:role/spoke")),
            region: "eu-west-1",
            sessionName: "cambist-spoke",
            assumption: .hub(hub, session)
        )
    }

    private func verdict(
        principal: String = #"{"AWS":"\#(hub)"}"#,
        condition: String = "{}",
        actions: String = #""sts:AssumeRole""#,
        _ session: ChainedSession = ChainedSession()
    ) throws -> TrustVerdict {
        let policy = try TrustPolicy(
            parsing: """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":\(principal),"Action":[\(actions)],\
                "Condition":\(condition)}]}
                """
        )
        let mapping = try mapping(session)
        return policy.evaluate(try #require(TrustRequest(assuming: mapping)), then: mapping.furtherActions)
    }

    @Test func `a role's session has no user name`() throws {
        let condition = #"{"StringLike":{"sts:RoleSessionName":"${aws:username}"}}"#
        #expect(try verdict(condition: condition).decision == .deny)
        #expect(try verdict(condition: #"{"Null":{"aws:username":"true"}}"#).decision == .allow)
    }

    @Test func `a denied action decides the call, whatever an unknown value is`() throws {
        let condition = #"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#
        let session = ChainedSession(tags: ["team": "red"])
        #expect(try verdict(condition: condition).decision == .undetermined)
        #expect(try verdict(condition: condition, session).decision == .deny)
    }

    @Test(arguments: [
        (#"{"AWS":"arn:aws:iam::111122223333:role/teams/hub"}"#, PrincipalMatch.direct),
        (#"{"AWS":"arn:aws:sts::111122223333:assumed-role/hub/cambist-hub"}"#, .direct),
        (#"{"AWS":"arn:aws:iam::111122223333:root"}"#, .account), (#"{"AWS":"111122223333"}"#, .account),
        (#""*""#, .direct), (#"{"AWS":"*"}"#, .direct),
        (#"{"AWS":"arn:aws:iam::111122223333:role/hub"}"#, .none),
        (#"{"AWS":"arn:aws:sts::111122223333:assumed-role/hub/other"}"#, .none),
        (#"{"AWS":"444455556666"}"#, .none), (#"{"AWS":"AROAEXAMPLEEXAMPLE123"}"#, .none),
        (#"{"Federated":"arn:aws:iam::111122223333:oidc-provider/a.b/"}"#, .none),
    ])
    func `a principal includes a session by role, session, account, or everyone`(
        principal: String,
        match: PrincipalMatch
    ) throws {
        let verdict = try verdict(principal: principal)
        #expect(verdict.statements[0].principalMatch == match)
        #expect(verdict.decision == (match == .none ? .deny : .allow))
    }

    private static let whole = ChainedSession(
        externalID: "id-1",
        tags: ["team": "red"],
        transitiveTags: ["team"],
        sourceIdentity: "me"
    )
    private static let all = #""sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity""#

    @Test(arguments: [
        (
            #"{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/teams/hub"}}"#,
            TrustVerdict.Decision.allow
        ),
        (#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/teams/*"}}"#, .allow),
        (#"{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}"#, .allow),
        (#"{"StringEquals":{"sts:ExternalId":"id-1"}}"#, .allow),
        (#"{"StringEquals":{"sts:ExternalId":"id-2"}}"#, .deny),
        (#"{"StringEquals":{"aws:RequestTag/team":"red"}}"#, .allow),
        (#"{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}"#, .allow),
        (#"{"ForAnyValue:StringEquals":{"sts:TransitiveTagKeys":["team"]}}"#, .allow),
        (#"{"StringEquals":{"sts:SourceIdentity":"me"}}"#, .allow),
        (#"{"StringLike":{"sts:RoleSessionName":"cambist-*"}}"#, .allow),
        (#"{"StringEquals":{"aws:PrincipalTag/team":"red"}}"#, .undetermined),
        (#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#, .undetermined),
    ])
    func `the keys of a call are compared`(condition: String, decision: TrustVerdict.Decision) throws {
        #expect(try verdict(condition: condition, actions: Self.all, Self.whole).decision == decision)
    }

    @Test(arguments: [(#""sts:AssumeRole""#, "deny"), (all, "allow"), (#""sts:*""#, "allow")])
    func `session tags and a source identity require additional actions`(actions: String, decision: String)
        throws
    {
        #expect(try verdict(actions: actions, Self.whole).decision.rawValue == decision)
    }

    @Test(arguments: [
        (#"{"AWS":"111122223333"}"#, "{}", ["account-principal"]),
        (#"{"AWS":"arn:aws:iam::111122223333:root"}"#, "{}", ["account-principal"]),
        (#"{"AWS":"111122223333"}"#, #"{"StringEquals":{"sts:ExternalId":"id-1"}}"#, []),
        (
            #"{"AWS":"111122223333"}"#, #"{"StringEqualsIfExists":{"sts:ExternalId":"id-1"}}"#,
            ["account-principal"]
        ),
        (#"{"AWS":"*"}"#, "{}", ["principal-everyone", "no-caller-condition"]),
        (#"{"AWS":"\#(hub)"}"#, "{}", []),
        (#"{"AWS":"AROAEXAMPLEEXAMPLE123"}"#, "{}", ["principal-deleted"]),
        (#"{"AWS":"arn:aws:sts::111122223333:assumed-role/hub/x"}"#, "{}", ["session-principal"]),
    ])
    func `the weaknesses of a policy for role chaining are reported`(
        principal: String,
        condition: String,
        ids: [String]
    ) throws {
        let policy = try TrustPolicy(
            parsing: """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":\(principal),\
                "Action":"sts:AssumeRole","Condition":\(condition)}]}
                """
        )
        #expect(policy.lint().map(\.id) == ids)
    }
}
