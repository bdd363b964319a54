import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// Advice fits the issuer of the token, and proposals leave all other principals unchanged.
@Suite(.computing) struct IssuerAdviceTests {
    private static let account = "111122223333"
    private static let at = EntraFixture.now

    /// Returns the explanation of an issuer's token, with a policy of one statement and one provider.
    private static func explain(
        _ issuer: String,
        claims: [String: JSONValue],
        condition: String,
        action: String = #""sts:AssumeRoleWithWebIdentity""#,
        federated: String? = nil,
        provider: String? = nil,
        clientIDs: [String],
        role: String = EntraFixture.roleARN
    ) -> Explanation {
        var payload = claims
        payload["iss"] = .string("https://\(issuer)")
        payload["iat"] = .integer(EntraFixture.issued)
        payload["exp"] = .integer(EntraFixture.issued + 86700)
        let arn = "arn:aws:iam::\(account):oidc-provider/\(federated ?? issuer)"
        return Explanation(
            Evidence(
                request: RequestFacts(roleARN: RoleARN(role)),
                token: .claims(
                    Claims(header: ["alg": .string("RS256"), "kid": .string("k1")], payload: payload)
                ),
                policy: PolicyEvidence(
                    document: """
                        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
                          "Principal": {"Federated": "\(arn)"}, "Action": \(action), "Condition": \(condition)}]}
                        """
                ),
                providers: [OIDCProvider(url: provider ?? issuer, clientIDs: clientIDs)],
                now: at
            )
        )
    }

    private static func policies(_ explanation: Explanation) throws -> [TrustPolicy] {
        try explanation.causes.flatMap(\.commands).compactMap { command in
            guard let start = command.range(of: "--policy-document '") else { return nil }
            let document = command[start.upperBound...].prefix { $0 != "'" }
            return try TrustPolicy(parsing: String(document), quota: nil)
        }
    }

    private static func text(_ explanation: Explanation) -> String {
        explanation.causes.map { "\($0.summary) \($0.evidence) \($0.fix)" }.joined(separator: "\n")
    }

    // Statements for other principals.

    @Test func `a role for AWS principals is reported as meant for role chaining`() throws {
        let evidence = EvidenceFixture.policy(
            nil,
            principal: #"{"AWS": "arn:aws:iam::111122223333:role/reader"}"#,
            action: #""Action": "sts:AssumeRole""#
        )
        let explanation = Explanation(evidence)
        #expect(explanation.causes.map(\.id) == ["role-chaining"])
        let policy = try #require(try Self.policies(explanation).first)
        #expect(policy.statements.count == 2)
        #expect(policy.statements[0].action.names == ["sts:AssumeRole"])
        #expect(Set(policy.statements[1].conditions.compactMap { OIDCKey($0.key)?.name }) == ["aud", "sub"])
    }

    @Test func `a statement for another issuer gets no advice`() throws {
        let gitHub = "token.actions.githubusercontent.com"
        let evidence = EvidenceFixture.policy(
            #"{"StringEquals": {"\#(gitHub):aud": "sts.amazonaws.com"}, "StringLike": {"\#(gitHub):sub": "repo:a/*"}}"#,
            principal: #"{"Federated": "arn:aws:iam::111122223333:oidc-provider/\#(gitHub)"}"#
        )
        let explanation = Explanation(evidence)
        #expect(explanation.causes.map(\.id) == ["principal-mismatch"])
        #expect(!Self.text(explanation).contains("Write the key"))
        let policy = try #require(try Self.policies(explanation).first)
        #expect(policy.statements[0].conditions.count == 2 && policy.statements.count == 2)
    }

    @Test(arguments: [
        ("arn:aws-us-gov:iam::111122223333:role/reader", "principal-partition"),
        ("arn:aws-cn:iam::111122223333:role/reader", "principal-partition"),
        ("arn:aws:iam::444455556666:role/reader", "principal-account"),
    ])
    func `a provider that STS never finds for the role is replaced`(role: String, cause: String) throws {
        let arn = try #require(RoleARN(role))
        let explanation = Explanation(
            EvidenceFixture.evidence {
                $0.request.roleARN = arn
                $0.request.region = nil
                $0.providers = [OIDCProvider(url: EntraFixture.provider, clientIDs: [EntraFixture.audience])]
            }
        )
        #expect(explanation.causes.first?.id == cause)
        let policy = try #require(try Self.policies(explanation).first)
        let own = OIDCProvider.arn(
            forIssuer: EntraFixture.provider,
            account: arn.account,
            partition: arn.arn.partition
        )
        #expect(policy.trustedProviders == [own])
        #expect(policy.statements.count == 1)
    }

