import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation

/// No command makes a cloud accept a token that must not be accepted, or stores a policy derived from an old one.
@Suite(.computing) struct TokenDistrustTests {
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

    @Test func `with a trusted token, a mismatched role has a change to propose`() {
        #expect(!Self.changes(Self.mismatched([:]) { _ in }).isEmpty)
    }

    @Test(arguments: [false, true])
    func `a token whose signature is wrong leads to no change`(hasProvider: Bool) {
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

    @Test(arguments: [
        ("https://eastus.oic.prod-aks.azure.com/\(otherTenant)/0a1b/", "api://AzureADTokenExchange"),
        ("https://token.actions.githubusercontent.com", "api://AzureADTokenExchangeUSGov"),
        ("https://oidc.example.com", "api://azureadtokenexchangechina"),
    ])
    func `a token that was issued for Entra leads to no change in AWS`(issuer: String, audience: String) {
        let claims: [String: JSONValue?] = [
            "iss": .string(issuer), "aud": .array([.string(audience)]), "tid": nil, "oid": nil, "ver": nil,
            "sub": .string("system:serviceaccount:prod:payroll"), "xms_mirid": nil, "appid": nil,
            "idtyp": nil,
        ]
        for providers in [[], [EvidenceFixture.record]] {
            let evidence = Self.mismatched(claims) { evidence in
                evidence.identity = nil
                evidence.providers = providers
            }
            let causes = Explanation(evidence).causes
            #expect(causes.first?.id == "federated-token")
            #expect(causes.first?.advice.contains("source: workload-identity") == true)
            #expect(Self.changes(evidence).isEmpty)
        }
    }

    @Test func `the tokens that AWS's tools for Azure DevOps send are not taken for federated tokens`() {
        let claims: [String: JSONValue?] = [
            "iss": .string("https://vstoken.dev.azure.com/\(Self.otherTenant)"),
            "aud": .string("api://AzureADTokenExchange"), "sub": .string("sc://org/project/connection"),
        ]
        let causes = Explanation(Self.mismatched(claims) { $0.identity = nil }).causes
        #expect(!causes.contains { $0.id == "federated-token" })
    }

    @Test func `a token of another identity leads to no change`() {
        let claims: [String: JSONValue?] = ["sub": .string(Self.stranger), "oid": .string(Self.stranger)]
        let evidence = Self.mismatched(claims) { $0.missingPrincipals = [EntraFixture.subject] }
        #expect(Explanation(evidence).causes.map(\.id).contains("identity-mismatch"))
        #expect(Self.changes(evidence).isEmpty)
        #expect(!Explanation(evidence).causes.contains { $0.advice.contains("command of cause") })
        #expect(Explanation(evidence).settledBySetup.isEmpty)
    }

    @Test(arguments: [
        ["iss": "https://sts.windows.net/\(otherTenant)/", "tid": otherTenant],
        ["iss": "https://evil.example.com/"],
        ["iss": "https://sts.windows.net/\(otherTenant)/"],
        ["tid": otherTenant],
    ])
    func `a token of another issuer or tenant leads to no change`(claims: [String: String]) {
        let values = claims.mapValues { JSONValue?.some(.string($0)) }
        let evidence = Self.mismatched(values) {
            $0.identity?.tenantID = EntraFixture.tenant
            $0.providers = []
        }
        #expect(Self.changes(evidence).isEmpty)
        #expect(Explanation(evidence).causes.contains { $0.advice.contains(EntraFixture.tenant) })
    }

    @Test(arguments: [
        "http://\(EntraFixture.provider)", "HTTP://oidc.example", "sts.windows.net/\(EntraFixture.tenant)/",
    ])
    func `a token whose issuer is not an HTTPS URL leads to no change`(issuer: String) throws {
        for providers in [[], [EvidenceFixture.record], nil] as [[OIDCProvider]?] {
            let evidence = Self.mismatched(["iss": .string(issuer)]) {
                $0.providers = providers
                $0.request.mapping = "audit"
            }
            let explanation = Explanation(evidence)
            #expect(Self.changes(evidence).isEmpty)
            #expect(explanation.settledBySetup.isEmpty)
            let cause = try #require(explanation.causes.first { $0.id == "issuer-not-url" })
            #expect(cause.fix.contains("HTTPS"), "\(cause.fix)")
            #expect(!explanation.causes.contains { $0.fix.contains("setup apply") })
        }
    }

    @Test func `a missing provider is not created for an http issuer`() throws {
        let issuer = "http://\(EntraFixture.provider)"
        let evidence = EvidenceFixture.refused(
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for \(issuer)"
        ) {
            $0.token = .claims(EntraFixture.token(["iss": .string(issuer)]))
            $0.providers = nil
        }
        let explanation = Explanation(evidence)
        #expect(explanation.causes.first?.id == "issuer-not-url")
        #expect(!explanation.causes.contains { $0.fix.contains("Create the provider") })
    }

    /// Returns the text of a token with the fixture's claims.
    private static func text(header: String, signature: String?) -> Secret {
        let payload = Data(JSONValue.object(EntraFixture.claims).compactText.utf8).base64URL
        let parts = [Data(header.utf8).base64URL, payload] + [signature].compactMap(\.self)
        return Secret(parts.joined(separator: "."))
    }

    static let unsigned: [(header: String, signature: String?, evidence: String)] = [
        (#"{"alg":"RS256","kid":"k1"}"#, "", "alg is RS256, and the signature is empty"),
        (#"{"alg":"RS256","kid":"k1"}"#, nil, "alg is RS256, and the signature is empty"),
        (#"{"kid":"k1"}"#, "c2ln", "the header has no alg"), ("{}", "c2ln", "the header has no alg"),
        (#"{"alg":256}"#, "c2ln", "alg is 256"),
    ]

    @Test(arguments: unsigned)
    func `a token without a signature that STS verifies leads to no change`(
        header: String,
        signature: String?,
        seen: String
    ) throws {
        let claims = try Claims(saved: Self.text(header: header, signature: signature))
        let evidence = Self.mismatched([:]) {
            $0.token = .claims(claims)
            $0.providers = []
        }
        let explanation = Explanation(evidence)
        #expect(Self.changes(evidence).isEmpty)
        let cause = try #require(explanation.causes.first { $0.id == "signature-missing" })
        #expect(cause.evidence == seen)
        #expect(!explanation.isClear)
    }

    @Test func `a signed token and saved claims lead to a change`() throws {
        let signed = try Claims(saved: Self.text(header: #"{"alg":"RS256"}"#, signature: "c2ln"))
        let saved = try Claims(saved: Secret(JSONValue.object(EntraFixture.claims).compactText))
        for claims in [signed, saved] {
            let evidence = Self.mismatched([:]) { $0.token = .claims(claims) }
            #expect(!Self.changes(evidence).isEmpty)
            #expect(!Explanation(evidence).causes.contains { $0.id == "signature-missing" })
        }
    }

    @Test(arguments: [["scp": "user_impersonation"], ["idtyp": "user"]])
    func `a user's token leads to no change`(claims: [String: String]) {
        let values = claims.mapValues { JSONValue?.some(.string($0)) }
        #expect(Self.changes(Self.mismatched(values) { $0.providers = [] }).isEmpty)
    }

    @Test func `no policy is derived from a policy that is out of date`() {
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
        (
            #"{"StringNotEquals": {"PROVIDER:sub": "SUBJECT"}}"#,
            "The condition excludes the token's identity."
        ),
        (#"{"Null": {"PROVIDER:sub": "true"}}"#, "The condition allows only tokens without a sub"),
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

    @Test(arguments: ["NumericEquals", "ArnLike", "BinaryEquals"])
    func `an operator that does not compare texts is the cause`(name: String) throws {
        let condition =
            #"{"\#(name)": {"\#(EntraFixture.provider):sub": "\#(EntraFixture.subject)"}}"#
        let cause = try #require(Explanation(EvidenceFixture.policy(condition)).causes.first)
        #expect(cause.id == "operator-type")
        #expect(cause.advice.contains("Replace \(name) with StringEquals"), "\(cause.advice)")
    }

    @Test(arguments: [
        (#"{"StringEquals": {"PROVIDER:sub": "OTHER"}}"#, true),
        (#"{"StringEquals": {"PROVIDER:sub": ["OTHER", "b"]}}"#, false),
        (#"{"StringLike": {"PROVIDER:sub": "99999999*"}}"#, false),
    ])
    func `only the object ID of one identity may be that of a deleted identity`(
        condition: String,
        isIdentity: Bool
    ) throws {
        let text = condition.replacing("PROVIDER", with: EntraFixture.provider)
            .replacing("OTHER", with: EvidenceFixture.other)
        for (mapping, identity) in [(nil, "the token's identity"), ("audit", "the mapping's identity")] {
            var evidence = EvidenceFixture.policy(text)
            evidence.request.mapping = mapping
            let cause = try #require(Explanation(evidence).causes.first)
            #expect(cause.id == "sub-mismatch")
            #expect(cause.advice.hasPrefix("To allow \(identity), add its sub"), "\(cause.advice)")
            #expect(cause.advice.contains("no longer exists") == isIdentity, "\(cause.advice)")
        }
    }
}
