import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// Fixes that lead to the goal and change nothing else.
@Suite(.computing) struct RightFixTests {
    private static let host = "login.microsoftonline.com"

    /// Returns the evidence of a version 2 token for a role that trusts the provider with this URL.
    private static func versionTwo(trusting url: String, clientID: String = EntraFixture.clientID) -> Evidence
    {
        let arn = "arn:aws:iam::111122223333:oidc-provider/\(url)"
        let condition =
            #"{"StringEquals":{"\#(url):aud":"\#(clientID)","\#(url):sub":"\#(EntraFixture.subject)"}}"#
        var evidence = EvidenceFixture.policy(condition, principal: #"{"Federated": "\#(arn)"}"#)
        evidence.token = .claims(EntraFixture.token(EvidenceFixture.versionTwo))
        evidence.providers = [OIDCProvider(arn: arn, url: url, clientIDs: [clientID])]
        evidence.request.mapping = "audit"
        return evidence
    }

    @Test(arguments: [
        "\(host)/contoso.com/v2.0", "\(host)/organizations/v2.0", "\(host)/common/v2.0",
        "\(host)/\(EvidenceFixture.other)/v2.0", "login.microsoftonline.us/\(EntraFixture.tenant)/v2.0",
        "\(host)/\(EntraFixture.tenant)", "sts.windows.net/\(EntraFixture.tenant)/",
        "\(host)/\(EntraFixture.tenant)/v2.0/",
    ])
    func `a role for version 2 gets a provider and a statement, and the application is unchanged`(
        url: String
    ) throws {
        let explanation = Explanation(Self.versionTwo(trusting: url))
        let commands = explanation.causes.flatMap(\.commands)
        #expect(!commands.contains { $0.contains("PATCH") }, "\(commands)")
        let creation =
            "create-open-id-connect-provider --url https://\(Self.host)/\(EntraFixture.tenant)/v2.0"
        #expect(commands.count { $0.contains(creation) } == 1, "\(commands)")
        #expect(commands.count { $0.contains("update-assume-role-policy") } == 1, "\(commands)")
        let fixes = explanation.causes.map(\.fix)
        #expect(!fixes.contains { $0.contains("setup apply") }, "\(fixes)")
        // A provider does not correct the trust policy.
        let providers = explanation.causes.enumerated().filter { $0.element.id.hasPrefix("provider-") }
        for cause in explanation.causes where cause.id.hasPrefix("principal-") {
            #expect(!providers.contains { cause.fix.contains("of cause \($0.offset + 1)") }, "\(cause.fix)")
        }
        #expect(explanation.settledBySetup.isEmpty)
    }

    @Test func `a role for another service does not make the application change`() {
        var evidence = Self.versionTwo(trusting: "token.actions.githubusercontent.com")
        evidence.request.mapping = nil
        let causes = Explanation(evidence).causes
        #expect(!causes.flatMap(\.commands).contains { $0.contains("PATCH") }, "\(causes)")
        #expect(causes.first { $0.id == "principal-mismatch" }?.fix.contains("no-provider") != true)
    }

    @Test func `a role for version 1 keeps its version`() throws {
        let evidence = Self.versionTwo(
            trusting: EntraFixture.provider,
            clientID: EntraFixture.audience
        )
        let causes = Explanation(evidence).causes
        #expect(causes.flatMap(\.commands).contains { $0.contains("requestedAccessTokenVersion") })
    }

    @Test func `an application that the role does not expect keeps its token version`() throws {
        let expected = "api://b22ce000-2222-4333-8444-555566667777"
        let evidence = Self.versionTwo(trusting: EntraFixture.provider, clientID: expected)
        let causes = Explanation(evidence).causes
        #expect(
            !causes.flatMap(\.commands).contains { $0.contains("requestedAccessTokenVersion") },
            "\(causes)"
        )
        #expect(causes.contains { $0.fix.contains("Request a token for \(expected)") }, "\(causes)")
    }

    @Test func `setup, which sets version 1, is not offered for a role that works with version 2`() throws {
        var evidence = Self.versionTwo(trusting: EvidenceFixture.versionTwoProvider)
        evidence.assignment = AssignmentFacts(isRequired: false, assigned: EntraFixture.now)
        let explanation = Explanation(evidence)
        let cause = try #require(explanation.causes.first { $0.id == "assignment-not-required" })
        #expect(cause.advice.contains("identities without an assignment then receive no new tokens"))
        #expect(!cause.fix.contains("setup apply"), "\(cause.fix)")
        #expect(cause.commands.count == 1)
        #expect(explanation.settledBySetup.isEmpty)
    }