    @Test func `replacing a provider never opens a statement without a subject`() throws {
        let evidence = EvidenceFixture.evidence {
            $0.request.roleARN = RoleARN("arn:aws-us-gov:iam::111122223333:role/reader")
            $0.request.region = nil
            $0.policy = PolicyEvidence(
                document: EntraFixture.policy(
                    condition:
                        #"{"StringEquals": {"\#(EntraFixture.provider):aud": "\#(EntraFixture.audience)"}}"#
                )
            )
            $0.providers = [OIDCProvider(url: EntraFixture.provider, clientIDs: [EntraFixture.audience])]
        }
        let policy = try #require(try Self.policies(Explanation(evidence)).first)
        #expect(policy.trustedProviders.allSatisfy { $0.contains("aws-us-gov") })
        let names = policy.statements.map { Set($0.conditions.compactMap { OIDCKey($0.key)?.name }) }
        #expect(names == [["aud", "sub"]])
    }

    // Keys that the request lacks.

    private static let tags = JSONValue.object([
        "principal_tags": .object(["Department": .array([.string("Engineering")])])
    ])

    @Test func `a principal tag is replaced by the request tag that the token sets`() throws {
        let explanation = Self.explain(
            "keycloak.example.com/realms/shop",
            claims: ["aud": .string("aws"), "sub": .string("f1"), "https://aws.amazon.com/tags": Self.tags],
            condition: #"{"StringEquals": {"aws:PrincipalTag/Department": "Engineering"}}"#,
            action: #"["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]"#,
            clientIDs: ["aws"]
        )
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "key-absent" && cause.fix.contains("aws:RequestTag/Department"))
        #expect(!cause.fix.lowercased().contains("remove"))
        let policy = try #require(try Self.policies(explanation).first)
        let keys = Set(policy.statements[1].conditions.map(\.key))
        #expect(keys.contains("aws:RequestTag/Department") && keys.count == 3)
    }

    @Test(arguments: [
        ("aws:PrincipalTag/x", "aws:RequestTag/x"), ("aws:PrincipalOrgID", "AWS credentials"),
        ("aws:PrincipalArn", "AWS credentials"),
        ("sts:ExternalId", "AssumeRole has the parameter ExternalId"),
        ("aws:MultiFactorAuthPresent", "AWS credentials"), ("aws:SourceAccount", "AWS service"),
        ("saml:aud", "SAML"), ("aws:RequestTag/x", "session tag"),
        ("sts.windows.net/11111111-2222-3333-4444-555555555555/:oaud", "with version 2 tokens it sets :oaud"),
        ("sts.windows.net/11111111-2222-3333-4444-555555555555/:amr", "only users' tokens"),
        ("sts.windows.net/11111111-2222-3333-4444-555555555555/:email", "only users' tokens"),
    ])
    func `an absent key is explained, and its condition is never removed`(key: String, part: String) throws {
        let evidence = EvidenceFixture.policy(#"{"StringEquals": {"\#(key)": "x"}}"#)
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "key-absent")
        #expect("\(cause.summary) \(cause.fix)".contains(part), "\(cause.summary) \(cause.fix)")
        #expect(!cause.fix.lowercased().contains("remove"))
    }

    @Test func `a version 1 token without the original audience gets a second statement`() throws {
        let provider = EntraFixture.provider
        let evidence = EvidenceFixture.policy(
            #"""
            {"StringEquals": {"\#(provider):aud": "\#(EntraFixture.audience)"},
             "ForAnyValue:StringEquals": {"\#(provider):oaud": ["\#(EntraFixture.audience)"]}}
            """#
        )
        let policy = try #require(try Self.policies(Explanation(evidence)).first)
        #expect(policy.statements.count == 2)
    }

    @Test func `a version 2 token's statement keeps the original audience`() throws {
        let issuer = "login.microsoftonline.com/\(EntraFixture.tenant)/v2.0"
        let explanation = Self.explain(
            issuer,
            claims: [
                "aud": .string(EvidenceFixture.other), "azp": .string(EntraFixture.clientID),
                "sub": .string(EntraFixture.subject), "oid": .string(EntraFixture.subject),
                "ver": .string("2.0"),
            ],
            condition: #"""
                {"StringEquals": {"\#(issuer):aud": "\#(EvidenceFixture.other)", "\#(issuer):sub": "\#(EntraFixture.subject)"}}
                """#,
            clientIDs: [EvidenceFixture.other]
        )
        #expect(explanation.causes.map(\.id).prefix(2) == ["audience-azp", "aud-is-not-azp"])
        let policy = try #require(try Self.policies(explanation).first)
        let values = Dictionary(
            policy.statements[1].conditions.map { (OIDCKey($0.key)?.name ?? "", $0.values) }
        ) { first, _ in first }
        #expect(
            values == [
                "aud": [EntraFixture.clientID], "oaud": [EvidenceFixture.other],
                "sub": [EntraFixture.subject],
            ]
        )
    }

    // Advice for the issuer.

    private static let entraWords = [
        "Graph", "IMDS", "Entra", "requestedAccessTokenVersion", "object ID", "az ",
    ]

    @Test func `a token of Auth0 gets no advice for Entra`() {
        let explanation = Self.explain(
            "contoso.eu.auth0.com/",
            claims: [
                "aud": .array([.string("https://api.contoso.example"), .string("https://contoso/userinfo")]),
                "azp": .string("client"), "sub": .string("auth0|1"),
            ],
            condition: #"{"StringEquals": {"contoso.eu.auth0.com/:aud": "https://api.contoso.example"}}"#,
            clientIDs: ["https://api.contoso.example"]
        )
        #expect(explanation.causes.map(\.id) == ["audience-azp", "aud-is-not-azp"])
        let text = Self.text(explanation)
        for word in Self.entraWords { #expect(!text.contains(word), "\(word): \(text)") }
        #expect(text.contains("--client-id client"))
    }

    @Test func `a token of Azure DevOps needs its fixed audience among the client IDs`() throws {
        let issuer = "vstoken.dev.azure.com/0dd0dd00-3333-4444-8555-666677778888"
        let explanation = Self.explain(
            issuer,
            claims: [
                "aud": .string("api://AzureADTokenExchange"),
                "sub": .string("sc://contoso/platform/aws-prod"),
            ],
            condition:
                #"{"StringEquals": {"\#(issuer):aud": "sts.amazonaws.com", "\#(issuer):sub": "sc://contoso/platform/*"}}"#,
            clientIDs: ["sts.amazonaws.com"]
        )
        let first = try #require(explanation.causes.first)
        #expect(first.id == "audience-not-registered")
        #expect(first.commands.first?.contains("--client-id api://AzureADTokenExchange") == true)
        #expect(first.advice.contains("Otherwise, Azure DevOps"))
        #expect(!Self.text(explanation).contains("IMDS"))
        let policy = try #require(try Self.policies(explanation).first)
        let subjects = policy.statements[1].conditions.filter { OIDCKey($0.key)?.name == "sub" }
        #expect(subjects.map(\.values) == [["sc://contoso/platform/aws-prod"]])
    }

    @Test func `a service connection's token from the tenant is treated as Azure DevOps's`() {
        let issuer = "login.microsoftonline.com/\(EntraFixture.tenant)/v2.0"
        let explanation = Self.explain(
            issuer,
            claims: [
                "aud": .string("fb60f99c-7a34-4190-8149-302f77469936"),
                "sub": .string("/eid1/c/pub/t/x/a/y/sc/z/w"), "ver": .string("2.0"),
            ],
            condition:
                #"{"StringEquals": {"\#(issuer):aud": "fb60f99c-7a34-4190-8149-302f77469936", "\#(issuer):sub": "/eid1/c/pub/t/x/a/y/sc/z/w"}}"#,
            clientIDs: ["fb60f99c-7a34-4190-8149-302f77469936"]
        )
        #expect(explanation.decision == .allow && explanation.causes.isEmpty)
    }

    private static let gitHubClaims: [String: JSONValue] = [
        "aud": .string("sts.amazonaws.com"), "sub": .string("repo:contoso/shop:ref:refs/heads/main"),
        "actor": .string("rahel"), "actor_id": .string("17"), "repository": .string("contoso/shop"),
        "ref": .string("refs/heads/main"), "event_name": .string("push"),
    ]

    @Test(arguments: [
        ("token.actions.githubusercontent.com", "actor", "rahel", true),
        ("token.actions.githubusercontent.com", "repository", "contoso/shop", true),
        ("token.actions.githubusercontent.com/contoso", "actor_id", "17", true),
        ("token.actions.contoso.ghe.com", "ref", "refs/heads/main", true),
        ("token.actions.githubusercontent.com", "event_name", "push", false),
        ("github.example.com/_services/token", "actor", "rahel", false),
    ])
    func `GitHub's additional claims are condition keys of its hosts`(
        issuer: String,
        claim: String,
        value: String,
        isKey: Bool
    ) {
        let explanation = Self.explain(
            issuer,
            claims: Self.gitHubClaims,
            condition:
                #"{"StringEquals": {"\#(issuer):aud": "sts.amazonaws.com", "\#(issuer):\#(claim)": "\#(value)"}}"#,
            clientIDs: ["sts.amazonaws.com"]
        )
        #expect(explanation.decision == (isKey ? .allow : .deny))
        #expect(explanation.causes.first?.id == (isKey ? nil : "condition-key-unsupported"))
        #expect(!Self.text(explanation).contains("object ID"))
    }

    @Test(arguments: [
        ("accounts.google.com", true), ("accounts.google.com", false),
        ("cognito-identity.amazonaws.com", true),
    ])
    func `a built-in provider needs no provider in IAM`(
        issuer: String,
        isAllowed: Bool
    ) throws {
        let subject = isAllowed ? "1" : "2"
        let statement =
            #"{"Effect":"Allow","Principal":{"Federated":"\#(issuer)"},"Action":"sts:AssumeRoleWithWebIdentity","#
            + #""Condition":{"StringEquals":{"\#(issuer):aud":"c","\#(issuer):sub":"\#(subject)"}}}"#
        let explanation = Explanation(
            Evidence(
                request: RequestFacts(roleARN: EvidenceFixture.role),
                token: .claims(
                    Claims(
                        header: ["alg": .string("RS256"), "kid": .string("k1")],
                        payload: [
                            "iss": .string("https://\(issuer)"), "aud": .string("c"), "sub": .string("1"),
                            "iat": .integer(EntraFixture.issued),
                            "exp": .integer(EntraFixture.issued + 86700),
                        ]
                    )
                ),
                policy: PolicyEvidence(document: #"{"Version":"2012-10-17","Statement":[\#(statement)]}"#),
                providers: [],
                now: EntraFixture.now
            )
        )
        #expect(explanation.decision == (isAllowed ? .allow : .deny))
        #expect(!explanation.causes.contains { $0.id == "no-provider" || $0.id == "principal-mismatch" })
        guard !isAllowed else { return }
        let policies = try Self.policies(explanation)
        #expect(policies.first?.statements.last?.principal.members[.federated] == [issuer])
    }

    @Test func `a nested numeric claim is a condition key for Google`() {
        let explanation = Self.explain(
            "accounts.google.com",
            claims: [
                "aud": .string("c"), "sub": .string("1"),
                "google": .object(["organization_number": .integer(123_456)]),
            ],
            condition:
                #"{"NumericEquals": {"accounts.google.com:google/organization_number": "123456"}}"#,
            clientIDs: ["c"]
        )
        #expect(explanation.decision == .allow)
    }

    @Test(arguments: [
        "fb60f99c-7a34-4190-8149-302f77469936", "api://AzureADTokenExchange",
        "00000003-0000-0000-c000-000000000000", "https://management.azure.com/",
        "797f4846-ba00-4fd7-ba43-dac1f8f63013", "https://graph.microsoft.us",
    ])
    func `advice for a Microsoft application's token does not change that application`(
        audience: String
    ) throws {
        let issuer = "login.microsoftonline.com/\(EntraFixture.tenant)/v2.0"
        let explanation = Self.explain(
            issuer,
            claims: [
                "aud": .string(audience), "azp": .string(EntraFixture.clientID),
                "sub": .string(EntraFixture.subject), "oid": .string(EntraFixture.subject),
                "ver": .string("2.0"),
            ],
            condition:
                #"{"StringEquals": {"\#(issuer):aud": "api://x", "\#(issuer):sub": "\#(EntraFixture.subject)"}}"#,
            clientIDs: ["api://x"]
        )
        let first = try #require(explanation.causes.first)
        #expect(first.id == "audience-microsoft")
        #expect(first.fix.contains("such a token can call") && first.fix.contains("your own application"))
        #expect(explanation.causes.allSatisfy { $0.commands.isEmpty })
        #expect(explanation.decision == .deny)
    }

    @Test(arguments: ["https://management.azure.com/", "https://graph.microsoft.com"], [true, false])
    func `a mapping for a Microsoft application leads neither to setup nor to commands`(
        audience: String,
        isAllowed: Bool
    ) {
        let explanation = Explanation(
            EvidenceFixture.evidence {
                $0.request.mapping = "graph"
                $0.request.audience = audience
                $0.token = .claims(EntraFixture.token(["aud": .string(audience), "roles": nil]))
                $0.assignment = AssignmentFacts(isRequired: false, assigned: nil)
                if isAllowed {
                    $0.policy =
                        EvidenceFixture.policy(
                            #"{"StringEquals": {"\#(EntraFixture.provider):sub": "\#(EntraFixture.subject)"}}"#
                        )
                        .policy
                }
            }
        )
        #expect(explanation.causes.contains { $0.id == "audience-microsoft" })
        #expect(explanation.causes.allSatisfy { $0.commands.isEmpty && !$0.fix.contains("setup apply") })
        #expect(explanation.settledBySetup.isEmpty)
    }

    @Test func `advice for a user's token does not assign or trust its subject`() {
        let explanation = Explanation(
            EvidenceFixture.evidence {
                $0.token = .claims(
                    EntraFixture.token([
                        "scp": .string("user_impersonation"), "sub": .string("p"), "roles": nil,
                    ])
                )
                $0.assignment = AssignmentFacts(isRequired: false, assigned: nil)
            }
        )
        #expect(explanation.causes.first?.id == "user-token")
        #expect(!explanation.causes.contains { ["sub-mismatch", "role-unassigned"].contains($0.id) })
        #expect(explanation.causes.flatMap(\.commands).allSatisfy { !$0.contains("appRoleAssignedTo") })
    }

    // The decision.

    @Test func `session tags without their action are denied`() throws {
        let issuer = "agent.buildkite.com"
        let tags = JSONValue.object(["principal_tags": .object(["pipeline_slug": .array([.string("shop")])])])
        let explanation = Self.explain(
            issuer,
            claims: [
                "aud": .string("sts.amazonaws.com"), "sub": .string("organization:a:pipeline:b:commit:c"),
                "https://aws.amazon.com/tags": tags,
            ],
            condition:
                #"{"StringEquals": {"\#(issuer):aud": "sts.amazonaws.com", "aws:RequestTag/pipeline_slug": "shop"}}"#,
            clientIDs: ["sts.amazonaws.com"]
        )
        #expect(explanation.decision == .deny)
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "tag-session-missing" && cause.fix.contains("sts:TagSession"))
        // The statement requires no sub, and each build has a different sub.
        #expect(cause.commands.isEmpty)
    }

    @Test func `both actions that a token needs are added by one command`() throws {
        let evidence = EvidenceFixture.token([
            "https://aws.amazon.com/tags": Self.tags, "https://aws.amazon.com/source_identity": .string("ci"),
        ])
        let explanation = Explanation(evidence)
        #expect(explanation.decision == .deny)
        #expect(explanation.causes.map(\.id) == ["tag-session-missing", "set-source-identity-missing"])
        #expect(explanation.causes.map(\.commands.count) == [1, 0])
        let policy = try #require(try Self.policies(explanation).first)
        var stored = evidence
        stored.policy = .parsed(policy)
        #expect(Explanation(stored).decision == .allow)
    }

    // The order of causes.

    @Test func `proved causes precede possible ones`() {
        let evidence = EvidenceFixture.refused("AccessDenied", EvidenceFixture.denied) {
            $0.lastChange = SetupChange(at: EntraFixture.now - 10)
            $0.providers = [OIDCProvider(url: EntraFixture.provider, clientIDs: ["api://other"])]
        }
        #expect(Explanation(evidence).causes.map(\.id) == ["audience-not-registered", "settling"])
        let altered = EvidenceFixture.refused("AccessDenied", EvidenceFixture.denied) {
            $0.signatureProblem = "The signature was not made by the issuer's key k1."
        }
        #expect(Explanation(altered).causes.map(\.id) == ["signature-invalid", "denied-beyond-trust"])
    }

    /// Returns the evidence of a token with a session tag and a source identity, and a policy of these statements.
    private static func tagged(_ statements: String) -> Evidence {
        EvidenceFixture.evidence {
            $0.token = .claims(
                EntraFixture.token([
                    "https://aws.amazon.com/tags": .object([
                        "principal_tags": .object(["team": .array([.string("red")])])
                    ]),
                    "https://aws.amazon.com/source_identity": .string("rahel"),
                ])
            )
            $0.policy = PolicyEvidence(document: #"{"Version":"2012-10-17","Statement":[\#(statements)]}"#)
        }
    }

    private static func allowance(_ actions: String, subjects: String) -> String {
        #"{"Effect":"Allow","Principal":{"Federated":"\#(EntraFixture.providerARN)"},"Action":\#(actions),"#
            + #""Condition":{"StringEquals":{"\#(EntraFixture.provider):aud":"\#(EntraFixture.audience)","#
            + #""\#(EntraFixture.provider):sub":\#(subjects)}}}"#
    }

    @Test(arguments: ["sts:TagSession", "sts:SetSourceIdentity"])
    func `a Deny statement for a further action is named`(action: String) throws {
        let explanation = Explanation(
            Self.tagged(
                Self.allowance(#""sts:*""#, subjects: "\"\(EntraFixture.subject)\"")
                    + #",{"Effect":"Deny","Principal":"*","Action":"\#(action)"}"#
            )
        )
        #expect(explanation.decision == .explicitDeny && explanation.statement == 1)
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "denied-explicitly" && cause.summary.contains(action))
        #expect(cause.evidence.hasPrefix("Statement[1]") && cause.commands.isEmpty)
        #expect(!explanation.causes.contains { $0.fix.contains("requires no sub") })
    }

    @Test func `the fix names the other subjects of the statement that it extends`() throws {
        let explanation = Explanation(
            Self.tagged(
                Self.allowance(
                    #""sts:AssumeRoleWithWebIdentity""#,
                    subjects: "[\"\(EntraFixture.subject)\",\"\(EvidenceFixture.other)\"]"
                )
            )
        )
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "tag-session-missing")
        #expect(cause.fix.contains("also allows the sub \(EvidenceFixture.other)"), "\(cause.fix)")
        #expect(!cause.fix.contains("requires no sub"))
    }

    // Deleted identities.

    @Test func `a deleted identity is removed in a separate step`() throws {
        let evidence = EvidenceFixture.evidence {
            $0.policy =
                EvidenceFixture.policy(
                    #"{"StringEquals": {"\#(EntraFixture.provider):aud": "\#(EntraFixture.audience)", "\#(EntraFixture.provider):sub": "\#(EvidenceFixture.other)"}}"#
                ).policy
            $0.missingPrincipals = [EvidenceFixture.other]
        }
        let explanation = Explanation(evidence)
        #expect(explanation.causes.map(\.id) == ["sub-mismatch", "subject-deleted"])
        let policies = try Self.policies(explanation)
        #expect(policies.map(\.statements.count) == [2, 1])
        var stored = evidence
        stored.policy = .parsed(policies[1])
        #expect(Explanation(stored).decision == .allow)
        #expect(!policies[1].document.compactText.contains(EvidenceFixture.other))
    }

    @Test(arguments: [
        ["sts.windows.net/\(EvidenceFixture.other)/"], ["idp.example.com"],
        [EntraFixture.provider, "sts.windows.net/\(EvidenceFixture.other)/"],
    ])
    func `a subject of another tenant is not looked up in the directory`(urls: [String]) {
        let arns = urls.map { "\"arn:aws:iam::111122223333:oidc-provider/\($0)\"" }.joined(separator: ",")
        let partner =
            #"{"Effect":"Allow","Principal":{"Federated":[\#(arns)]},"Action":"sts:AssumeRoleWithWebIdentity","#
            + #""Condition":{"StringEquals":{"\#(urls[urls.count - 1]):sub":"\#(EvidenceFixture.other)"}}}"#
        let own =
            #"{"Effect":"Allow","Principal":{"Federated":"\#(EntraFixture.providerARN)"},"#
            + #""Action":"sts:AssumeRoleWithWebIdentity","Condition":\#(EntraFixture.validCondition)}"#
        let evidence = EvidenceFixture.evidence {
            $0.policy = PolicyEvidence(
                document: #"{"Version":"2012-10-17","Statement":[\#(own),\#(partner)]}"#
            )
            $0.missingPrincipals = [EvidenceFixture.other]
        }
        #expect(Explanation(evidence).decision == .allow)
        #expect(Explanation.otherSubjects(in: evidence).isEmpty)
        #expect(!Explanation(evidence).causes.contains { $0.id == "subject-deleted" })
    }

    // Issuers for which IAM can have no provider.

    /// Parts of an issuer's URL after `https://`, and the URL without the part.
    static let defects: [(issuer: String, part: String, corrected: String)] = [
        ("idp.example:8443/a", "a port (:8443)", "https://idp.example/a,"),
        ("idp.example/a?tenant=b", "a query (?tenant=b)", "https://idp.example/a,"),
        ("idp.example/a#b", "a fragment (#b)", "https://idp.example/a,"),
        ("ci@idp.example/a", "user information", "https://idp.example/a,"),
        ("idp.example/a ", "U+0020", "https://idp.example/a,"),
    ]

    @Test(arguments: defects, ["idp.example/a", "idp.example/b", nil] as [String?])
    func `an issuer that IAM refuses is the only cause`(
        defect: (issuer: String, part: String, corrected: String),
        federated: String?
    ) throws {
        let explanation = Self.explain(
            defect.issuer,
            claims: ["sub": .string("job"), "aud": .string("aws")],
            condition: #"{"StringEquals": {"idp.example/a:sub": "job"}}"#,
            federated: federated,
            provider: federated,
            clientIDs: ["aws"]
        )
        let cause = try #require(explanation.causes.first)
        #expect(explanation.causes.map(\.id) == ["issuer-url-invalid"])
        #expect(cause.evidence.contains(defect.part), "\(cause.evidence)")
        #expect(cause.advice.contains(defect.corrected), "\(cause.advice)")
        #expect(cause.commands.isEmpty)
    }

    @Test func `an STS error about such an issuer has no command that IAM refuses`() throws {
        let issuer = "https://idp.example:8443/a"
        let message = "No OpenIDConnect provider found in your account for \(issuer)"
        for providers in [nil, [], [EvidenceFixture.record]] as [[OIDCProvider]?] {
            let evidence = EvidenceFixture.refused("InvalidIdentityToken", message) {
                $0.token = .claims(EntraFixture.token(["iss": .string(issuer)]))
                $0.providers = providers
            }
            let explanation = Explanation(evidence)
            #expect(explanation.causes.first?.id == "issuer-url-invalid", "\(explanation.causes.map(\.id))")
            #expect(!Self.text(explanation).contains("create-open-id-connect-provider"))
            var accepted = evidence
            accepted.exchange = .succeeded(ExchangeAnswer())
            #expect(!Explanation(accepted).causes.contains { $0.id == "issuer-url-invalid" })
        }
    }

    @Test func `a provider whose URL only IAM refuses is not the token's provider`() throws {
        let explanation = Self.explain(
            "idp.example/a",
            claims: ["sub": .string("job"), "aud": .string("aws")],
            condition: #"{"StringEquals": {"idp.example/a:sub": "job", "idp.example/a:aud": "aws"}}"#,
            provider: "idp.example:8443/a",
            clientIDs: ["aws"]
        )
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "provider-url-invalid" && cause.summary.contains("a port (:8443)"))
        #expect(cause.commands.first?.contains("create-open-id-connect-provider") == true)
    }

    // Providers in another partition, and misspelled providers.

    private static func statement(_ sid: String, _ subjects: String, _ further: String = "") -> String {
        """
        {"Sid":"\(sid)","Effect":"Allow","Principal":{"Federated":"\(EntraFixture.providerARN)"},\
        "Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{\
        "\(EntraFixture.provider):aud":"\(EntraFixture.audience)","\(EntraFixture.provider):sub":\(subjects)}\(further)}}
        """
    }

    private static let payroll = statement(
        "Payroll",
        #""\#(EvidenceFixture.other)""#,
        #","IpAddress":{"aws:SourceIp":"198.51.100.0/24"}"#
    )
    private static let ours = #"["\#(EntraFixture.subject)","\#(EvidenceFixture.other)"]"#

    private static func explain(partition: String, _ statements: String...) -> Explanation {
        Explanation(
            EvidenceFixture.evidence {
                $0.request.roleARN = RoleARN("arn:\(partition):iam::111122223333:role/audit")
                $0.request.region = nil
                $0.policy = PolicyEvidence(
                    document: #"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#
                )
                $0.providers = [OIDCProvider(url: EntraFixture.provider, clientIDs: [EntraFixture.audience])]
            }
        )
    }

    @Test(arguments: ["aws-us-gov", "aws-cn"])
    func `only the partition of a provider changes in statements that require exact subjects`(
        partition: String
    ) throws {
        let explanation = Self.explain(partition: partition, Self.payroll, Self.statement("Ours", Self.ours))
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "principal-partition")
        #expect(cause.fix.contains("The following command replaces the ARN"), "\(cause.fix)")
        let policy = try #require(try Self.policies(explanation).first)
        let document =
            #"{"Version":"2012-10-17","Statement":[\#(Self.payroll),\#(Self.statement("Ours", Self.ours))]}"#
        let expected = try TrustPolicy(
            parsing: document.replacing("arn:aws:iam", with: "arn:\(partition):iam")
        )
        #expect(policy.statements == expected.statements)
    }

    @Test func `a replacement names each statement and each subject that it removes`() throws {
        let pattern = Self.statement("Ours", #""\#(EntraFixture.subject)""#).replacing(
            "StringEquals",
            with: "StringLike"
        )
        let all = Self.statement("All", #""1ea7*""#).replacing("StringEquals", with: "StringLike")
        let cause = try #require(Self.explain(partition: "aws-us-gov", pattern, all).causes.first)
        #expect(
            cause.fix.contains(
                "eplace Statement[0] and Statement[1], and with it the access of 1ea7*, with a statement"
            ),
            "\(cause.fix)"
        )
    }

    @Test(arguments: [
        "sts.windows.net",
        "arn:aws:iam::111122223333:oidc-provider/sts.windows.net/11111111-2222-3333-4444-555555555556/",
    ])
    func `a provider is misspelled if the keys and the subject are the token's`(principal: String) throws {
        let explanation = Explanation(
            EvidenceFixture.policy(
                EntraFixture.validCondition,
                principal: #"{"Federated": "\#(principal)"}"#
            )
        )
        let cause = try #require(explanation.causes.first)
        #expect(cause.summary.contains("is misspelled"), "\(cause.summary)")
        #expect(cause.fix.contains("Set Principal.Federated to \(EntraFixture.providerARN)"), "\(cause.fix)")
        #expect(!cause.fix.contains("for other principals"), "\(cause.fix)")
    }

    @Test func `a provider of another tenant with another subject is for other principals`() throws {
        let condition = EntraFixture.validCondition.replacing(
            EntraFixture.subject,
            with: EvidenceFixture.other
        )
        let arn = EntraFixture.providerARN.replacing(EntraFixture.tenant, with: EvidenceFixture.other)
        let explanation = Explanation(
            EvidenceFixture.policy(condition, principal: #"{"Federated": "\#(arn)"}"#)
        )
        #expect(explanation.causes.allSatisfy { !$0.summary.contains("misspelled") })
    }

    @Test(arguments: ["user/root-breakglass", "user/admins/rahel"])
    func `the author decides about a role that trusts only users`(user: String) throws {
        let explanation = Explanation(
            EvidenceFixture.policy(
                #"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
                principal: #"{"AWS": "arn:aws:iam::111122223333:\#(user)"}"#,
                action: #""Action": "sts:AssumeRole""#
            )
        )
        let cause = try #require(explanation.causes.first)
        #expect(cause.summary == "The role trusts only IAM users.")
        #expect(!cause.fix.contains("`via`") && cause.commands.isEmpty, "\(cause.fix)")
        #expect(cause.fix.contains("Decide whether the token's identity may assume the role"), "\(cause.fix)")
    }
}
