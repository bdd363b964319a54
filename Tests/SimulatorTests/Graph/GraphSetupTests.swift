import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import Simulator

/// Setup of a mapping through Graph, from an empty directory to a token with a role.
@Suite(.limited) struct GraphSetupTests {
    private static let missing =
        "does not exist or one of its queried reference-property objects are not present."

    @Test func `an empty directory has only service principals of Microsoft and of managed identities`()
        async throws
    {
        try await LabClient.with(LabOptions(scenario: "empty")) { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "empty")
            #expect(try await graph.send(.get, "/applications").json["value"] == .array([]))
            let identities = try await graph.find(
                "servicePrincipals",
                "servicePrincipalType eq 'ManagedIdentity'"
            )
            #expect(identities.compactMap { $0["displayName"]?.string }.sorted() == ["admin", "logging"])
        }
    }

    @Test func `setup ends with a token that has its role, each step after replication`() async throws {
        try await LabClient.with(LabOptions(scenario: "empty")) { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "empty")
            let identity = try client.variable("CAMBIST_LAB_PRINCIPAL_ID")
            let clientID = try client.variable("CAMBIST_LAB_CLIENT_ID")
            let audience = "api://\(graph.tenant)/security-aws-logging"

            let application = try await graph.send(.post, "/applications", body: graph.application())
            #expect(application.status == 201)
            let appID = try #require(application.json["appId"])
            client.time.advance(by: .seconds(20))

            let principal = try await graph.send(.post, "/servicePrincipals", body: .object(["appId": appID]))
            #expect(principal.status == 201)
            let principalID = try #require(principal.json["id"]?.string)
            client.time.advance(by: .seconds(20))

            let required: JSONValue = .object(["appRoleAssignmentRequired": .bool(true)])
            #expect(
                try await graph.send(.patch, "/servicePrincipals/\(principalID)", body: required).status
                    == 204
            )
            client.time.advance(by: .seconds(180))
            let refused = try await client.metadata(clientID: clientID, resource: audience)
            #expect(refused.json["error_codes"] == .array([.integer(501051)]))

            let assignment = try await graph.send(
                .post,
                "/servicePrincipals/\(principalID)/appRoleAssignedTo",
                body: .object([
                    "principalId": .string(identity), "resourceId": .string(principalID),
                    "appRoleId": .string("27dc233a-b082-415f-9369-e3b9aff01678"),
                ])
            )
            #expect(assignment.status == 201)
            #expect(assignment.json["principalType"]?.string == "ServicePrincipal")
            #expect(assignment.json["principalDisplayName"]?.string == "logging")
            client.time.advance(by: .seconds(179))
            #expect(try await client.metadata(clientID: clientID, resource: audience).status == 400)
            client.time.advance(by: .seconds(1))
            let token = try await client.metadata(clientID: clientID, resource: audience)
            let claims = try Claims(decoding: Secret(try #require(token.json["access_token"]?.string)))
            #expect(claims.roles == ["AssumeRoleWithWebIdentity"])
            #expect(claims.version == "1.0")
        }
    }

    @Test func `a new object is visible on one replica first`() async throws {
        try await LabClient.with(LabOptions(scenario: "empty")) { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "empty")
            let made = try await graph.send(.post, "/applications", body: graph.application())
            let id = try #require(made.json["id"]?.string)
            let early = try await statuses(of: id, graph)
            #expect(early == [404])
            client.time.advance(by: .seconds(5))
            let between = try await statuses(of: id, graph)
            #expect(between == [200, 404])
            client.time.advance(by: .seconds(15))
            let late = try await statuses(of: id, graph)
            #expect(late == [200])
        }
    }

    /// Returns the statuses of twenty reads of an application.
    private func statuses(of id: String, _ graph: GraphClient) async throws -> Set<Int> {
        var found: Set<Int> = []
        for _ in 1...20 {
            found.insert(try await graph.send(.get, "/applications/\(id)").status)
        }
        return found
    }

    @Test func `an unreplicated object is not found and cannot be referenced`() async throws {
        try await LabClient.with(LabOptions(scenario: "empty")) { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "empty")
            let made = try await graph.send(.post, "/applications", body: graph.application())
            let id = try #require(made.json["id"]?.string)
            let found = try await graph.send(.get, "/applications/\(id)")
            #expect(found.failure == "404 Request_ResourceNotFound: Resource '\(id)' \(Self.missing)")
            let body: JSONValue = .object(["appId": try #require(made.json["appId"])])
            let principal = try await graph.send(.post, "/servicePrincipals", body: body)
            #expect(principal.failure.hasPrefix("400 NoBackingApplicationObject: "))
        }
    }

    @Test func `deleting an application deletes its service principal and assignments`() async throws {
        try await LabClient.with { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "steady")
            let application = try #require(
                try await graph.find("applications", "displayName eq 'security-aws-logging'").first
            )
            let id = try #require(application["id"]?.string)
            #expect(try await graph.send(.delete, "/applications/\(id)").status == 204)
            client.time.advance(by: .seconds(180))
            let principal = try await graph.send(
                .get,
                "/servicePrincipals/ee1823f6-34f4-4b8a-8fd1-925e404d170a"
            )
            #expect(principal.status == 404)
            let identity = try client.variable("CAMBIST_LAB_PRINCIPAL_ID")
            let left = try await graph.send(.get, "/servicePrincipals/\(identity)/appRoleAssignments")
            #expect(left.json["value"] == .array([]))
            let token = try await client.metadata(
                clientID: client.variable("CAMBIST_LAB_CLIENT_ID"),
                resource: "api://security-aws-logging"
            )
            #expect(token.json["error_codes"] == .array([.integer(500011)]))
        }
    }

    @Test func `a removed role remains in the cached token`() async throws {
        try await LabClient.with { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "steady")
            let identity = try client.variable("CAMBIST_LAB_PRINCIPAL_ID")
            let clientID = try client.variable("CAMBIST_LAB_CLIENT_ID")
            _ = try await client.metadata(clientID: clientID, resource: "api://security-aws-logging")
            let list = try await graph.send(.get, "/servicePrincipals/\(identity)/appRoleAssignments")
            let assignments = try #require(list.json["value"]).elements()
            let id = try #require(assignments.first?["id"]?.string)
            let path = "/servicePrincipals/\(identity)/appRoleAssignments/\(id)"
            #expect(try await graph.send(.delete, path).status == 204)
            client.time.advance(by: .seconds(80_000))
            let cached = try await client.metadata(clientID: clientID, resource: "api://security-aws-logging")
            #expect(cached.status == 200)
            client.time.advance(by: .seconds(6_400))
            let next = try await client.metadata(clientID: clientID, resource: "api://security-aws-logging")
            #expect(next.json["error_codes"] == .array([.integer(501051)]))
        }
    }
}
