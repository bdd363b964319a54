import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import Simulator

/// User-assigned identities of Azure Resource Manager.
@Suite(.limited) struct ResourceManagerTests {
    private static let version = "?api-version=2023-01-31"
    private static let location: JSONValue = .object(["location": .string("westeurope")])

    /// Returns a caller with a token for Azure Resource Manager.
    private func caller(_ client: LabClient) async throws -> GraphClient {
        try await GraphClient(
            administratorOf: client,
            scenario: "steady",
            resource: "https://management.azure.com/"
        )
    }

    private func path(_ name: String, group: String = LabPlan.resourceGroup, subscription: String? = nil)
        -> String
    {
        let subscription = subscription ?? Seed(value: 1).guid("subscription")
        return "/subscriptions/\(subscription)/resourceGroups/\(group)/providers"
            + "/Microsoft.ManagedIdentity/userAssignedIdentities/\(name)"
    }

    private func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ caller: GraphClient,
        body: JSONValue? = nil
    ) async throws -> HTTPResponse {
        var headers = ["Content-Type": "application/json"]
        headers["Authorization"] = caller.token.map { "Bearer \($0)" }
        return try await caller.client.send(method, "/arm\(path)", headers: headers, body: body?.compactText)
    }

    @Test func `all identities of the subscription are listed in pages`() async throws {
        try await LabClient.with { client in
            let caller = try await caller(client)
            for number in 0..<60 {
                let made = try await send(
                    .put,
                    path("many-\(number)") + Self.version,
                    caller,
                    body: Self.location
                )
                #expect(made.status == 201)
            }
            let subscription = Seed(value: 1).guid("subscription")
            var next: String? =
                "/subscriptions/\(subscription)/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
                + Self.version
            var names: [String] = []
            var pages = 0
            while let path = next, pages < 10 {
                pages += 1
                let page = try await send(.get, path, caller)
                #expect(page.status == 200)
                guard case .array(let values) = page.json["value"] else { break }
                names += values.compactMap { $0["name"]?.string }
                next = page.json["nextLink"]?.string.flatMap { link in
                    link.range(of: "/arm").map { String(link[$0.upperBound...]) }
                }
            }
            #expect(pages == 2)
            #expect(Set(names).count == names.count)
            #expect(names.filter { $0.hasPrefix("many-") }.count == 60)
            let other = try await send(
                .get,
                "/subscriptions/\(UUID())/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
                    + Self.version,
                caller
            )
            #expect(other.status == 404)
        }
    }

    @Test func `creating an identity is idempotent, and the directory has it after replication`() async throws
    {
        try await LabClient.with { client in
            let caller = try await caller(client)
            let path = path("fresh") + Self.version
            let made = try await send(.put, path, caller, body: Self.location)
            #expect(made.status == 201)
            #expect(made.json["type"]?.string == "Microsoft.ManagedIdentity/userAssignedIdentities")
            let principal = try #require(made.json["properties"]?["principalId"]?.string)
            let again = try await send(.put, path, caller, body: Self.location)
            #expect(again.status == 200)
            #expect(again.json["properties"]?["principalId"]?.string == principal)
            #expect(try await send(.get, path, caller).json == again.json)
            let graph = try await GraphClient(administratorOf: client, scenario: "steady")
            #expect(try await graph.send(.get, "/servicePrincipals/\(principal)").status == 404)
            client.time.advance(by: .seconds(20))
            let found = try await graph.send(.get, "/servicePrincipals/\(principal)")
            #expect(found.json["servicePrincipalType"]?.string == "ManagedIdentity")
            #expect(found.json["alternativeNames"]?.strings.first == "isExplicit=True")
        }
    }

    @Test func `a recreated identity has new IDs`() async throws {
        try await LabClient.with { client in
            let caller = try await caller(client)
            let path = path("fresh") + Self.version
            let first = try await send(.put, path, caller, body: Self.location).json["properties"]
            #expect(try await send(.delete, path, caller).status == 200)
            #expect(try await send(.delete, path, caller).status == 204)
            client.time.advance(by: .seconds(1))
            let second = try await send(.put, path, caller, body: Self.location).json["properties"]
            #expect(first?["principalId"] != second?["principalId"])
            #expect(first?["clientId"] != second?["clientId"])
        }
    }

    @Test func `an invalid request is refused with its error code`() async throws {
        try await LabClient.with { client in
            let caller = try await caller(client)
            let rows: [(HTTPRequest.Method, String, JSONValue?, String)] = [
                (.get, path("logging"), nil, "400 MissingApiVersionParameter: "),
                (.get, path("logging") + "?api-version=2001-01-01", nil, "400 InvalidResourceType: "),
                (.get, path("nobody") + Self.version, nil, "404 ResourceNotFound: "),
                (.get, path("x", group: "other") + Self.version, nil, "404 ResourceGroupNotFound: "),
                (.get, path("x", subscription: "other") + Self.version, nil, "404 SubscriptionNotFound: "),
                (.put, path("fresh") + Self.version, .object([:]), "400 LocationRequired: "),
                (.put, path("x!") + Self.version, Self.location, "400 InvalidResourceName: "),
                (
                    .put, path("logging") + Self.version, .object(["location": .string("eastus")]),
                    "409 InvalidResourceLocation: "
                ),
            ]
            for row in rows {
                let answer = try await send(row.0, row.1, caller, body: row.2)
                #expect(answer.failure.hasPrefix(row.3), "\(answer.failure)")
            }
        }
    }

    @Test func `a caller needs a token for Azure Resource Manager and a role`() async throws {
        try await LabClient.with { client in
            var caller = try await caller(client)
            let path = path("logging") + Self.version
            #expect(try await send(.get, path, caller).status == 200)
            let graph = try await GraphClient(administratorOf: client, scenario: "steady")
            #expect(
                try await send(.get, path, graph).failure.hasPrefix(
                    "401 InvalidAuthenticationTokenAudience: "
                )
            )
            caller.token = try await client.metadata(
                clientID: client.variable("CAMBIST_LAB_CLIENT_ID"),
                resource: "https://management.azure.com"
            ).json["access_token"]?.string
            #expect(try await send(.get, path, caller).failure.hasPrefix("403 AuthorizationFailed: "))
            caller.token = nil
            #expect(try await send(.get, path, caller).failure.hasPrefix("401 AuthenticationFailed: "))
        }
    }
}
