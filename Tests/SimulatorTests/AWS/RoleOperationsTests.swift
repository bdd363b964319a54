import Federation
import Foundation
import TestSupport
import Testing

@testable import Simulator

/// IAM's operations on roles and their policies.
@Suite(.limited) struct RoleOperationsTests {
    private static let trust = AWSHarness.trustPolicy()
    private static let inline =
        #"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#
    private static let readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess"

    @Test func `a role is returned as it was created`() async throws {
        let harness = try await AWSHarness.settled()
        let created = await harness.iam(
            "CreateRole",
            AWSHarness.newRole(
                "logs",
                [
                    "Path": "/team/", "Description": "caf\u{e9} <logs>", "MaxSessionDuration": "7200",
                    "Tags.member.1.Key": "made-by", "Tags.member.1.Value": "cambist",
                ]
            )
        )
        #expect(created.status == 200)
        #expect(created["MaxSessionDuration"] == nil)
        let role = await harness.iam("GetRole", ["RoleName": "logs"])
        #expect(role["Arn"] == "arn:aws:iam::111122223333:role/team/logs")
        #expect(role["RoleId"] == created["RoleId"])
        #expect(role["Description"] == "caf\u{e9} <logs>")
        #expect(role["MaxSessionDuration"] == "7200")
        #expect(role["CreateDate"] == "2027-01-15T08:00:00Z")
        #expect(role["Key"] == "made-by")
        #expect(role.text.contains("<RoleLastUsed/>"))
    }

