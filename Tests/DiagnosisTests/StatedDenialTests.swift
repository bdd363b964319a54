import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation

/// Denials whose message names the kind of policy that is the reason.
@Suite(.computing) struct StatedDenialTests {
    /// Source: IAM user guide, "Troubleshoot access denied error messages".
    static let reasons: [(reason: String, id: String, part: String)] = [
        (
            " with an explicit deny in a service control policy", "denied-by-service-control-policy",
            "organization's administrator to narrow"
        ),
        (
            " because no service control policy allows the sts:AssumeRole action",
            "denied-by-service-control-policy", "organization's administrator to allow"
        ),
        (
            " with an explicit deny in a resource control policy", "denied-by-resource-control-policy",
            "organization's administrator to narrow"
        ),
        (
            " because no permissions boundary allows the sts:AssumeRole action",
            "denied-by-permissions-boundary", "permissions boundary"
        ),
        (
            " with an explicit deny in a permissions boundary", "denied-by-permissions-boundary",
            "Deny statement"
        ),
        (
            " because no session policy allows the sts:AssumeRole action", "denied-by-session-policy",
            "policy_file"
        ),
        (
            " because no identity-based policy allows the sts:AssumeRole action",
            "denied-by-identity-based-policy", "policy"
        ),
        (
            " with an explicit deny in an identity-based policy", "denied-by-identity-based-policy",
            "Deny statement"
        ),
        (
            " with an explicit deny in a resource-based policy", "denied-by-resource-based-policy",
            "trust policy in IAM"
        ),
        (
            " because no role trust policy allows the sts:AssumeRole action",
            "denied-by-role-trust-policy", "trust policy in IAM"
        ),
        (
            " with an explicit deny in a VPC endpoint policy", "denied-by-vpc-endpoint-policy",
            "VPC endpoint"
        ),
    ]