    private typealias WrongID = (key: String, change: @Sendable (inout ManagedIdentity) -> Void, id: String)

    /// The keys of an identity, the change that makes one of them wrong, and the token's ID.
    ///
    /// Azure Resource Manager assigns a new client ID and a new object ID when an identity is created, so that neither
    /// the token of a recreated identity nor the token of another identity has one of the configured IDs.
    private static let wrongIDs: [WrongID] = [
        ("principal_id", { $0.principalID = EvidenceFixture.other }, EntraFixture.subject),
        ("client_id", { $0.clientID = EvidenceFixture.other }, EntraFixture.clientID),
        ("tenant_id", { $0.tenantID = EvidenceFixture.other }, EntraFixture.tenant),
    ]

    @Test(arguments: wrongIDs, [nil, "/subscriptions/s/x"])
    private func `only the wrong ID is corrected if the other ID is the token's`(
        wrong: WrongID,
        resource: String?
    ) throws {
        var evidence = EvidenceFixture.policy(
            #"{"StringEquals":{"\#(EntraFixture.provider):sub":"\#(EvidenceFixture.other)"}}"#
        )
        var identity = try #require(evidence.identity)
        identity.tenantID = EntraFixture.tenant
        identity.resourceID = resource
        wrong.change(&identity)
        evidence.identity = identity
        evidence.token = .claims(EntraFixture.token(["xms_mirid": resource.map { .string($0) }]))
        evidence.host = HostFacts(variables: ["AZURE_CLIENT_ID": EntraFixture.clientID])
        let causes = Explanation(evidence).causes
        #expect(causes.first?.id == "identity-mismatch", "\(causes.map(\.id))")
        #expect(causes.first?.fix == "Set \(wrong.key) to \(wrong.id) (`cambist config edit`).")
        #expect(!causes.contains { $0.id == "subject-deleted" })
        #expect(!causes.flatMap(\.commands).contains(where: TokenDistrust.isChange))
    }

    @Test func `without another ID, a new object ID may be that of a recreated identity`() throws {
        let evidence = EvidenceFixture.evidence {
            $0.identity = ManagedIdentity(
                id: "logging",
                principalID: EvidenceFixture.other,
                resourceID: "/subscriptions/s/x"
            )
            $0.token = .claims(EntraFixture.token(["xms_mirid": .string("/subscriptions/S/x")]))
        }
        #expect(Explanation(evidence).causes.first?.id == "identity-recreated")
    }

