import Federation
import TestSupport
import Testing
import TrustPolicy

@testable import Simulator

/// IAM's checks of a trust policy beyond its grammar.
@Suite(.limited) struct TrustDocumentTests {
    private static func policy(principal: String, condition: String = "{}", action: String = "sts:AssumeRole")
        -> String
    {
        """
        {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":\(principal),"Action":"\(action)",\
        "Condition":\(condition)}]}
        """
    }

    private static func federated(_ issuer: String, condition: String) -> String {
        policy(
            principal: #"{"Federated":"arn:aws:iam::111122223333:oidc-provider/\#(issuer)"}"#,
            condition: condition,
            action: "sts:AssumeRoleWithWebIdentity"
        )
    }

    /// Returns IAM's response to a new role with this trust policy.
    private func answer(_ policy: String, harness: AWSHarness? = nil) async throws -> Answer {
        let standard = try await AWSHarness.settled { setup in
            setup.accounts.append(AWSSetup.Account(id: "444455556666"))
        }
        let parameters = ["RoleName": "new", "AssumeRolePolicyDocument": policy]
        return await (harness ?? standard).iam("CreateRole", parameters)
    }

    @Test(arguments: [
        "*", "111122223333", "444455556666", "arn:aws:iam::444455556666:root",
        "arn:aws:iam::111122223333:user/lab-admin", "arn:aws:iam::111122223333:role/audit",
        "arn:aws:sts::111122223333:assumed-role/audit/session",
    ])
    func `an existing principal is accepted`(name: String) async throws {
        #expect(try await answer(Self.policy(principal: #"{"AWS":"\#(name)"}"#)).status == 200)
    }

    @Test(arguments: [
        "999988887777", "arn:aws:iam::999988887777:root", "arn:aws:iam::111122223333:user/nobody",
        "arn:aws:iam::111122223333:role/nobody", "arn:aws:iam::444455556666:role/audit",
        "arn:aws:iam::111122223333:role/path/audit", "arn:aws-cn:iam::111122223333:root",
        "arn:aws:sts::111122223333:assumed-role/nobody/session", "arn:aws:s3:::bucket",
        "AROAAAAAAAAAAAAAAAAAA",
    ])
    func `the error names a principal that does not exist`(name: String) async throws {
        let answer = try await answer(Self.policy(principal: #"{"AWS":["111122223333","\#(name)"]}"#))
        #expect((answer.status, answer.code) == (400, "MalformedPolicyDocument"))
        #expect(answer.message == #"Invalid principal in policy: "AWS":"\#(name)""#)
    }

    @Test func `an update is checked like a new role`() async throws {
        let harness = try await AWSHarness.settled()
        let policy = Self.policy(principal: #"{"AWS":"arn:aws:iam::111122223333:user/nobody"}"#)
        let answer = await harness.iam(
            "UpdateAssumeRolePolicy",
            ["RoleName": "audit", "PolicyDocument": policy]
        )
        #expect(answer.message?.hasPrefix("Invalid principal in policy") == true)
        #expect(try await harness.exchange().status == 200)
    }

    @Test func `a role is a valid principal some time after its creation`() async throws {
        let harness = try await AWSHarness.settled()
        _ = await harness.iam("CreateRole", AWSHarness.newRole("fresh"))
        let policy = Self.policy(principal: #"{"AWS":"arn:aws:iam::111122223333:role/fresh"}"#)
        #expect(try await answer(policy, harness: harness).code == "MalformedPolicyDocument")
        harness.time.advance(by: .seconds(10))
        #expect(try await answer(policy, harness: harness).status == 200)
    }

    @Test func `a service is recognized by its host name`() async throws {
        #expect(try await answer(Self.policy(principal: #"{"Service":"ec2.amazonaws.com"}"#)).status == 200)
        let answer = try await answer(Self.policy(principal: #"{"Service":"ec2.example.com"}"#))
        #expect(answer.message == #"Invalid principal in policy: "SERVICE":"ec2.example.com""#)
    }

    /// Source: IAM user guide, identity-provider controls for shared OIDC providers.
    @Test(arguments: [
        ("token.actions.githubusercontent.com", "token.actions.githubusercontent.com:sub"),
        ("gitlab.com", "gitlab.com:sub"), ("app.terraform.io", "app.terraform.io:sub"),
        ("agent.buildkite.com", "agent.buildkite.com:sub"),
        ("oidc.vercel.com/team", "oidc.vercel.com/team:aud"),
        ("api.pulumi.com/oidc", "api.pulumi.com/oidc:aud"),
        ("sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d/", "sts:RoleSessionName"),
    ])
    func `a shared issuer requires its condition key`(issuer: String, key: String) async throws {
        let bare = try await answer(Self.federated(issuer, condition: "{}"))
        #expect(bare.code == "MalformedPolicyDocument")
        #expect(bare.message?.contains(key) == true)
        let open = #"{"StringLike":{"\#(key)":"*"}}"#
        #expect(try await answer(Self.federated(issuer, condition: open)).code == "MalformedPolicyDocument")
        let lenient = #"{"StringEqualsIfExists":{"\#(key)":"x"}}"#
        #expect(
            try await answer(Self.federated(issuer, condition: lenient)).code == "MalformedPolicyDocument"
        )
        let strict = #"{"StringLike":{"\#(key)":"mine:*"}}"#
        #expect(try await answer(Self.federated(issuer, condition: strict)).status == 200)
    }

    @Test func `an organization's own tenant is not a shared issuer`() async throws {
        let issuer = OIDCProvider.hostAndPath(of: TestIssuer.issuer)
        #expect(try await answer(Self.federated(issuer, condition: "{}")).status == 200)
    }
}
