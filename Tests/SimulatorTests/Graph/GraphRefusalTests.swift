import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import Simulator

/// Errors of Graph with their messages.
@Suite(.limited) struct GraphRefusalTests {
    private static let resource = "ee1823f6-34f4-4b8a-8fd1-925e404d170a"
    private static let role = "27dc233a-b082-415f-9369-e3b9aff01678"
    private static let unknownID = "11111111-1111-4111-8111-111111111111"
    private static let tenant = "2f4a9838-26b7-47ee-be60-ccc1fdec5953"

    /// Source: Microsoft Graph's errors of app role assignments in client reports.
    @Test func `an invalid assignment is refused`() async throws {
        try await LabClient.with { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "steady")
            let identity = try client.variable("CAMBIST_LAB_PRINCIPAL_ID")
            let application = try await graph.find("applications", "displayName eq 'security-aws-logging'")
                .first
            let applicationID = try #require(application?["id"]?.string)
            let missing =
                "Resource 'ID' does not exist or one of its queried reference-property objects are not present."
            let rows: [(path: String, principal: String, resource: String, role: String, failure: String)] = [
                (
                    Self.resource, identity, Self.resource, Self.role,
                    "400 Request_BadRequest: Permission being assigned already exists on the object"
                ),
                (
                    Self.resource, identity, Self.resource, Self.unknownID,
                    "400 Request_BadRequest: Permission being assigned was not found on application"
                ),
                (
                    Self.resource, identity, Self.resource, AppRole.defaultAccess,
                    "400 Request_BadRequest: Permission being assigned was not found on application"
                ),
                (
                    Self.resource, identity, applicationID, Self.role,
                    "400 Request_BadRequest: Not a valid reference update"
                ),
                (
                    Self.resource, Self.unknownID, Self.resource, Self.role,
                    "404 Request_ResourceNotFound: " + missing.replacing("ID", with: Self.unknownID)
                ),
                (
                    applicationID, identity, applicationID, Self.role,
                    "404 Request_ResourceNotFound: " + missing.replacing("ID", with: applicationID)
                ),
                (
                    Self.resource, identity, Self.resource, "AssumeRoleWithWebIdentity",
                    "400 Request_BadRequest: Invalid value specified for property 'appRoleId' of resource "
                        + "'AppRoleAssignment'."
                ),
            ]
            for row in rows {
                let answer = try await graph.send(
                    .post,
                    "/servicePrincipals/\(row.path)/appRoleAssignedTo",
                    body: .object([
                        "principalId": .string(row.principal), "resourceId": .string(row.resource),
                        "appRoleId": .string(row.role),
                    ])
                )
                #expect(answer.failure == row.failure)
            }
        }
    }

    @Test func `a role for users cannot be assigned to an identity`() async throws {
        try await LabClient.with(LabOptions(scenario: "gallery")) { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "gallery")
            let principal = try #require(
                try await graph.find("servicePrincipals", "displayName eq 'user-members'").first
            )
            let id = try #require(principal["id"]?.string)
            let roles = try #require(principal["appRoles"]).elements()
            let answer = try await graph.send(
                .post,
                "/servicePrincipals/\(id)/appRoleAssignedTo",
                body: .object([
                    "principalId": .string(client.variable("CAMBIST_LAB_PRINCIPAL_ID")),
                    "resourceId": .string(id), "appRoleId": try #require(roles.first?["id"]),
                ])
            )
            #expect(
                answer.failure
                    == "400 Request_BadRequest: Permission being assigned was not found on application"
            )
        }
    }

    /// Source: Microsoft Entra, restrictions on identifier URIs; the manifest's reference.
    @Test(
        arguments: [
            (
                ["identifierUris": .array([.string("api://security-aws-logging")])],
                "400 Request_BadRequest: Failed to add identifier URI api://security-aws-logging."
            ),
            (
                ["identifierUris": .array([.string("https://example.com/x")])],
                "400 HostNameNotOnVerifiedDomain: "
            ),
            (
                ["identifierUris": .array([.string("api://\(tenant)/x/")])],
                "400 Request_BadRequest: Invalid value specified for property 'identifierUris'"
            ),
            (
                ["identifierUris": .array([.string("ftp://\(tenant)/x")])],
                "400 Request_BadRequest: Invalid value specified for property 'identifierUris'"
            ),
            (
                ["displayName": .null],
                "400 Request_BadRequest: Invalid value specified for property 'displayName'"
            ),
            (
                ["signInAudience": .string("Everybody")],
                "400 Request_BadRequest: Invalid value specified for property 'signInAudience'"
            ),
            (
                ["signInAudience": .string("AzureADandPersonalMicrosoftAccount")],
                "400 Request_BadRequest: Property api.requestedAccessTokenVersion is invalid."
            ),
            (
                ["api": .object(["requestedAccessTokenVersion": .integer(3)])],
                "400 Request_BadRequest: Invalid value specified for property 'requestedAccessTokenVersion'"
            ),
            (["brand": .string("blue")], "400 Request_BadRequest: Invalid property 'brand'."),
            (
                ["appRoles": .array([.object(["value": .string("x")])])],
                "400 Request_BadRequest: Invalid value specified for property 'appRoles'"
            ),
        ] as [([String: JSONValue], String)]
    )
    func `an invalid application is refused`(
        _ changes: [String: JSONValue],
        _ failure: String
    ) async throws {
        try await LabClient.with(LabOptions(scenario: "empty")) { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "empty")
            let answer = try await graph.send(.post, "/applications", body: graph.application(changes))
            #expect(answer.failure.hasPrefix(failure))
        }
    }

    @Test func `an application without an audience has v2 tokens and is exempt from the URI policy`()
        async throws
    {
        try await LabClient.with(LabOptions(scenario: "empty")) { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "empty")
            let body: JSONValue = .object([
                "displayName": .string("x"), "identifierUris": .array([.string("api://anything")]),
            ])
            let answer = try await graph.send(.post, "/applications", body: body)
            #expect(answer.status == 201)
            #expect(answer.json["signInAudience"]?.string == "AzureADandPersonalMicrosoftAccount")
            #expect(answer.json["api"]?["requestedAccessTokenVersion"] == .integer(2))
        }
    }

    @Test func `an identifier URI belongs to one application, and an enabled role cannot be removed`()
        async throws
    {
        try await LabClient.with(LabOptions(scenario: "propagation")) { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "propagation")
            let taken: JSONValue = .array([.string("api://\(Self.tenant)/late-logging")])
            let second = try await graph.send(
                .post,
                "/applications",
                body: graph.application(["identifierUris": taken])
            )
            #expect(
                second.failure == "400 Request_BadRequest: Another object with the same value for property "
                    + "identifierUris already exists."
            )
            let application = try await graph.find("applications", "displayName eq 'late-logging'").first
            let id = try #require(application?["id"]?.string)
            let bare = try await graph.send(
                .patch,
                "/applications/\(id)",
                body: .object(["appRoles": .array([])])
            )
            #expect(bare.failure.hasPrefix("400 CannotDeleteOrUpdateEnabledEntitlement: "))
        }
    }

    @Test func `a caller needs a token for Graph with the required roles`() async throws {
        try await LabClient.with { client in
            var graph = try await GraphClient(administratorOf: client, scenario: "steady")
            let identity = try client.variable("CAMBIST_LAB_CLIENT_ID")
            func token(_ clientID: String, _ resource: String) async throws -> String? {
                try await client.metadata(clientID: clientID, resource: resource).json["access_token"]?.string
            }
            graph.token = try await token(identity, "https://graph.microsoft.com")
            let denied = "403 Authorization_RequestDenied: Insufficient privileges to complete the operation."
            #expect(try await graph.send(.get, "/applications").failure == denied)
            graph.token = try await token(identity, "api://security-aws-logging")
            #expect(
                try await graph.send(.get, "/applications").failure.hasPrefix(
                    "401 InvalidAuthenticationToken: "
                )
            )
            graph.token = "nonsense"
            #expect(try await graph.send(.get, "/applications").status == 401)
            graph.token = nil
            #expect(
                try await graph.send(.get, "/applications").failure
                    == "401 InvalidAuthenticationToken: Access token is empty."
            )
        }
    }

    @Test func `an expired token is refused`() async throws {
        try await LabClient.with { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "steady")
            client.time.advance(by: .seconds(86_400))
            #expect(try await graph.send(.get, "/applications").status == 401)
        }
    }

    @Test func `a managed identity's service principal cannot be changed or deleted`() async throws {
        try await LabClient.with { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "steady")
            let path = "/servicePrincipals/\(try client.variable("CAMBIST_LAB_PRINCIPAL_ID"))"
            let change: JSONValue = .object(["accountEnabled": .bool(false)])
            #expect(try await graph.send(.patch, path, body: change).status == 403)
            #expect(try await graph.send(.delete, path).status == 403)
        }
    }

    @Test(arguments: ["/users", "/applications/x/owners", "/servicePrincipals/x/oauth2PermissionGrants"])
    func `an unsupported path is refused`(_ path: String) async throws {
        try await LabClient.with { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "steady")
            #expect(try await graph.send(.get, path).failure.hasPrefix("400 BadRequest: Resource not found"))
        }
    }
}
