import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation

/// Words that describe a change obey the same rules as commands.
@Suite(.computing) struct DescribedChangeTests {
    private static let issuer = EntraFixture.provider

    /// Returns the first cause for an identity that was recreated, with this subject in the trust policy.
    private static func recreated(_ condition: String) throws -> Cause {
        let resource =
            "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/logging"
        let evidence = EvidenceFixture.evidence {
            $0.identity?.resourceID = resource
            $0.identity?.principalID = EvidenceFixture.other
            $0.identity?.clientID = EvidenceFixture.otherClient
            $0.token = .claims(EntraFixture.token(["xms_mirid": .string(resource)]))
            $0.policy = PolicyEvidence(document: EntraFixture.policy(condition: condition))
        }
        return try #require(Explanation(evidence).causes.first { $0.id == "identity-recreated" })
    }

    @Test(arguments: [
        (
            #"{"StringEquals":{"\#(issuer):aud":"\#(EntraFixture.audience)","\#(issuer):roles":"Admin"}}"#,
            true
        ),
        (
            #"{"StringEquals":{"\#(issuer):aud":"\#(EntraFixture.audience)","\#(issuer):sub":"\#(EvidenceFixture.other)"}}"#,
            false
        ),
    ])
    func `a recreated identity is not allowed in words against a decision`(condition: String, isDecided: Bool)
        throws
    {
        let fix = try Self.recreated(condition).fix
        #expect(fix.contains("allow its sub in the trust policy (") == !isDecided, "\(fix)")
        #expect(fix.contains("leave the trust policy as it is, because Statement[0]") == isDecided, "\(fix)")
        #expect(
            fix.contains("Decide whether the token's identity may assume the role.") == isDecided,
            "\(fix)"
        )
        #expect(fix.contains("`cambist setup apply") == !isDecided, "\(fix)")
    }

    @Test func `a Deny statement of the hub's role is narrowed only after a decision`() throws {
        let evidence = try ChainFixture.evidence(ChainFixture.allowance()) {
            $0.chain?.permission = .denied(action: "sts:AssumeRole")
        }
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "hub-denied" })
        #expect(
            cause.fix.hasPrefix("Decide whether \(ChainFixture.hub) may assume this role."),
            "\(cause.fix)"
        )
        #expect(cause.fix.contains("cambist proposes no command, because"))
    }
}