    @Test func `documents are returned percent-encoded and unchanged`() async throws {
        let harness = try await AWSHarness.settled()
        _ = await harness.iam(
            "PutRolePolicy",
            ["RoleName": "audit", "PolicyName": "s3", "PolicyDocument": Self.inline]
        )
        let document = try #require(
            await harness.iam("GetRolePolicy", ["RoleName": "audit", "PolicyName": "s3"])["PolicyDocument"]
        )
        #expect(document.hasPrefix("%7B%22Version%22%3A%20%222012-10-17%22%2C%20"))
        #expect(document.removingPercentEncoding == Self.inline)
        let role = await harness.iam("GetRole", ["RoleName": "audit"])
        #expect(role["AssumeRolePolicyDocument"]?.removingPercentEncoding == Self.trust)
    }

    @Test func `an update keeps the members that it does not name`() async throws {
        let harness = try await AWSHarness.settled()
        let first = await harness.iam(
            "UpdateRole",
            ["RoleName": "audit", "Description": "d", "MaxSessionDuration": "7200"]
        )
        #expect(first.text.contains("<UpdateRoleResult/>"))
        _ = await harness.iam("UpdateRole", ["RoleName": "audit"])
        let role = await harness.iam("GetRole", ["RoleName": "audit"])
        #expect(role["Description"] == "d")
        #expect(role["MaxSessionDuration"] == "7200")
    }

    @Test func `roles are listed below a path and in pages`() async throws {
        let harness = try await AWSHarness.settled()
        for name in ["c", "a", "B"] {
            _ = await harness.iam("CreateRole", AWSHarness.newRole(name, ["Path": "/x/"]))
        }
        let first = await harness.iam("ListRoles", ["PathPrefix": "/x", "MaxItems": "2"])
        #expect(first.all("RoleName") == ["a", "B"])
        #expect(first["IsTruncated"] == "true")
        let marker = try #require(first["Marker"])
        let second = await harness.iam("ListRoles", ["PathPrefix": "/x", "Marker": marker])
        #expect(second.all("RoleName") == ["c"])
        #expect(second["IsTruncated"] == "false")
        #expect(await harness.iam("ListRoles", ["PathPrefix": "/none/"]).all("RoleName").isEmpty)
    }

    @Test func `managed policies are attached once and listed`() async throws {
        let harness = try await AWSHarness.settled()
        let policy = ["RoleName": "audit", "PolicyArn": Self.readOnly]
        for _ in 1...2 {
            #expect(await harness.iam("AttachRolePolicy", policy).status == 200)
        }
        let listed = await harness.iam("ListAttachedRolePolicies", ["RoleName": "audit"])
        #expect(listed.all("PolicyArn") == [Self.readOnly])
        #expect(listed.all("PolicyName") == ["ReadOnlyAccess"])
        #expect(await harness.iam("GetPolicy", ["PolicyArn": Self.readOnly])["AttachmentCount"] == "1")
        #expect(await harness.iam("DetachRolePolicy", policy).status == 200)
        #expect(await harness.iam("ListAttachedRolePolicies", ["RoleName": "audit"]).all("PolicyArn").isEmpty)
    }

    @Test func `a managed policy has one version, whose document is percent-encoded`() async throws {
        let harness = try await AWSHarness.settled()
        let arn = "arn:aws:iam::aws:policy/AdministratorAccess"
        let version = await harness.iam("GetPolicyVersion", ["PolicyArn": arn, "VersionId": "v1"])
        #expect(version["IsDefaultVersion"] == "true")
        #expect(version["VersionId"] == "v1")
        let text = try #require(version["Document"]?.removingPercentEncoding)
        let statement = #"{"Effect": "Allow", "Action": ["*"], "Resource": "*"}"#
        #expect(
            JSONValue(text: text)
                == JSONValue(text: #"{"Version": "2012-10-17", "Statement": [\#(statement)]}"#)
        )
        let missing = await harness.iam("GetPolicyVersion", ["PolicyArn": arn, "VersionId": "v2"])
        #expect(
            missing.refusal
                == "404 NoSuchEntity: Policy \(arn) version v2 does not exist or is not attachable."
        )
    }

    @Test(arguments: ["", "v0", "1", "v1x", "v1.é"])
    func `a malformed version is refused`(version: String) async throws {
        let harness = try await AWSHarness.settled()
        let parameters = ["PolicyArn": Self.readOnly, "VersionId": version]
        let answer = await harness.iam("GetPolicyVersion", parameters)
        #expect(answer.refusal.hasPrefix("400 ValidationError: "))
    }

    @Test func `every managed policy can be evaluated`() throws {
        for policy in ManagedPolicy.all {
            _ = try IdentityPolicy(parsing: policy.document)
        }
        let power = try #require(ManagedPolicy.find("arn:aws:iam::aws:policy/PowerUserAccess"))
        let policy = try IdentityPolicy(parsing: power.document)
        #expect(policy.decision(action: "sts:AssumeRole", resource: "*") == .allowed)
        #expect(policy.decision(action: "iam:GetRole", resource: "*") == .notAllowed)
        #expect(policy.decision(action: "iam:ListRoles", resource: "*") == .allowed)
    }

    @Test func `a recreated role has another ID`() async throws {
        let harness = try await AWSHarness.settled()
        let session = try await harness.exchange().credentials
        let before = await harness.iam("GetRole", ["RoleName": "audit"])["RoleId"]
        _ = await harness.iam("DeleteRole", ["RoleName": "audit"])
        _ = await harness.iam("CreateRole", AWSHarness.newRole("audit"))
        #expect(await harness.iam("GetRole", ["RoleName": "audit"])["RoleId"] != before)
        harness.time.advance(by: .seconds(11))
        let answer = await harness.callerIdentity(session)
        #expect(
            answer.refusal
                == "403 InvalidClientTokenId: The security token included in the request is invalid."
        )
    }

    @Test func `the account summary counts its entities`() async throws {
        let answer = try await AWSHarness.settled().iam("GetAccountSummary")
        let summary = Dictionary(uniqueKeysWithValues: zip(answer.all("key"), answer.all("value")))
        #expect(summary["Roles"] == "1")
        #expect(summary["Providers"] == "1")
        #expect(summary["AssumeRolePolicySizeQuota"] == "2048")
    }

    private static func noSuchRole(_ action: String, _ more: [String: String] = [:]) -> IAMRefusal {
        IAMRefusal(
            name: "\(action) of a missing role",
            action: action,
            parameters: ["RoleName": "missing"].merging(more) { $1 },
            refusal: "404 NoSuchEntity: The role with name missing cannot be found."
        )
    }

    private static func badTrust(_ name: String, _ document: String, _ refusal: String) -> IAMRefusal {
        IAMRefusal(
            name: name,
            action: "UpdateAssumeRolePolicy",
            parameters: ["RoleName": "audit", "PolicyDocument": document],
            refusal: refusal
        )
    }

    static let refusals: [IAMRefusal] =
        [
            noSuchRole("GetRole"), noSuchRole("DeleteRole"), noSuchRole("UpdateRole"),
            noSuchRole("ListRoleTags"),
            noSuchRole("ListRolePolicies"), noSuchRole("ListAttachedRolePolicies"),
            noSuchRole("UpdateAssumeRolePolicy", ["PolicyDocument": trust]),
            noSuchRole("PutRolePolicy", ["PolicyName": "p", "PolicyDocument": inline]),
            noSuchRole("GetRolePolicy", ["PolicyName": "p"]),
            noSuchRole("DeleteRolePolicy", ["PolicyName": "p"]),
            noSuchRole("AttachRolePolicy", ["PolicyArn": readOnly]),
            badTrust(
                "trust that is not JSON",
                "{",
                "400 MalformedPolicyDocument: This policy contains invalid Json"
            ),
            badTrust(
                "trust for another action",
                #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*"}}"#,
                "400 MalformedPolicyDocument: AssumeRole policy may only specify STS AssumeRole actions."
            ),
            badTrust(
                "trust with a resource",
                #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","#
                    + #""Resource":"*"}}"#,
                "400 MalformedPolicyDocument: Has prohibited field Resource"
            ),
            badTrust(
                "trust that is too long",
                AWSHarness.trustPolicy(subject: String(repeating: "s", count: 2048)),
                "409 LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048"
            ),
            IAMRefusal(
                name: "the same name in another case",
                action: "CreateRole",
                parameters: AWSHarness.newRole("AUDIT"),
                refusal: "409 EntityAlreadyExists: Role with name AUDIT already exists."
            ),
            IAMRefusal(
                name: "several errors in a new role",
                action: "CreateRole",
                parameters: AWSHarness.newRole("a b", ["MaxSessionDuration": "100", "Path": "x"]),
                refusal:
                    "400 ValidationError: 3 validation errors detected: Value at 'maxSessionDuration' failed to "
                    + "satisfy constraint: Member must have value greater than or equal to 3600; Value at 'path' failed "
                    + "to satisfy constraint: Member must satisfy regular expression pattern: "
                    + "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F); Value at 'roleName' failed to satisfy constraint: "
                    + "Member must satisfy regular expression pattern: [\\w+=,.@-]+"
            ),
            IAMRefusal(
                name: "a boundary that is not a policy",
                action: "CreateRole",
                parameters: AWSHarness.newRole(
                    "b",
                    ["PermissionsBoundary": "arn:aws:iam::111122223333:not_a_policy/x"]
                ),
                refusal: "400 InvalidInput: ARN arn:aws:iam::111122223333:not_a_policy/x is not valid."
            ),
            IAMRefusal(
                name: "a boundary that does not exist",
                action: "CreateRole",
                parameters: AWSHarness.newRole(
                    "b",
                    ["PermissionsBoundary": "arn:aws:iam::111122223333:policy/none"]
                ),
                refusal:
                    "404 NoSuchEntity: Scope ARN: arn:aws:iam::111122223333:policy/none does not exist or is not "
                    + "attachable."
            ),
            IAMRefusal(
                name: "delete with a managed policy",
                before: [("AttachRolePolicy", ["RoleName": "audit", "PolicyArn": readOnly])],
                action: "DeleteRole",
                parameters: ["RoleName": "audit"],
                refusal: "409 DeleteConflict: Cannot delete entity, must detach all policies first."
            ),
            IAMRefusal(
                name: "delete with an inline policy",
                before: [
                    ("PutRolePolicy", ["RoleName": "audit", "PolicyName": "p", "PolicyDocument": inline])
                ],
                action: "DeleteRole",
                parameters: ["RoleName": "audit"],
                refusal: "409 DeleteConflict: Cannot delete entity, must delete policies first."
            ),
            IAMRefusal(
                name: "get a missing inline policy",
                action: "GetRolePolicy",
                parameters: ["RoleName": "audit", "PolicyName": "none"],
                refusal: "404 NoSuchEntity: The role policy with name none cannot be found."
            ),
            IAMRefusal(
                name: "delete a missing inline policy",
                action: "DeleteRolePolicy",
                parameters: ["RoleName": "audit", "PolicyName": "none"],
                refusal: "404 NoSuchEntity: The role policy with name none cannot be found."
            ),
            IAMRefusal(
                name: "inline policies that are too long together",
                action: "PutRolePolicy",
                parameters: [
                    "RoleName": "audit", "PolicyName": "p",
                    "PolicyDocument": #"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:"#
                        + String(repeating: "x", count: 10_240) + "\"}}",
                ],
                refusal: "409 LimitExceeded: Maximum policy size of 10240 bytes exceeded for role audit"
            ),
            IAMRefusal(
                name: "an inline policy with a principal",
                action: "PutRolePolicy",
                parameters: ["RoleName": "audit", "PolicyName": "p", "PolicyDocument": trust],
                refusal: "400 MalformedPolicyDocument: Policy document should not specify a principal."
            ),
            IAMRefusal(
                name: "attach a value that is not an ARN",
                action: "AttachRolePolicy",
                parameters: ["RoleName": "audit", "PolicyArn": "longpolicynamebutnoarn"],
                refusal: "400 ValidationError: ARN longpolicynamebutnoarn is not valid."
            ),
            IAMRefusal(
                name: "attach a missing policy",
                action: "AttachRolePolicy",
                parameters: ["RoleName": "audit", "PolicyArn": "arn:aws:iam::111122223333:policy/none"],
                refusal:
                    "404 NoSuchEntity: Policy arn:aws:iam::111122223333:policy/none does not exist or is not "
                    + "attachable."
            ),
            IAMRefusal(
                name: "detach a policy that is not attached",
                action: "DetachRolePolicy",
                parameters: ["RoleName": "audit", "PolicyArn": readOnly],
                refusal: "404 NoSuchEntity: Policy \(readOnly) was not found."
            ),
            IAMRefusal(
                name: "an eleventh managed policy",
                before: ManagedPolicy.all.prefix(10).map { policy in
                    ("AttachRolePolicy", ["RoleName": "audit", "PolicyArn": policy.arn])
                },
                action: "AttachRolePolicy",
                parameters: ["RoleName": "audit", "PolicyArn": ManagedPolicy.all[10].arn],
                refusal: "409 LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10"
            ),
            IAMRefusal(
                name: "a page of zero items",
                action: "ListRoles",
                parameters: ["MaxItems": "0"],
                refusal:
                    "400 ValidationError: 1 validation error detected: Value at 'maxItems' failed to satisfy "
                    + "constraint: Member must have value greater than or equal to 1"
            ),
            IAMRefusal(
                name: "an unknown operation",
                action: "DestroyRole",
                refusal: "400 InvalidAction: Could not find operation DestroyRole for version 2010-05-08"
            ),
        ]

    @Test(arguments: refusals.map(\.name))
    func `an operation that IAM refuses is refused with IAM's text`(name: String) async throws {
        let refusal = try #require(Self.refusals.first { $0.name == name })
        #expect(try await refusal.answer().refusal == refusal.refusal)
    }
}
