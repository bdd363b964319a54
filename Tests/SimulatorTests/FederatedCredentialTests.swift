import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import Simulator

/// Federated identity credentials in Microsoft Graph and Azure Resource Manager.
@Suite(.limited) struct FederatedCredentialTests {
    private static let subject = "repo:a/b:ref:refs/heads/main"
    private static let github = "https://token.actions.githubusercontent.com"

    private static func body(_ name: String, subject: String = subject) -> JSONValue {
        .object([
            "name": .string(name), "issuer": .string(github), "subject": .string(subject),
            "audiences": .array([.string("api://AzureADTokenExchange")]),
        ])
    }

    private static let arm = "?api-version=2023-01-31"

    /// Runs `body` with an application of the tenant, visible on all replicas.
    private func withApplication(_ body: (GraphClient, String) async throws -> Void) async throws {
        try await LabClient.with { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "steady")
            let made = try await graph.send(
                .post,
                "/applications",
                body: graph.application(["identifierUris": .array([])])
            )
            let application = try #require(made.json["appId"]?.string)
            client.time.advance(by: .seconds(60))
            try await body(graph, "/applications(appId='\(application)')/federatedIdentityCredentials")
        }
    }

    @Test func `an application's credential is created, changed, listed, and deleted`() async throws {
        try await withApplication { graph, path in
            let made = try await graph.send(.post, path, body: Self.body("main"))
            #expect(made.status == 201)
            #expect(made.json["audiences"] == .array([.string("api://AzureADTokenExchange")]))
            let id = try #require(made.json["id"]?.string)
            graph.client.time.advance(by: .seconds(60))
            #expect(try await graph.send(.get, "\(path)/\(id)").json["name"]?.string == "main")
            let change: JSONValue = .object(["subject": .string("repo:a/c:ref:refs/heads/main")])
            #expect(try await graph.send(.patch, "\(path)/main", body: change).status == 204)
            graph.client.time.advance(by: .seconds(60))
            let listed = try #require(try await graph.send(.get, path).json["value"]).elements()
            #expect(listed.map { $0["subject"]?.string } == ["repo:a/c:ref:refs/heads/main"])
            #expect(try await graph.send(.delete, "\(path)/main").status == 204)
            graph.client.time.advance(by: .seconds(60))
            #expect(
                try await graph.send(.get, "\(path)/main").failure
                    == "404 Request_ResourceNotFound: FederatedIdentityCredential with name main not found."
            )
        }
    }

    @Test func `names, and issuer with subject, are unique`() async throws {
        try await withApplication { graph, path in
            #expect(try await graph.send(.post, path, body: Self.body("main")).status == 201)
            #expect(
                try await graph.send(.post, path, body: Self.body("main", subject: "other")).failure
                    == "409 Request_MultipleObjectsWithSameKeyValue: FederatedIdentityCredential with name main "
                    + "already exists."
            )
            let twice = try await graph.send(.post, path, body: Self.body("second"))
            #expect(
                twice.failure.hasPrefix(
                    "400 InvalidFederatedIdentityCredentialValue: The combination of issuer and subject must be "
                        + "unique for the application. Issuer \(Self.github) and Subject: \(Self.subject) already exist."
                )
            )
            #expect(
                try await graph.send(
                    .post,
                    path,
                    body: Self.body("third", subject: Self.subject.uppercased())
                )
                .status == 201
            )
        }
    }

    @Test(arguments: [
        ["name": JSONValue.string("a b")], ["name": .string("ab")],
        ["issuer": .string("http://issuer.example")],
        ["subject": .string("")], ["subject": .integer(1)], ["audiences": .array([])],
        ["audiences": .array([.string("a"), .string("b")])], ["audiences": .string("a")],
        ["claimsMatchingExpression": .object(["value": .string("x")])],
    ])
    func `a malformed credential is refused`(members: [String: JSONValue]) async throws {
        try await withApplication { graph, path in
            guard case .object(let valid) = Self.body("main") else { return }
            let answer = try await graph.send(.post, path, body: .object(valid.merging(members) { $1 }))
            #expect(answer.status == 400)
            #expect(try await graph.send(.get, path).json["value"] == .array([]))
        }
    }

    @Test func `an application has at most twenty credentials`() async throws {
        try await withApplication { graph, path in
            for number in 0..<20 {
                let body = Self.body("name-\(number)", subject: "subject \(number)")
                #expect(try await graph.send(.post, path, body: body).status == 201)
            }
            let more = try await graph.send(.post, path, body: Self.body("more", subject: "more"))
            #expect(more.status == 400)
        }
    }

    @Test func `a new credential of an identity lets a pod request its token, after replication`()
        async throws
    {
        try await LabClient.with { client in
            var caller = try await GraphClient(administratorOf: client, scenario: "steady")
            caller.token = try await GraphClient(
                administratorOf: client,
                scenario: "steady",
                resource: "https://management.azure.com/"
            ).token
            let subscription = Seed(value: 1).guid("subscription")
            let identities =
                "/arm/subscriptions/\(subscription)/resourceGroups/\(LabPlan.resourceGroup)/providers"
                + "/Microsoft.ManagedIdentity/userAssignedIdentities/"
            let send = { (method: HTTPRequest.Method, path: String, body: JSONValue?) in
                try await client.send(
                    method,
                    identities + path + Self.arm,
                    headers: [
                        "Authorization": "Bearer \(caller.token ?? "")", "Content-Type": "application/json",
                    ],
                    body: body?.compactText
                )
            }
            let location: JSONValue = .object(["location": .string("westeurope")])
            let identity = try await send(.put, "fresh", location)
            #expect(identity.status == 201)
            let clientID = try #require(identity.json["properties"]?["clientId"]?.string)
            client.time.advance(by: .seconds(300))
            let file = try client.variable("CAMBIST_LAB_FEDERATED_TOKEN_FILE")
            let assertion = try String(contentsOfFile: file, encoding: .utf8)
            let claims = try Claims(decoding: Secret(assertion))
            let token = {
                try await client.post(
                    "/login/\(caller.tenant)/oauth2/v2.0/token",
                    form: [
                        "grant_type": "client_credentials", "client_id": clientID,
                        "client_assertion_type": ClientAssertion.type, "client_assertion": assertion,
                        "scope": "https://management.azure.com/.default",
                    ]
                )
            }
            #expect(try await token().json["error_codes"] != nil)
            let properties: JSONValue = .object([
                "properties": .object([
                    "issuer": .string(claims.issuer ?? ""), "subject": .string(claims.subject ?? ""),
                    "audiences": .array(claims.audiences.map(JSONValue.string)),
                ])
            ])
            let credential = "fresh/federatedIdentityCredentials/pod"
            let made = try await send(.put, credential, properties)
            #expect(made.status == 201)
            #expect(try await send(.put, credential, properties).status == 200)
            #expect(
                try await send(.put, "fresh/federatedIdentityCredentials/two", properties).failure
                    == "409 Conflict: The combination of issuer and subject must be unique for the managed identity."
            )
            let listed = try #require(
                try await send(.get, "fresh/federatedIdentityCredentials", nil).json["value"]
            )
            .elements()
            #expect(listed.map { $0["name"]?.string } == ["pod"])
            client.time.advance(by: .seconds(300))
            #expect(try await token().json["access_token"] != nil)
            #expect(try await send(.delete, credential, nil).status == 200)
            #expect(try await send(.delete, credential, nil).status == 204)
            #expect(try await send(.get, credential, nil).status == 404)
        }
    }
}