    @Test(arguments: reasons)
    func `the policy that STS names is the first cause of a chained denial`(
        reason: String,
        id: String,
        part: String
    ) throws {
        let explanation = Explanation(try ChainFixture.evidence(nil, reason: reason))
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == id && cause.possibleCauses == nil)
        #expect(cause.evidence.contains(reason) && cause.fix.contains(part), "\(cause.fix)")
        #expect(!explanation.causes.contains { $0.id == "chain-denied" })
    }

    @Test(arguments: reasons)
    func `the policy that STS names is the first cause of a denied token`(
        reason: String,
        id: String,
        part: String
    ) throws {
        let explanation = Explanation(
            EvidenceFixture.refused("AccessDenied", EvidenceFixture.denied + reason)
        )
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == id && cause.evidence.contains(reason))
        #expect(!explanation.causes.contains { ["not-authorized", "denied-beyond-trust"].contains($0.id) })
    }

    @Test func `a resource control policy can deny every token for a key that only signed requests have`()
        throws
    {
        let reason = " with an explicit deny in a resource control policy"
        let remark = "has no aws:PrincipalOrgID"
        let token = Explanation(EvidenceFixture.refused("AccessDenied", EvidenceFixture.denied + reason))
        #expect(token.causes.first?.fix.contains(remark) == true)
        let hub = Explanation(try ChainFixture.evidence(nil, reason: reason))
        #expect(hub.causes.first?.id == "denied-by-resource-control-policy")
        #expect(hub.causes.first?.fix.contains(remark) == false)
    }

    @Test(arguments: reasons)
    func `the policy that IAM names is the cause of a denied call of setup`(
        reason: String,
        id: String,
        part: String
    ) throws {
        let message =
            "User: arn:aws:iam::111122223333:user/op is not authorized to perform: iam:UpdateRole on resource: role audit"
            + reason.replacing("sts:AssumeRole", with: "iam:UpdateRole")
        let known = try #require(KnownError.find(.iam, code: "AccessDenied", message: message))
        #expect(known.id == id)
        // The advice is about the operator's credentials, not about a mapping or STS.
        #expect(!known.fix.contains("STS") && !known.fix.contains("calling role"), "\(known.fix)")
        #expect(!known.fix.contains("policy_file") && !known.fix.isEmpty)
    }

    @Test func `a denial by IAM that names no policy keeps its general cause`() {
        let message = "User: x is not authorized to perform: iam:GetRole on resource: y"
        #expect(KnownError.find(.iam, code: "AccessDenied", message: message)?.id == "iam-right-missing")
        #expect(KnownError.find(.iam, code: "AccessDenied", message: "")?.id == "iam-right-missing")
    }

    @Test func `a hub whose policies do not allow the call gets the permission`() throws {
        let reason = " because no identity-based policy allows the sts:AssumeRole action"
        let explanation = Explanation(
            try ChainFixture.evidence(ChainFixture.allowance(), reason: reason) {
                $0.chain?.permission = .missing(action: "sts:AssumeRole", policies: [])
            }
        )
        #expect(explanation.causes.map(\.id) == ["denied-by-identity-based-policy"])
        let command = try #require(explanation.causes.first?.commands.first)
        #expect(command.contains("put-role-policy --role-name hub"))
    }

    @Test(arguments: [
        (
            " with an explicit deny in an identity-based policy: arn:aws:iam::111122223333:policy/guard",
            "of arn:aws:iam::111122223333:policy/guard, a policy of"
        ),
        (
            " with an explicit deny in a service control policy: arn:aws:organizations::9:policy/o/p-1.",
            "the service control policy arn:aws:organizations::9:policy/o/p-1 that applies"
        ),
    ])
    func `the fix names the policy whose ARN STS names`(reason: String, text: String) throws {
        let cause = try #require(
            Explanation(try ChainFixture.evidence(nil, reason: reason)).causes.first
        )
        #expect(cause.fix.contains(text), "\(cause.fix)")
    }

    @Test func `the commands for a denial check the action that STS names`() throws {
        let evidence = try ChainFixture.evidence(nil) {
            $0.exchange = .refused(
                Failure(
                    kind: .refused,
                    code: "AccessDenied",
                    message: ChainFixture.denial.replacing("sts:AssumeRole", with: "sts:TagSession"),
                    fix: ""
                )
            )
        }
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "chain-denied" })
        #expect(cause.commands.last?.contains("--action-names sts:TagSession ") == true)
    }

    @Test
    func `the permission is added at the endpoint of IAM, and only if the hub's role has no such policy`()
        throws
    {
        let evidence = try ChainFixture.evidence(ChainFixture.allowance()) {
            $0.chain?.permission = .missing(action: "sts:AssumeRole", policies: ["cambist-assume-spoke"])
            $0.chain?.profile = "hub"
            $0.tools.iam = "http://127.0.0.1:9/iam"
        }
        let command = try #require(Explanation(evidence).causes.first?.commands.first)
        let options = " --profile hub --endpoint-url http://127.0.0.1:9/iam"
        let query = "--query 'contains(PolicyNames, `\"cambist-assume-spoke-2\"`)' --output json"
        #expect(
            command.contains(
                "test \"$(aws iam list-role-policies --role-name hub \(query)\(options))\" = false && aws iam put-role-policy "
            ),
            "\(command)"
        )
        #expect(command.hasSuffix(options))
        // The endpoint is IAM's, not that of STS.
        #expect(command.contains("get-caller-identity --query Account --output text --profile hub)"))
    }

    @Test func `the permission is added with the profile that read the hub's role`() throws {
        let evidence = try ChainFixture.evidence(ChainFixture.allowance()) {
            $0.chain?.permission = .missing(action: "sts:AssumeRole", policies: [])
            $0.chain?.profile = "hub"
        }
        let command = try #require(Explanation(evidence).causes.first?.commands.first)
        let test = "test \"$(aws sts get-caller-identity --query Account --output text --profile hub)\" = "
        #expect(command.hasPrefix(test + "111122223333 && test "))
        #expect(command.contains(" --output json --profile hub)\" = false && aws iam put-role-policy "))
        #expect(command.hasSuffix(" --profile hub"))
    }

    @Test func `a trust policy that denies the hub explains STS's message about the trust policy`() throws {
        let explanation = Explanation(
            try ChainFixture.evidence(
                ChainFixture.allowance(#"{"StringEquals":{"sts:ExternalId":"id-1"}}"#),
                reason: " because no role trust policy allows the sts:AssumeRole action"
            )
        )
        #expect(explanation.causes.first?.id == "external-id-missing")
        #expect(!explanation.causes.contains { $0.id.hasPrefix("denied-by-") })
    }

    @Test func `a denied call with the credentials names the policy of AWS's message`() throws {
        let denial =
            "User: x is not authorized to perform: s3:ListBucket with an explicit deny in a service control policy"
        let cause = try #require(Explanation(EvidenceFixture.failedCall("AccessDenied", denial)).causes.first)
        #expect(cause.id == "denied-by-service-control-policy")
        #expect(cause.fix.contains("account 111122223333"), "\(cause.fix)")
    }
}
