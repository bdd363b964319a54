import Federation
import Foundation
import TestSupport
import Testing

@testable import CredentialDelivery

/// The name of a keyring entry, which depends on every setting that determines the credentials.
@Suite(.limited) struct CredentialCacheTests {
    private static func mapping() throws -> RoleMapping {
        RoleMapping(
            id: "audit",
            identity: "logging",
            audience: "api://security-aws-logging",
            roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/audit")),
            region: "eu-west-1",
            sessionName: "cambist-audit"
        )
    }

    private static func name(
        _ mapping: RoleMapping? = nil,
        _ identity: ManagedIdentity = ManagedIdentity(id: "logging", source: .command),
        _ endpoints: Endpoints = Endpoints(),
        hostFacts: [String] = []
    ) throws -> String {
        let cache = CredentialCache(
            isEnabled: false,
            endpoints: endpoints,
            hostFacts: { _ in hostFacts },
            reportError: { _ in }
        )
        return cache.name(of: try mapping ?? self.mapping(), identity)
    }

    private static let identities: [ManagedIdentity] = {
        var settings: [TokenSourceSettings] = [
            TokenSourceSettings(secretVariable: "A"), TokenSourceSettings(secretFile: "A"),
            TokenSourceSettings(certificateFile: "A"), TokenSourceSettings(certificatePasswordVariable: "A"),
            TokenSourceSettings(tokenFile: "A"),
            TokenSourceSettings(authority: URL(string: "https://a.example")),
            TokenSourceSettings(command: ["ssh", "vm1"]), TokenSourceSettings(command: ["ssh", "vm2"]),
            TokenSourceSettings(command: ["ssh vm1"]), TokenSourceSettings(federatedIdentity: "A"),
        ]
        settings.append(TokenSourceSettings())
        return settings.map { ManagedIdentity(id: "logging", source: .command, settings: $0) } + [
            ManagedIdentity(id: "other", source: .command), ManagedIdentity(id: "logging", source: .file),
            ManagedIdentity(id: "logging", tenantID: "A", source: .command),
            ManagedIdentity(id: "logging", clientID: "A", source: .command),
            ManagedIdentity(id: "logging", principalID: "A", source: .command),
            ManagedIdentity(id: "logging", resourceID: "A", source: .command),
            ManagedIdentity(id: "logging", isSystemAssigned: true, source: .command),
        ]
    }()

    @Test func `every setting of the identity changes the name`() throws {
        let names = try Self.identities.map { try Self.name(nil, $0) }
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.hasPrefix("audit:") })
    }

    @Test func `the endpoints change the name`() throws {
        let url = URL(string: "https://a.example")
        let names = try [
            Endpoints(), Endpoints(sts: url), Endpoints(authority: url), Endpoints(imds: url),
        ].map { try Self.name(nil, ManagedIdentity(id: "logging"), $0) }
        #expect(Set(names).count == names.count)
    }

    @Test func `the host's source and its variables change the name`() throws {
        let facts = [
            [], ["imds"], ["app-service"], ["imds", "A", "1"], ["imds", "A", "2"], ["imds", "A1"],
        ]
        let names = try facts.map { try Self.name(hostFacts: $0) }
        #expect(Set(names).count == names.count)
    }

    @Test func `the name is the same for the same configuration`() throws {
        #expect(try Self.name() == Self.name())
    }
}
