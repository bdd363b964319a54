import AWS
import Federation
import Foundation
import TestSupport
import Testing

@testable import Simulator

/// AssumeRole: AWS's order of checks, its texts, and what a session inherits.
@Suite(.limited) struct AssumeRoleTests {
    private static let spoke = "arn:aws:iam::444455556666:role/spoke"
    private static let denied =
        "403 AccessDenied: User: arn:aws:sts::111122223333:assumed-role/audit/cambist-audit is not authorized to "
        + "perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/spoke"

    /// A permissions policy of the hub's role.
    private static func permission(_ actions: String = "sts:AssumeRole", on resource: String = spoke)
        -> String
    {
        """
        {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":[\(quoted(actions))],"Resource":"\(resource)"}}
        """
    }

    private static func trust(
        _ principal: String = AWSHarness.roleARN,
        actions: String = "sts:AssumeRole",
        condition: String = "{}"
    ) -> String {
        """
        {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"\(principal)"},\
        "Action":[\(quoted(actions))],"Condition":\(condition)}]}
        """
    }

    private static func quoted(_ words: String) -> String {
        words.split(separator: ",").map { "\"\($0)\"" }.joined(separator: ",")
    }

    /// An AWS with a hub in one account and a spoke in another.
    private static func harness(
        trust: String = trust(),
        permission: String? = permission(),
        _ change: (inout AWSSetup) -> Void = { _ in }
    ) async throws -> AWSHarness {
        try await AWSHarness { setup in
            setup.accounts[0].roles[0].inlinePolicies["assume"] = permission
            setup.accounts[0].roles[0].maxSession = .seconds(43_200)
            let role = AWSSetup.Role(name: "spoke", trustPolicy: trust, maxSession: .seconds(43_200))
            setup.accounts.append(AWSSetup.Account(id: "444455556666", roles: [role]))
            change(&setup)
        }
    }

    private static func assume(
        _ harness: AWSHarness,
        _ parameters: [String: String?] = [:],
        as credentials: SigningCredentials? = nil
    ) async throws -> Answer {
        let caller =
            if let credentials { credentials } else { try await harness.exchange().credentials }
        let form: [String: String] = [
            "Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": spoke, "RoleSessionName": "chained",
        ]
        return await harness.send(
            SignedCall(form.changed(by: parameters), .sts(region: "eu-west-1"), caller)
        )
    }

    @Test func `a hub's session assumes a role in another account`() async throws {
        let harness = try await Self.harness()
        let answer = try await Self.assume(harness)
        #expect(answer.status == 200)
        #expect(answer["Arn"] == "arn:aws:sts::444455556666:assumed-role/spoke/chained")
        #expect(answer["SubjectFromWebIdentityToken"] == nil)
        let caller = await harness.callerIdentity(answer.credentials)
        #expect(caller["Arn"] == "arn:aws:sts::444455556666:assumed-role/spoke/chained")
    }

