import Federation
import TestSupport
import Testing

@testable import Discovery

@Suite(.limited)
struct DiscoveryReportTests {
    private static let tenant = "2f4a5b6c-0000-4000-8000-000000000001"
    private static let subject = "ee1823f6-34f4-4b8a-8fd1-925e404d170a"
    private static let client = "1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"
    private static let audience = "api://security-aws-logging"
    private static let provider = "arn:aws:iam::111122223333:oidc-provider/sts.windows.net/\(tenant)/"

    private static func document(
        aud: String = #"":aud": "\#(Self.audience)""#,
        sub: String = #"":sub": "\#(Self.subject)""#,
        operation: String = "StringEquals",
        provider: String = Self.provider,
        more: String = ""
    ) -> String {
        let prefix = "sts.windows.net/\(tenant)/"
        let conditions = [aud, sub].filter { !$0.isEmpty }.map { "\"\(prefix)" + $0.dropFirst() }
        return """
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "\(provider)"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"\(operation)": {\(conditions.joined(separator: ", "))}}}\(more)]}
            """
    }

    private func role(_ name: String = "audit", _ document: String) throws -> FoundRole {
        let arn = try #require(RoleARN("arn:aws:iam::111122223333:role/\(name)"))
        return FoundRole(arn: arn, trustDocument: document, reader: "profile admin")
    }

    private func findings(_ documents: String...) throws -> DiscoveryFindings {
        var findings = DiscoveryFindings()
        findings.roles = try documents.enumerated().map { index, document in
            try role(index == 0 ? "audit" : "audit\(index)", document)
        }
        findings.providers = [Self.provider: .accepts([Self.audience])]
        findings.accounts = ["111122223333"]
        return findings
    }

    private static func principal(isManagedIdentity: Bool = true, isExplicit: Bool = true) -> FoundPrincipal {
        FoundPrincipal(
            objectID: subject,
            clientID: client,
            name: "logging",
            isManagedIdentity: isManagedIdentity,
            alternativeNames: ["isExplicit=\(isExplicit ? "True" : "False")", "/subscriptions/s/x/logging"]
        )
    }

    @Test func `a role whose policy names aud and sub becomes a mapping with its evidence`() throws {
        var findings = try findings(Self.document())
        var directory = FoundDirectory(tenantID: Self.tenant)
        directory.principals[Self.subject] = Self.principal()
        directory.applications[Self.audience] = FoundApplication(
            clientID: "c",
            name: "security",
            roles: ["r1": "AssumeRoleWithWebIdentity", "r2": "Other"]
        )
        directory.assignments[Self.subject] = ["r1"]
        findings.directory = directory
        let report = DiscoveryReport(findings, Configuration())
        #expect(report.omissions.isEmpty)
        let mapping = try #require(report.mappings.first)
        #expect(mapping.name == "audit")
        #expect(mapping.identity == "logging")
        #expect(mapping.audience == Self.audience)
        #expect(mapping.appRole == "AssumeRoleWithWebIdentity")
        #expect(mapping.evidence.joined().contains("profile admin"))
        let identity = try #require(report.identities.first)
        #expect(identity.clientID == Self.client)
        #expect(identity.principalID == Self.subject)
        #expect(identity.tenantID == Self.tenant)
    }

    @Test func `without Graph the identity has only what the policy requires`() throws {
        let report = DiscoveryReport(try findings(Self.document()), Configuration())
        #expect(report.identities.map(\.principalID) == [Self.subject])
        #expect(report.identities.map(\.clientID) == [nil])
    }

