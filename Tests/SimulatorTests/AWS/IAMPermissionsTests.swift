import AWS
import Federation
import Foundation
import TestSupport
import Testing
import TrustPolicy

@testable import Simulator

/// Permissions for IAM's operations.
@Suite(.limited) struct IAMPermissionsTests {
    @Test func `the error names the permission that a user lacks`() async throws {
        let harness = try await AWSHarness.settled()
        #expect(await harness.iam("GetRole", ["RoleName": "audit"], as: AWSHarness.reader).status == 200)
        let answer = await harness.iam("CreateRole", AWSHarness.newRole("new"), as: AWSHarness.reader)
        #expect(
            answer.refusal
                == "403 AccessDenied: User: arn:aws:iam::111122223333:user/lab-reader is not authorized to "
                + "perform: iam:CreateRole on resource: arn:aws:iam::111122223333:role/new because no identity-based "
                + "policy allows the iam:CreateRole action"
        )
        #expect(await harness.iam("GetRole", ["RoleName": "new"]).code == "NoSuchEntity")
    }

    @Test func `an error names an existing role by its name`() async throws {
        let harness = try await AWSHarness.settled()
        let answer = await harness.iam("DeleteRole", ["RoleName": "audit"], as: AWSHarness.reader)
        #expect(answer.message?.contains("perform: iam:DeleteRole on resource: role audit because") == true)
    }

    @Test func `an explicit deny has its own text`() async throws {
        let harness = try await AWSHarness.settled { setup in
            setup.accounts[0].accessKeys[0].policies.append(
                #"{"Statement":[{"Effect":"Deny","Action":"iam:delete*","Resource":"*"}]}"#
            )
        }
        let answer = await harness.iam("DeleteRole", ["RoleName": "audit"])
        #expect(
            answer.message?.hasSuffix("role audit with an explicit deny in an identity-based policy") == true
        )
    }

    @Test func `a session has the permissions of its role's policies`() async throws {
        let harness = try await AWSHarness.settled()
        let session = try await harness.exchange().credentials
        #expect(await harness.iam("GetRole", ["RoleName": "audit"], as: session).code == "AccessDenied")
        let policy = ["RoleName": "audit", "PolicyArn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"]
        _ = await harness.iam("AttachRolePolicy", policy)
        harness.time.advance(by: .seconds(11))
        #expect(await harness.iam("GetRole", ["RoleName": "audit"], as: session).status == 200)
        #expect(await harness.iam("DeleteRole", ["RoleName": "audit"], as: session).code == "AccessDenied")
    }

    @Test func `a session policy limits the role's permissions`() async throws {
        let harness = try await AWSHarness.settled { setup in
            setup.accounts[0].roles[0].managedPolicies = ["arn:aws:iam::aws:policy/AdministratorAccess"]
        }
        let policy =
            #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:GetRole","Resource":"*"}}"#
        let session = try await harness.exchange(["Policy": policy]).credentials
        #expect(await harness.iam("GetRole", ["RoleName": "audit"], as: session).status == 200)
        let answer = await harness.iam("ListRoles", as: session)
        #expect(
            answer.message?.hasSuffix("because no session policy allows the iam:ListRoles action") == true
        )
    }

    @Test(arguments: [("us-east-1", 200), ("eu-west-1", 200), ("nowhere", 403)])
    func `IAM accepts the signature of any existing region`(region: String, status: Int) async throws {
        var call = SignedCall(
            ["Action": "ListRoles", "Version": "2010-05-08"],
            .iam,
            AWSHarness.administrator
        )
        call.scopeRegion = region
        #expect(try await AWSHarness.settled().send(call).status == status)
    }

    @Test func `the signature is checked before the permission`() async throws {
        let harness = try await AWSHarness.settled()
        let wrong = SigningCredentials(
            accessKeyID: AWSHarness.reader.accessKeyID,
            secretAccessKey: Secret("wrong")
        )
        #expect(
            await harness.iam("DeleteRole", ["RoleName": "audit"], as: wrong).code == "SignatureDoesNotMatch"
        )
    }

    @Test(arguments: [
        ("[]", "Syntax errors in policy."),
        (#"{"Version":"2012-10-17"}"#, "Syntax errors in policy."),
        (#"{"Version":"2020","Statement":[]}"#, "The policy must contain a valid version string"),
        (#"{"Statement":{"Effect":"allow","Action":"s3:*","Resource":"*"}}"#, "Syntax errors in policy."),
        (#"{"Statement":{"Effect":"Allow","Resource":"*"}}"#, "Policy statement must contain actions."),
        (#"{"Statement":{"Effect":"Allow","Action":"s3:*"}}"#, "Policy statement must contain resources."),
        (
            #"{"Statement":{"Effect":"Allow","Action":"GetRole","Resource":"*"}}"#,
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
        ),
        (
            #"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"bucket"}}"#,
            "Resource bucket must be in ARN format or \"*\"."
        ),
    ])
    func `a policy that IAM refuses to store is refused`(document: String, message: String) {
        #expect(throws: AWSFault(400, "MalformedPolicyDocument", message)) {
            _ = try IdentityPolicy(parsing: document)
        }
    }

    @Test func `a statement with a condition has no effect`() throws {
        let policy = try IdentityPolicy(
            parsing:
                #"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a:b":"true"}}}}"#
        )
        #expect(policy.decision(action: "iam:GetRole", resource: "*") == .notAllowed)
    }

    @Test func `NotAction and NotResource match everything else`() throws {
        let policy = try IdentityPolicy(
            parsing:
                #"{"Statement":{"Effect":"Allow","NotAction":"iam:*","NotResource":"arn:aws:s3:::secret"}}"#
        )
        #expect(policy.decision(action: "iam:GetRole", resource: "*") == .notAllowed)
        #expect(policy.decision(action: "s3:GetObject", resource: "arn:aws:s3:::open") == .allowed)
        #expect(policy.decision(action: "s3:GetObject", resource: "arn:aws:s3:::secret") == .notAllowed)
    }
}