    @Test(arguments: [nil, "audit"])
    func `setup is offered for the provider that STS did not find`(mapping: String?) throws {
        let evidence = EvidenceFixture.refused("InvalidIdentityToken", EvidenceFixture.providerNotFound) {
            $0.request.mapping = mapping
            $0.providers = nil
        }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "no-provider")
        #expect(cause.advice.contains("`cambist setup apply audit`") == (mapping != nil), "\(cause.advice)")
        #expect(cause.commands.contains { $0.contains("create-open-id-connect-provider") })
    }

    private static let tags: [String: JSONValue?] = [
        "https://aws.amazon.com/tags": .object([
            "principal_tags": .object(["team": .array([.string("a")])])
        ])
    ]

    @Test(arguments: [
        ("PackedPolicyTooLarge", "Packed size of session tags consumes 120% of allotted space."),
        (
            "InvalidParameterValue",
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        ),
    ])
    func `session tags of the token are corrected at its issuer`(code: String, message: String) throws {
        let evidence = EvidenceFixture.refused(code, message) {
            $0.request.mapping = "audit"
            $0.token = .claims(EntraFixture.token(Self.tags))
            $0.policy = .unknown
        }
        let causes = Explanation(evidence).causes
        let cause = try #require(causes.first { $0.fix.contains("at the token's issuer") }, "\(causes)")
        #expect(cause.fix.contains("(team)") && !cause.fix.contains("proxy"))
        #expect(!causes.contains { $0.fix.contains("from session_tags") })
    }

    /// Returns the evidence of a policy for the object ID of an application.
    private static func application(_ change: (inout Evidence) -> Void = { _ in }) -> Evidence {
        let key = EntraFixture.provider
        var evidence = EvidenceFixture.policy(
            #"{"StringEquals":{"\#(key):aud":"\#(EntraFixture.audience)","\#(key):sub":"\#(EvidenceFixture.other)"}}"#
        )
        evidence.missingPrincipals = [EvidenceFixture.other]
        evidence.applicationIDs = [EvidenceFixture.other]
        change(&evidence)
        return evidence
    }

    @Test func `the object ID of an application is not a deleted identity`() throws {
        let causes = Explanation(Self.application()).causes
        #expect(causes.first?.id == "sub-is-application", "\(causes.map(\.id))")
        #expect(!causes.contains { $0.id == "subject-deleted" })
        #expect(causes.first?.commands.contains { $0.contains("update-assume-role-policy") } == true)
    }

    @Test(arguments: [
        ("IDPCommunicationError", "Error communicating with IdP.", "issuer-unreachable"),
        (
            "InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider",
            "verification-key"
        ),
    ])
    func `STS's own words precede this host's view of Entra`(code: String, message: String, id: String) throws
    {
        let evidence = EvidenceFixture.refused(code, message) {
            $0.issuer = .unreadable("status 404")
        }
        let causes = Explanation(evidence).causes
        #expect(causes.first?.id == id, "\(causes.map(\.id))")
        #expect(causes.contains { $0.id == "issuer-unreadable" && $0.evidence.contains("from this host") })
    }

    @Test func `a name after an application's URI is a scope`() throws {
        let message = "AADSTS500011: The resource principal named x was not found in the tenant."
        let evidence = EvidenceFixture.noToken("AADSTS500011", message, .imds) {
            $0.request.mapping = "audit"
            $0.request.audience = EntraFixture.audience + "/access"
            $0.assignment = AssignmentFacts(resourceExists: false, isRequired: false, assigned: nil)
            $0.assignment?.similarAudience = EntraFixture.audience
        }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "audience-scope" && cause.commands == [])
        #expect(cause.fix.contains("Remove /access") && cause.fix.contains("to \(EntraFixture.audience) ("))
        #expect(!cause.fix.contains("setup apply"))
    }

    /// Mistakes in the mapping or at the token's issuer.
    static let mistakes: [(evidence: Evidence, cause: String)] = [
        (
            EvidenceFixture.token(["aud": .array([.string(EntraFixture.audience), .string("b")])]),
            "audience-multiple"
        ),
        (EvidenceFixture.evidence { $0.request.region = "cn-north-1" }, "partition-mismatch"),
    ]

    @Test(arguments: mistakes)
    func `setup, which changes only the clouds, is not offered for a mistake elsewhere`(
        row: (evidence: Evidence, cause: String)
    ) {
        var evidence = row.evidence
        evidence.request.mapping = "audit"
        let explanation = Explanation(evidence)
        #expect(explanation.causes.contains { $0.id == row.cause }, "\(explanation.causes.map(\.id))")
        #expect(!explanation.settledBySetup.contains(row.cause))
    }

    @Test func `setup, which refuses a policy with a deleted principal, is not offered for one`() throws {
        let condition = EntraFixture.validCondition
        var evidence = EvidenceFixture.policy(condition, principal: #"{"AWS": "AROAEXAMPLEEXAMPLE123"}"#)
        evidence.request.mapping = "audit"
        let explanation = Explanation(evidence)
        #expect(!explanation.causes.isEmpty && explanation.settledBySetup.isEmpty)
        #expect(!explanation.causes.contains { $0.fix.contains("setup apply") }, "\(explanation.causes)")
    }

    @Test func `a refused signature is not compared with iss and aud`() throws {
        let evidence = EvidenceFixture.refused("InvalidIdentityToken", "Token signature invalid")
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "signature-refused" })
        #expect(cause.fix.contains("new token") && !cause.fix.contains("aud"))
    }

    @Test(arguments: [("AADSTS900023", "tenant-unknown"), ("AADSTS50146", "signing-key-unset")])
    func `an error of the reference has a row`(code: String, id: String) {
        let failure = Failure(kind: .refused, code: code, message: "\(code): x", fix: "")
        #expect(KnownError.find(.clientSecret, failure: failure)?.id == id)
    }
}