    @Test(arguments: [
        (DiscoveryReportTests.document(sub: ""), "requires no exact sub"),
        (
            DiscoveryReportTests.document(operation: "StringLike").replacingSubject(by: "*"),
            "requires no exact sub"
        ),
        (DiscoveryReportTests.document(aud: #"":aud": "api://other""#), "does not accept"),
        (
            DiscoveryReportTests.document(
                provider: DiscoveryReportTests.provider.replacing("111122223333", with: "999999999999")
            ), "in a different account"
        ),
        (
            DiscoveryReportTests.document(
                more: #", {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRoleWithWebIdentity"}"#
            ), "denies sub"
        ),
        ("{", "cannot be read"),
    ])
    func `a role without an exact aud and sub in its policy is listed with the reason`(
        document: String,
        reason: String
    )
        throws
    {
        let report = DiscoveryReport(try findings(document), Configuration())
        #expect(report.mappings.isEmpty)
        #expect(report.identities.isEmpty)
        #expect(report.omissions.contains { $0.reason.contains(reason) }, "\(report.omissions)")
    }

    @Test func `an audience that only the provider names is proposed if it is the only one`() throws {
        var findings = try findings(Self.document(aud: ""))
        #expect(DiscoveryReport(findings, Configuration()).mappings.map(\.audience) == [Self.audience])
        findings.providers = [Self.provider: .accepts([Self.audience, "api://other"])]
        #expect(DiscoveryReport(findings, Configuration()).mappings.isEmpty)
        findings.providers = [:]
        #expect(DiscoveryReport(findings, Configuration()).mappings.isEmpty)
    }

    @Test func `a subject that Graph does not know is not proposed`() throws {
        var findings = try findings(Self.document())
        findings.directory = FoundDirectory(tenantID: Self.tenant)
        findings.directory?.principals[Self.subject] = .some(nil)
        let report = DiscoveryReport(findings, Configuration())
        #expect(report.mappings.isEmpty)
        #expect(report.omissions.map(\.reason).joined().contains("no service principal"))
    }

    @Test func `an application's service principal is not proposed, because its secret is unknown`() throws {
        var findings = try findings(Self.document())
        findings.directory = FoundDirectory(tenantID: Self.tenant)
        findings.directory?.principals[Self.subject] = Self.principal(isManagedIdentity: false)
        #expect(DiscoveryReport(findings, Configuration()).mappings.isEmpty)
    }

    @Test func `a system-assigned identity is selected as such`() throws {
        var findings = try findings(Self.document())
        findings.directory = FoundDirectory(tenantID: Self.tenant)
        findings.directory?.principals[Self.subject] = Self.principal(isExplicit: false)
        let identity = try #require(DiscoveryReport(findings, Configuration()).identities.first)
        #expect(identity.isSystemAssigned)
        #expect(identity.clientID == nil)
    }

    @Test func `a configured mapping is not proposed again`() throws {
        let role = try #require(RoleARN("arn:aws:iam::111122223333:role/audit"))
        let mapping = RoleMapping(
            id: "mine",
            identity: "own",
            audience: Self.audience,
            roleARN: role,
            region: "eu-west-1",
            sessionName: "s"
        )
        for identity in [
            ManagedIdentity(id: "own", principalID: Self.subject.uppercased()),
            ManagedIdentity(id: "own", isSystemAssigned: true),
        ] {
            let configuration = Configuration(identities: [identity], mappings: [mapping])
            let report = DiscoveryReport(try findings(Self.document()), configuration)
            #expect(report.mappings.isEmpty)
            #expect(report.configured.map(\.reason) == ["mapping mine"])
        }
        let other = ManagedIdentity(id: "own", principalID: "00000000-0000-4000-8000-000000000000")
        let configuration = Configuration(identities: [other], mappings: [mapping])
        #expect(DiscoveryReport(try findings(Self.document()), configuration).mappings.count == 1)
    }

    @Test func `a configured identity is used under its name`() throws {
        let own = ManagedIdentity(id: "own", principalID: Self.subject)
        let report = DiscoveryReport(try findings(Self.document()), Configuration(identities: [own]))
        #expect(report.identities.isEmpty)
        #expect(report.mappings.map(\.identity) == ["own"])
    }

    @Test func `names are unique and valid`() throws {
        var findings = try findings(Self.document())
        let names = [
            "a@b", "x=y", ".dot", "-dash", "_", String(repeating: "n", count: 64),
            String(repeating: "n", count: 63) + "m",
        ]
        findings.roles =
            try names.map { try role($0, Self.document()) }
            + (try names.map { try role("p/\($0)", Self.document()) })
        let report = DiscoveryReport(findings, Configuration())
        #expect(report.mappings.count == 14)
        let found = report.mappings.map(\.name)
        #expect(Set(found).count == 14)
        #expect(
            found.allSatisfy { $0.utf8.count <= 56 && $0.first?.isLetter ?? $0.first?.isNumber ?? false },
            "\(found)"
        )
        #expect(report.identities.count == 1)
    }

    @Test func `a policy with several identities has a mapping for each`() throws {
        let other = "ad727d96-bb22-4204-b825-54d3d77ff323"
        let document = Self.document(sub: #"":sub": ["\#(Self.subject)", "\#(other)"]"#)
        let report = DiscoveryReport(try findings(document), Configuration())
        #expect(
            report.mappings.map(\.name) == ["audit-identity-ad727d96", "audit-identity-ee1823f6"].reversed()
        )
        #expect(report.identities.compactMap(\.principalID) == [Self.subject, other])
    }

    @Test func `a profile with a token file becomes a mapping with the token's claims`() throws {
        let claims = Claims(
            header: [:],
            payload: [
                "iss": .string("https://sts.windows.net/\(Self.tenant)/"), "aud": .string(Self.audience),
                "sub": .string(Self.subject),
            ]
        )
        let role = try #require(RoleARN("arn:aws:iam::111122223333:role/audit"))
        var profile = FoundProfile(
            name: "ci",
            role: role,
            origin: .webIdentity(file: "/run/token", FoundToken(claims))
        )
        profile.region = "eu-central-1"
        var findings = DiscoveryFindings()
        findings.profiles = [
            profile, FoundProfile(name: "blind", role: role, origin: .webIdentity(file: "/none", nil)),
        ]
        let report = DiscoveryReport(findings, Configuration())
        #expect(report.mappings.map(\.name) == ["ci"])
        #expect(report.mappings.first?.region == "eu-central-1")
        #expect(report.identities.map(\.tokenFile) == ["/run/token"])
        #expect(report.omissions.map(\.subject) == ["profile blind"])
    }

    @Test func `a chain of profiles that begins with a token file becomes a chain of mappings`() throws {
        let claims = Claims(
            header: [:],
            payload: ["iss": .string("https://issuer.example"), "aud": .string("a"), "sub": .string("s")]
        )
        func profile(_ name: String, _ origin: FoundProfile.Origin) throws -> FoundProfile {
            let role = try #require(RoleARN("arn:aws:iam::111122223333:role/\(name)"))
            return FoundProfile(name: name, role: role, origin: origin)
        }
        var second = try profile("b", .source(profile: "c"))
        second.externalID = "x y"
        second.duration = 43_200
        var device = try profile("device", .source(profile: "c"))
        device.needsMFA = true
        var findings = DiscoveryFindings()
        findings.profiles = try [
            profile("a", .source(profile: "b")), second,
            profile("c", .webIdentity(file: "/run/token", FoundToken(claims))), device,
            profile("keys", .source(profile: "elsewhere")), profile("loop", .source(profile: "loop")),
            profile("z1", .source(profile: "a")), profile("z2", .source(profile: "z1")),
            profile("z3", .source(profile: "z2")),
        ]
        let report = DiscoveryReport(findings, Configuration())
        let chain = Dictionary(uniqueKeysWithValues: report.mappings.map { ($0.name, $0.via) })
        #expect(chain == ["c": nil, "b": "c", "a": "b", "z1": "a", "z2": "z1"])
        #expect(
            Set(report.omissions.map(\.subject)) == [
                "profile device", "profile keys", "profile loop", "profile z3",
            ]
        )
        #expect(report.mappings.first { $0.name == "b" }?.duration == nil)
        let lines = ProposalText(report.only("b")).mappings
        #expect(lines.contains("  via: c") && lines.contains(#"  external_id: "x y""#))
        #expect(!lines.contains("  via: b"))
    }

    @Test func `an identity that no role trusts is noted`() throws {
        var findings = try findings(Self.document())
        findings.identities = [
            FoundIdentity(resourceID: "/subscriptions/s/x/idle", principalID: "p", clientID: "c"),
            FoundIdentity(
                resourceID: "/subscriptions/s/x/used",
                principalID: Self.subject,
                clientID: Self.client
            ),
        ]
        let report = DiscoveryReport(findings, Configuration())
        #expect(report.omissions.map(\.subject) == ["identity /subscriptions/s/x/idle"])
        #expect(report.identities.map(\.clientID) == [Self.client])
        #expect(report.identities.map(\.name) == ["used"])
        let known = [
            ManagedIdentity(id: "i", clientID: "C"), ManagedIdentity(id: "i", principalID: "p"),
            ManagedIdentity(id: "i", resourceID: "/SUBSCRIPTIONS/s/x/idle"),
        ]
        for identity in known {
            #expect(DiscoveryReport(findings, Configuration(identities: [identity])).omissions.isEmpty)
        }
    }
}

extension String {
    fileprivate func replacingSubject(by text: String) -> String {
        replacing("ee1823f6-34f4-4b8a-8fd1-925e404d170a", with: text)
    }
}
