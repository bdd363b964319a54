import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// Files that are not trust policies are identified.
@Suite(.computing) struct SavedPolicyFormTests {
    private static func explain(_ document: String) -> Explanation {
        Explanation(EvidenceFixture.evidence { $0.policy = PolicyEvidence(document: document) })
    }

    @Test func `a missing bracket is reported with its line and column`() throws {
        let text = """
            {
              "Version": "2012-10-17",
              "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"},
                {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity"
              ]
            }
            """
        let explanation = Self.explain(text)
        let cause = try #require(explanation.causes.first)
        #expect(explanation.decision == .invalid)
        #expect(cause.id == "policy-malformed")
        #expect(cause.evidence.contains("line 6, column 3"), "\(cause.evidence)")
        #expect(cause.evidence.contains("needs a closing }"), "\(cause.evidence)")
        #expect(!cause.fix.contains("cambist explain"))
    }

    @Test func `a policy in Base64 is read`() throws {
        let text = EntraFixture.policy(condition: EntraFixture.validCondition)
        let coded = Data(text.utf8).base64EncodedString(options: [
            .lineLength76Characters, .endLineWithLineFeed,
        ])
        #expect(try PolicyEvidence(document: coded) == .parsed(TrustPolicy(parsing: text)))
    }

    @Test func `HCL is identified, and the fix converts it to JSON`() throws {
        let cause = try #require(
            Self.explain("data \"aws_iam_policy_document\" \"trust\" {\n  statement {\n  }\n}\n").causes.first
        )
        #expect(cause.evidence.contains("HCL") && cause.fix.contains("terraform"))
    }

    @Test(arguments: [
        ("${AWS_ACCOUNT_ID}", "${AZURE_TENANT_ID}"), ("<ACCOUNT_ID>", "<tenant id>"),  // wording: quoted
        ("{{ account }}", "{{ tenant }}"), ("ACCOUNT_ID", "TENANT_ID"), ("%ACCOUNT%", "%TENANT%"),
        ("${AWS::AccountId}", "${TenantId}"),
        ("${data.aws_caller_identity.current.account_id}", "${var.tenant_id}"),
    ])
    func `placeholders are named with the values that replace them`(
        account: String,
        tenant: String
    ) throws {
        let text = EntraFixture.policy(
            condition: EntraFixture.validCondition.replacing(EntraFixture.tenant, with: tenant),
            principal:
                #"{"Federated": "arn:aws:iam::\#(account):oidc-provider/sts.windows.net/\#(tenant)/"}"#
        )
        let explanation = Self.explain(text)
        #expect(explanation.decision == .invalid)
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "placeholder-unfilled")
        #expect(cause.fix.contains("\(account) with 111122223333"), "\(cause.fix)")
        #expect(cause.fix.contains("\(tenant) with \(EntraFixture.tenant)"), "\(cause.fix)")
    }

    @Test func `a CloudFormation function is a placeholder`() throws {
        let text = EntraFixture.policy(principal: #"{"Federated": {"Fn::Sub": "arn"}}"#)
        #expect(Self.explain(text).causes.first?.id == "placeholder-unfilled")
    }

    @Test func `policy variables are not placeholders`() {
        let condition =
            #"{"StringEquals": {"aws:RequestTag/a": ["${aws:PrincipalTag/a}", "${*}", "${aws:username, 'x'}", "a $HOME"]}}"#
        guard case .parsed = PolicyEvidence(document: EntraFixture.policy(condition: condition)) else {
            Issue.record("the policy was not read")
            return
        }
    }

    @Test func `the policy of another role is not used`() throws {
        let role = try #require(RoleARN(EntraFixture.roleARN))
        func answer(_ arn: String) -> String {
            #"{"Role": {"Arn": "\#(arn)", "AssumeRolePolicyDocument": \#(EntraFixture.policy())}}"#
        }
        let other = answer("arn:aws:iam::111122223333:role/other")
        let explanation = Explanation(
            EvidenceFixture.evidence { $0.policy = PolicyEvidence(document: other, of: role) }
        )
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "policy-of-other-role" && cause.evidence.contains("role/other"))
        #expect(!explanation.causes.flatMap(\.commands).contains { $0.contains("update-assume-role-policy") })
        let own = answer(EntraFixture.roleARN)
        let expected = PolicyEvidence(document: EntraFixture.policy())
        #expect(PolicyEvidence(document: own, of: role) == expected)
        #expect(PolicyEvidence(document: "[\(other), \(own)]", of: role) == expected)
    }

    @Test(arguments: [
        (#"{"Role": {"RoleName": "NAME", "AssumeRolePolicyDocument": POLICY}}"#),
        (#"{"Type": "AWS::IAM::Role", "Properties": {"RoleName": "NAME", "AssumeRolePolicyDocument": POLICY}}"#),
        (#"{"after": {"name": "NAME", "assume_role_policy": TEXT}}"#),
    ])
    func `the name of a role is compared if the document has no ARN`(form: String) throws {
        let role = try #require(RoleARN(EntraFixture.roleARN))
        func document(_ name: String) -> String {
            form.replacing("NAME", with: name).replacing("POLICY", with: EntraFixture.policy())
                .replacing("TEXT", with: JSONValue.string(EntraFixture.policy()).compactText)
        }
        let expected = PolicyEvidence(document: EntraFixture.policy())
        #expect(PolicyEvidence(document: document("audit"), of: role) == expected)
        #expect(PolicyEvidence(document: document("other"), of: nil) == expected)
        // The name in a template is not known.
        #expect(PolicyEvidence(document: document("${AWS::StackName}"), of: role) == expected)
        let explanation = Explanation(
            EvidenceFixture.evidence { $0.policy = PolicyEvidence(document: document("other"), of: role) }
        )
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "policy-of-other-role" && cause.evidence.contains("the role other"))
        #expect(!explanation.causes.flatMap(\.commands).contains { $0.contains("update-assume-role-policy") })
        #expect(
            PolicyEvidence(document: "[\(document("other")), \(document("audit"))]", of: role) == expected
        )
    }

    @Test func `the role that a document names is known`() {
        let policy = EntraFixture.policy()
        let arn = #""Arn": "\#(EntraFixture.roleARN)""#
        let full = #"{"Role": {"RoleName": "audit", \#(arn), "AssumeRolePolicyDocument": \#(policy)}}"#
        #expect(PolicyEvidence.role(in: full)?.arn == EntraFixture.roleARN)
        #expect(PolicyEvidence.role(in: full)?.name == "audit")
        #expect(PolicyEvidence.role(in: policy) == nil)
        #expect(PolicyEvidence.role(in: #"{"AssumeRolePolicyDocument": \#(policy)}"#) == nil)
        #expect(PolicyEvidence.role(in: "[\(full), \(full.replacing("audit", with: "other"))]") == nil)
    }

    @Test func `a command names the role of the file`() {
        let evidence = EvidenceFixture.evidence {
            $0.request.roleARN = nil
            $0.policyRole = "audit"
            $0.policy = PolicyEvidence(
                document: EntraFixture.policy(
                    condition: #"{"StringEquals": {"\#(EntraFixture.provider):sub": "other"}}"#
                )
            )
        }
        let commands = Explanation(evidence).causes.flatMap(\.commands)
        #expect(commands.contains { $0.contains("--role-name audit ") })
        #expect(!commands.contains { $0.contains("--role-name ROLE") })
    }

    @Test func `the policies of several roles are not confused`() {
        let one = EntraFixture.policy()
        let two = EntraFixture.policy(effect: "Deny")
        let text =
            #"{"Roles": [{"AssumeRolePolicyDocument": \#(one)}, {"AssumeRolePolicyDocument": \#(two)}]}"#
        #expect(Self.explain(text).causes.first?.id == "policy-ambiguous")
    }

    @Test(arguments: [
        (KnownError.CloudService.sts, "ValidationError"), (.sts, "MalformedInput"), (.iam, "ValidationError"),
        (.iam, "MalformedPolicyDocument"), (.iam, "LimitExceeded"),
    ])
    func `advice on an empty message does not refer to it`(side: KnownError.CloudService, code: String) throws
    {
        for message in ["", " \n", Failure.blankMessage(status: 400)] {
            let known = try #require(KnownError.find(side, code: code, message: message))
            #expect(!known.fix.contains("message names") && !known.summary.contains("message names"))
        }
        let named = try #require(KnownError.find(side, code: code, message: "Value at 'x'"))
        #expect(named.fix.contains("message names"))
    }
}
