import TestSupport
import Testing

@testable import Federation
@testable import TrustPolicy

/// The advice on statements that IAM refuses.
@Suite(.computing) struct PolicyAdviceTests {
    @Test(arguments: [
        (#"{"Federated":"arn"}"#, "StringNotEquals on aws:FederatedProvider."),
        (#"{"AWS":"111122223333"}"#, "ArnNotEquals on aws:PrincipalArn."),
        (#""*""#, "ArnNotEquals on aws:PrincipalArn."),
        (
            #"{"AWS":"111122223333","Federated":"arn"}"#,
            "StringNotEquals on aws:FederatedProvider together with ArnNotEquals on aws:PrincipalArn."
        ),
    ])
    func `the exemption that replaces NotPrincipal tests the key of the principal's kind`(
        principal: String,
        advice: String
    ) {
        let text = #"{"Statement":{"Effect":"Deny","NotPrincipal":\#(principal),"Action":"sts:*"}}"#
        let error = #expect(throws: PolicyError.self) { try TrustPolicy(parsing: text) }
        #expect(error?.advice?.hasSuffix(advice) == true, "\(error?.advice ?? "")")
    }

    @Test(arguments: [
        ("Allow", "sts:AssumeRoleWithWebIdentities", "only if the statement is meant to allow it"),
        ("Deny", "sts:AssumeRoleWithWebIdentity2", "only if the statement is meant to deny it"),
        ("Deny", "*", "Replace * with sts:*"), ("Deny", "*", "still denies every request that meets"),
        ("Deny", "s3:GetObject", "the statement can deny only STS AssumeRole actions"),
    ])
    func `the advice on an unknown action does not extend the statement`(
        effect: String,
        action: String,
        advice: String
    ) {
        let text = #"{"Statement":{"Effect":"\#(effect)","Principal":"*","Action":"\#(action)"}}"#
        let error = #expect(throws: PolicyError.self) { try TrustPolicy(parsing: text) }
        #expect(error?.advice?.contains(advice) == true, "\(error?.advice ?? "")")
    }

    /// An action in NotAction has the opposite effect, so a correction would allow or deny other calls.
    @Test(arguments: [
        ("Allow", "sts:AssumeRoleWithWebIdentities"), ("Deny", "sts:AssumeRoleWithWebIdentity2"),
        ("Deny", "*"),
        ("Deny", "s3:GetObject"),
    ])
    func `the advice on an unknown action in NotAction names no action`(effect: String, action: String) {
        let text = #"{"Statement":{"Effect":"\#(effect)","Principal":"*","NotAction":"\#(action)"}}"#
        let error = #expect(throws: PolicyError.self) { try TrustPolicy(parsing: text) }
        #expect(error?.advice?.contains("that the statement does not \(effect.lowercased())") == true)
    }
}
