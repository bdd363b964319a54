import Foundation
import TestSupport
import Testing

@testable import Federation
@testable import Provisioning

/// The objects that mappings need in both clouds.
@Suite(.limited) struct DesiredStateTests {
    private static let tenant = "2f4a9838-26b7-47ee-be60-ccc1fdec5953"
    private static let audience = "api://\(tenant)/security-aws-logging"
    private static let configuration = Configuration(
        identities: [
            ManagedIdentity(
                id: "logging",
                tenantID: tenant.uppercased(),
                principalID: "1EA7E6E0-7876-4D1C-AEC5-7B1C927EDE74"
            ),
            ManagedIdentity(
                id: "backup",
                tenantID: tenant,
                principalID: "9b1f2c3d-4e5f-4a6b-8c7d-0123456789ab"
            ),
            ManagedIdentity(id: "other", tenantID: "11111111-26b7-47ee-be60-ccc1fdec5953", clientID: "x"),
            ManagedIdentity(id: "nameless", tenantID: tenant),
            ManagedIdentity(id: "homeless", principalID: "9b1f2c3d-4e5f-4a6b-8c7d-0123456789ab"),
        ]
    )

    private static func mapping(
        _ id: String,
        _ identity: String,
        audience: String = audience,
        role: String = "arn:aws:iam::111122223333:role/teams/audit/reader",
        setup: SetupRequest = SetupRequest()
    ) throws -> RoleMapping {
        RoleMapping(
            id: id,
            identity: identity,
            audience: audience,
            roleARN: try #require(RoleARN(role)),
            region: "eu-west-1",
            duration: .seconds(7200),
            sessionName: "cambist",
            setup: setup
        )
    }

    private func desiredState(_ mappings: RoleMapping...) throws -> DesiredState {
        try DesiredState(mappings, in: Self.configuration) { _ throws(DesiredStateError) in
            #"{"Version":"2012-10-17","Statement":[]}"#
        }
    }

