import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation

/// No command makes a cloud accept a token that must not be accepted, or stores a policy derived from an old one.
@Suite(.limited) struct TokenDistrustTests {
    private static let stranger = "77777777-7777-4777-8777-777777777777"
    private static let otherTenant = "99999999-9999-4999-8999-999999999999"

    private static func changes(_ evidence: Evidence) -> [String] {
        Explanation(evidence).causes.flatMap(\.commands).filter(TokenDistrust.isChange)
    }

    /// A role whose policy, provider, and client IDs fit none of the token's claims.
    private static func mismatched(_ claims: [String: JSONValue?], _ change: (inout Evidence) -> Void)
        -> Evidence
    {
        var evidence = EvidenceFixture.policy(
            #"{"StringEquals": {"\#(EntraFixture.provider):sub": "other"}}"#
        )
        evidence.token = .claims(EntraFixture.token(claims))
        change(&evidence)
        return evidence
    }

    @Test func `the mismatched role alone has a change to propose`() {
        #expect(!Self.changes(Self.mismatched([:]) { _ in }).isEmpty)
    }

    @Test(arguments: [false, true])
    func `a token whose signature is wrong changes nothing`(hasProvider: Bool) {
        let evidence = Self.mismatched(["aud": .string("api://something-else")]) {
            $0.signatureProblem = "the signature does not match the key"
            if !hasProvider { $0.providers = [] }
        }
        #expect(Self.changes(evidence).isEmpty)
        #expect(!Explanation(evidence).causes.contains { $0.advice.contains(" add ") })
        #expect(Explanation(evidence).causes.map(\.id).contains("signature-invalid"))
        #expect(
            Explanation(evidence).causes.contains { $0.advice.contains("the issuer did not sign this token") }
        )
    }

    @Test func `a token of another identity changes nothing`() {
        let claims: [String: JSONValue?] = ["sub": .string(Self.stranger), "oid": .string(Self.stranger)]
        let evidence = Self.mismatched(claims) { $0.missingPrincipals = [EntraFixture.subject] }
        #expect(Explanation(evidence).causes.map(\.id).contains("identity-mismatch"))
        #expect(Self.changes(evidence).isEmpty)
        #expect(!Explanation(evidence).causes.contains { $0.advice.contains("The command for") })
        #expect(Explanation(evidence).settledBySetup.isEmpty)
    }

    @Test(arguments: [
        ["iss": "https://sts.windows.net/\(otherTenant)/", "tid": otherTenant],
        ["iss": "https://evil.example.com/"],
        ["iss": "https://sts.windows.net/\(otherTenant)/"],
        ["tid": otherTenant],
    ])
    func `a token of another issuer or tenant changes nothing`(claims: [String: String]) {
        let values = claims.mapValues { JSONValue?.some(.string($0)) }
        let evidence = Self.mismatched(values) {
            $0.identity?.tenantID = EntraFixture.tenant
            $0.providers = []
        }
        #expect(Self.changes(evidence).isEmpty)
        #expect(Explanation(evidence).causes.contains { $0.advice.contains(EntraFixture.tenant) })
    }

    @Test(arguments: [["scp": "user_impersonation"], ["idtyp": "user"]])
    func `a user's token changes nothing`(claims: [String: String]) {
        let values = claims.mapValues { JSONValue?.some(.string($0)) }
        #expect(Self.changes(Self.mismatched(values) { $0.providers = [] }).isEmpty)
    }

    @Test func `a policy that is out of date is not the base of another`() {
        let evidence = Self.mismatched([:]) {
            $0.exchange = .succeeded(ExchangeAnswer())
            $0.missingPrincipals = [Self.stranger]
            $0.policyFile = "stale.json"
            $0.policy = PolicyEvidence(
                document: EntraFixture.policy(
                    condition: #"{"StringEquals": {"\#(EntraFixture.provider):sub": "\#(Self.stranger)"}}"#
                )
            )
        }
        let explanation = Explanation(evidence)
        #expect(explanation.causes.map(\.id).contains("policy-out-of-date"))
        #expect(Self.changes(evidence).isEmpty)
    }

    @Test(arguments: [
        (#"{"StringNotEquals": {"PROVIDER:sub": "SUBJECT"}}"#, "The condition excludes this identity."),
        (#"{"Null": {"PROVIDER:sub": "true"}}"#, "The condition allows only tokens without sub"),
    ])
    func `a condition that excludes the identity is not evaded by another statement`(
        condition: String,
        summary: String
    ) throws {
        let text = condition.replacing("PROVIDER", with: EntraFixture.provider)
            .replacing("SUBJECT", with: EntraFixture.subject)
        let explanation = Explanation(EvidenceFixture.policy(text))
        let cause = try #require(explanation.causes.first { $0.id == "sub-excluded" })
        #expect(cause.summary.hasPrefix(summary))
        #expect(!cause.advice.contains("no longer exists"))
        if condition.contains("NotEquals") { #expect(cause.commands.isEmpty) }
    }
}
