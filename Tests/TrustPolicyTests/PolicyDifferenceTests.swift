import Foundation
import TestSupport
import Testing

@testable import Federation
@testable import TrustPolicy

@Suite(.computing) struct PolicyDifferenceTests {
    private func differences(_ old: String, _ new: String) throws -> [PolicyDifference] {
        try TrustPolicy(parsing: old).differences(to: TrustPolicy(parsing: new))
    }

    @Test func `order, single values, Sids, and letter case of names are not differences`() throws {
        let one = """
            {"Version": "2012-10-17", "Id": "a", "Statement": [
              {"Sid": "x", "Effect": "Allow", "Principal": {"Federated": "\(EntraFixture.providerARN)"},
               "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
               "Condition": {"StringEquals": {"a.b:AUD": ["1", "2"]}}},
              {"Effect": "Deny", "Principal": "*", "Action": "sts:SetContext"}]}
            """
        let other = """
            {"Statement": [
              {"Action": ["sts:setcontext"], "Principal": {"AWS": ["*"]}, "Effect": "Deny"},
              {"Condition": {"StringEquals": {"a.b:aud": ["2", "1", "1"]}},
               "Action": ["sts:tagsession", "sts:AssumeRoleWithWebIdentity"],
               "Principal": {"Federated": ["\(EntraFixture.providerARN)"]}, "Effect": "Allow"}], "Version": "2012-10-17"}
            """
        #expect(try differences(one, other).isEmpty)
        #expect(try TrustPolicy(parsing: one).isEquivalent(to: TrustPolicy(parsing: other)))
    }

    @Test func `each test of a key counts, whatever the letter case of the key`() throws {
        func policy(_ tests: String) -> String {
            EntraFixture.policy(condition: #"{"StringEquals": {\#(tests)}}"#)
        }
        let both = policy(#""a.b:sub": "1", "a.b:SUB": "2""#)
        #expect(try differences(both, policy(#""a.b:Sub": "2", "a.b:sub": "1""#)).isEmpty)
        for single in ["1", "2"] {
            #expect(try !differences(both, policy(#""a.b:sub": "\#(single)""#)).isEmpty)
            #expect(try !differences(policy(#""a.b:sub": "\#(single)""#), both).isEmpty)
        }
    }

    @Test func `a changed value is named with its path`() throws {
        let old = EntraFixture.policy(condition: EntraFixture.validCondition)
        let new = old.replacing(EntraFixture.subject, with: "other")
        #expect(
            try differences(old, new) == [
                PolicyDifference(
                    path: "Statement[0].Condition.StringEquals.\(EntraFixture.provider):sub",
                    old: [EntraFixture.subject],
                    new: ["other"]
                )
            ]
        )
    }

    @Test func `version, effect, principal, action, and a removed condition are named`() throws {
        let old = EntraFixture.policy(condition: EntraFixture.validCondition)
        let new = EntraFixture.policy(
            version: "2008-10-17",
            effect: "Deny",
            principal: #"{"AWS": "111122223333"}"#,
            action: #""NotAction": "sts:AssumeRole""#
        )
        #expect(
            try differences(old, new).map(\.path) == [
                "Version", "Statement[0].Action",
                "Statement[0].Condition.StringEquals.\(EntraFixture.provider):aud",
                "Statement[0].Condition.StringEquals.\(EntraFixture.provider):sub", "Statement[0].Effect",
                "Statement[0].NotAction", "Statement[0].Principal.AWS", "Statement[0].Principal.Federated",
            ]
        )
    }

    @Test func `an added or removed statement is shown completely`() throws {
        let statement = #"{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:SetContext"}"#
        let short = #"{"Statement": [\#(statement)]}"#
        let long =
            #"{"Statement": [\#(statement), \#(statement.replacing("SetContext", with: "TagSession"))]}"#
        let added = try differences(short, long)
        #expect(added.map(\.path) == ["Statement[1]"])
        #expect(added.first?.old == [])
        #expect(added.first?.new.first?.contains("TagSession") == true)
        #expect(try differences(long, short).first?.new == [])
    }

    @Test(arguments: [
        EntraFixture.policy(condition: EntraFixture.validCondition),
        #"{"Id": "i", "Statement": {"Sid": "s", "Effect": "Deny", "Principal": {"AWS": ["111122223333", "444455556666"]}, "NotAction": "sts:*"}}"#,
    ])
    func `a policy survives writing and parsing`(text: String) throws {
        let policy = try TrustPolicy(parsing: text)
        #expect(try TrustPolicy(parsing: policy.document.compactText).isEquivalent(to: policy))
    }
}