    /// Both sides of a call, its parameters, and AWS's answer.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var trust = AssumeRoleTests.trust()
        var permission: String? = AssumeRoleTests.permission()
        var parameters: [String: String?] = [:]
        let refusal: String
    }

    static let cases: [Case] = [
        Case(testDescription: "no permission", permission: nil, refusal: denied),
        Case(
            testDescription: "a permission on another role",
            permission: permission(on: "arn:aws:iam::444455556666:role/other"),
            refusal: denied
        ),
        Case(
            testDescription: "another principal",
            trust: trust("arn:aws:iam::111122223333:role/other"),
            refusal: denied
        ),
        Case(
            testDescription: "a missing external ID",
            trust: trust(condition: #"{"StringEquals":{"sts:ExternalId":"one"}}"#),
            refusal: denied
        ),
        Case(
            testDescription: "a wrong external ID",
            trust: trust(condition: #"{"StringEquals":{"sts:ExternalId":"one"}}"#),
            parameters: ["ExternalId": "two"],
            refusal: denied
        ),
        Case(
            testDescription: "a role that does not exist",
            parameters: ["RoleArn": "arn:aws:iam::444455556666:role/none"],
            refusal: denied.replacing("role/spoke", with: "role/none")
        ),
        Case(
            testDescription: "tags that the trust policy does not allow",
            permission: permission("sts:*"),
            parameters: ["Tags.member.1.Key": "team", "Tags.member.1.Value": "x"],
            refusal: denied.replacing("sts:AssumeRole on", with: "sts:TagSession on")
        ),
        Case(
            testDescription: "a source identity that the hub may not set",
            trust: trust(actions: "sts:AssumeRole,sts:SetSourceIdentity"),
            parameters: ["SourceIdentity": "me"],
            refusal: denied.replacing("sts:AssumeRole on", with: "sts:SetSourceIdentity on")
        ),
        Case(
            testDescription: "more than one hour",
            parameters: ["DurationSeconds": "3601"],
            refusal:
                "400 ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed "
                + "by role chaining."
        ),
        Case(
            testDescription: "a short external ID",
            parameters: ["ExternalId": "x"],
            refusal:
                "400 ValidationError: 1 validation error detected: Value 'x' at 'externalId' failed to satisfy "
                + "constraint: Member must have length greater than or equal to 2"
        ),
        Case(
            testDescription: "an external ID with a blank",
            parameters: ["ExternalId": "x y"],
            refusal:
                "400 ValidationError: 1 validation error detected: Value 'x y' at 'externalId' failed to satisfy "
                + #"constraint: Member must satisfy regular expression pattern: [\w+=,.@:\/-]*"#
        ),
        Case(
            testDescription: "a transitive key without a tag",
            parameters: ["TransitiveTagKeys.member.1": "team"],
            refusal:
                "400 InvalidParameterValue: The specified transitive tag key must be included in the requested tags."
        ),
    ]

    @Test(arguments: cases)
    func `a call that AWS refuses has its code and its text`(_ test: Case) async throws {
        let harness = try await Self.harness(trust: test.trust, permission: test.permission)
        let answer = try await Self.assume(harness, test.parameters)
        #expect(answer.refusal == test.refusal)
    }

    @Test(arguments: [
        (AWSHarness.roleARN, true), ("111122223333", true), ("arn:aws:iam::111122223333:root", true),
        ("arn:aws:sts::111122223333:assumed-role/audit/cambist-audit", true), ("*", true),
        ("arn:aws:sts::111122223333:assumed-role/audit/other", false), ("444455556666", false),
    ])
    func `a trust policy names a session by role, session, account, or everyone`(
        principal: String,
        isAllowed: Bool
    ) async throws {
        let harness = try await Self.harness(trust: Self.trust(principal))
        #expect(try await Self.assume(harness).status == (isAllowed ? 200 : 403))
    }

    @Test(arguments: [(AWSHarness.roleARN, 200), ("111122223333", 403)])
    func `in one account a policy that names the role itself needs no permission`(
        principal: String,
        status: Int
    ) async throws {
        let harness = try await Self.harness(permission: nil) { setup in
            setup.accounts[0].roles.append(
                AWSSetup.Role(name: "near", trustPolicy: Self.trust(principal))
            )
        }
        let answer = try await Self.assume(harness, ["RoleArn": "arn:aws:iam::111122223333:role/near"])
        #expect(answer.status == status)
    }

    @Test func `a user's session of more than one hour is not chained`() async throws {
        let harness = try await Self.harness(trust: Self.trust("111122223333"))
        let answer = try await Self.assume(
            harness,
            ["DurationSeconds": "7200"],
            as: AWSHarness.administrator
        )
        #expect(answer.status == 200)
    }

    @Test func `an expired session assumes no role`() async throws {
        let harness = try await Self.harness()
        let hub = try await harness.exchange().credentials
        harness.time.advance(by: .seconds(3601))
        let answer = try await Self.assume(harness, as: hub)
        #expect(
            answer.refusal == "403 ExpiredToken: The security token included in the request is expired"
        )
    }

    @Test func `transitive tags persist in a chain and cannot be replaced`() async throws {
        let both = "sts:AssumeRole,sts:TagSession"
        let spoke = "arn:aws:sts::444455556666:assumed-role/spoke/chained"
        let harness = try await Self.harness(
            trust: Self.trust(actions: both),
            permission: Self.permission(both)
        ) {
            setup in
            let leaf = "arn:aws:iam::444455556666:role/leaf"
            setup.accounts[1].roles[0].inlinePolicies["assume"] = Self.permission(both, on: leaf)
            let condition = #"{"StringEquals":{"aws:PrincipalTag/team":"red"}}"#
            setup.accounts[1].roles.append(
                AWSSetup.Role(
                    name: "leaf",
                    trustPolicy: Self.trust(spoke, actions: both, condition: condition)
                )
            )
        }
        let tag = ["Tags.member.1.Key": "team", "Tags.member.1.Value": "red"]
        let middle = try await Self.assume(
            harness,
            tag.merging(["TransitiveTagKeys.member.1": "team"]) { $1 }
        )
        let leaf = ["RoleArn": "arn:aws:iam::444455556666:role/leaf"]
        #expect(try await Self.assume(harness, leaf, as: middle.credentials).status == 200)
        let again = try await Self.assume(harness, leaf.merging(tag) { $1 }, as: middle.credentials)
        #expect(
            again.refusal
                == "400 InvalidParameterValue: One of the specified transitive tag keys can't be set because it "
                + "conflicts with a transitive tag key from the calling session."
        )
    }
}