    @Test func `roles and providers of two accounts are separate objects`() throws {
        let desiredState = try desiredState(
            Self.mapping("audit", "logging"),
            Self.mapping("backup", "backup", role: "arn:aws:iam::444455556666:role/reader")
        )
        let resources = desiredState.resources
        let ids = resources.map(\.id)
        #expect(Set(ids).count == ids.count)
        #expect(
            ids.filter { $0.kind == .provider }.map(\.name) == [
                "111122223333/https://sts.windows.net/\(Self.tenant)/",
                "444455556666/https://sts.windows.net/\(Self.tenant)/",
            ]
        )
        for resource in resources {
            #expect(Set(resource.dependencies).isSubset(of: ids), "\(resource.id.name)")
        }
    }

    @Test func `one mapping needs one object of each kind`() throws {
        let desiredState = try desiredState(Self.mapping("audit", "logging"))
        #expect(desiredState.tenantID == Self.tenant)
        #expect(desiredState.applications.map(\.displayName) == ["security-aws-logging"])
        #expect(desiredState.applications.first?.appRoles.map(\.value) == ["AssumeRoleWithWebIdentity"])
        let provider = try #require(desiredState.providers.first)
        #expect(provider.issuer == "https://sts.windows.net/\(Self.tenant)/")
        #expect(
            provider.arn == "arn:aws:iam::111122223333:oidc-provider/sts.windows.net/\(Self.tenant)/"
        )
        #expect(provider.nearMissARN + "/" == provider.arn)
        let role = try #require(desiredState.roles.first)
        #expect(role.path == "/teams/audit/")
        #expect(role.name == "reader")
        #expect(role.maximumSession == .seconds(7200))
        #expect(role.grants()?.map(\.subjects) == [["1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"]])
    }

    @Test func `two mappings share objects, and the role trusts both identities`() throws {
        let desiredState = try desiredState(
            Self.mapping("audit", "logging"),
            Self.mapping("nightly", "backup")
        )
        #expect(desiredState.applications.count == 1)
        #expect(desiredState.providers.map(\.clientIDs) == [[Self.audience]])
        #expect(desiredState.assignments.map(\.identity) == ["logging", "backup"])
        let grants = try #require(desiredState.roles.first?.grants())
        #expect(grants.map(\.subjects.count) == [2])
    }

    @Test func `an app role's ID is the same for the same audience and value`() {
        let role = DesiredAppRole(value: "AssumeRoleWithWebIdentity", identifierURI: Self.audience)
        #expect(role == DesiredAppRole(value: "AssumeRoleWithWebIdentity", identifierURI: Self.audience))
        #expect(UUID(uuidString: role.id)?.uuidString.lowercased() == role.id)
        #expect(role.id != DesiredAppRole(value: "Other", identifierURI: Self.audience).id)
    }

    @Test func `without the identity's ID there is no trust policy`() throws {
        let resource = IdentityResource(
            subscription: "5b1f2c3d-4e5f-4a6b-8c7d-0123456789ab",
            resourceGroup: "ops",
            location: "westeurope",
            name: "auditor"
        )
        let mapping = try Self.mapping("audit", "nameless", setup: SetupRequest(identity: resource))
        let desiredState = try desiredState(mapping)
        let role = try #require(desiredState.roles.first)
        #expect(role.trustPolicy() == nil)
        #expect(role.grants(principalIDs: ["nameless": "abc"])?.first?.subjects == ["abc"])
        #expect(desiredState.identities.first?.resourceID == resource.resourceID)
    }

    @Test(arguments: [
        ("nameless", DesiredStateError.identityWithoutID("nameless")),
        ("homeless", .tenantUnknown(identity: "homeless")),
        ("nobody", .identityUnknown(mapping: "audit", identity: "nobody")),
    ])
    func `an incomplete configuration is reported`(identity: String, error: DesiredStateError) throws {
        #expect(throws: error) { try desiredState(Self.mapping("audit", identity)) }
    }

    @Test func `two tenants and a GUID as identifier URI are refused`() throws {
        let tenants = DesiredStateError.severalTenants(Self.tenant, "11111111-26b7-47ee-be60-ccc1fdec5953")
        #expect(throws: tenants) {
            try desiredState(Self.mapping("audit", "logging"), Self.mapping("nightly", "other"))
        }
        let guid = "27dc233a-b082-415f-9369-e3b9aff01678"
        #expect(throws: DesiredStateError.audienceUnusable(mapping: "audit", audience: guid)) {
            try desiredState(Self.mapping("audit", "logging", audience: guid))
        }
    }

    @Test(arguments: [
        ("api://2F4A9838-26b7-47ee-be60-ccc1fdec5953/logging", IdentifierURIAdmission.accepted),
        (
            "api://logging/27dc233a-b082-415f-9369-e3b9aff01678",
            .needsApplicationID("27dc233a-b082-415f-9369-e3b9aff01678")
        ),
        ("https://contoso.example/logging", .needsVerifiedDomain("contoso.example")),
        ("api://contoso.example/logging", .needsVerifiedDomain("contoso.example")),
    ])
    func `an identifier URI is accepted or requires proof, by the directory's rules`(
        uri: String,
        admission: IdentifierURIAdmission
    ) {
        #expect(IdentifierURIAdmission(uri, tenantID: Self.tenant) == admission)
    }

    @Test(arguments: [
        "api://security-aws-logging", "api://2f4a9838-26b7-47ee-be60-ccc1fdec5953/logging/", "urn:logging",
        "api://2f4a9838-26b7-47ee-be60-ccc1fdec5953", "ftp://contoso.example/x",
    ])
    func `an identifier URI that violates the rules is refused`(uri: String) {
        guard case .refused = IdentifierURIAdmission(uri, tenantID: Self.tenant) else {
            Issue.record("\(uri) is accepted")
            return
        }
    }
}
