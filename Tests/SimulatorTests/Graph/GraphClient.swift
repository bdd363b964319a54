import Federation
import Foundation
import Testing
import Transport

@testable import Simulator

/// A client of Graph in a running lab.
struct GraphClient {
    let client: LabClient
    /// `nil` for a caller without a token.
    var token: String?
    let tenant = "2f4a9838-26b7-47ee-be60-ccc1fdec5953"

    /// Creates a client with the token of a scenario's administrator.
    init(
        administratorOf client: LabClient,
        scenario: String,
        resource: String = "https://graph.microsoft.com"
    ) async throws {
        self.client = client
        let scenario = try Scenario.load(scenario)
        let plan = LabPlan(scenario, seed: Seed(value: scenario.seed), speed: Speed(factor: 1))
        let administrator = try #require(plan.administrativeIdentity)
        token = try await client.metadata(clientID: administrator.clientID, resource: resource)
            .json["access_token"]?.string
    }

    /// Sends a request to a path below `/v1.0`.
    func send(
        _ method: HTTPRequest.Method = .get,
        _ path: String,
        headers: [String: String] = [:],
        body: JSONValue? = nil
    ) async throws -> HTTPResponse {
        var headers = headers
        headers["Authorization"] = token.map { "Bearer \($0)" }
        if body != nil { headers["Content-Type"] = "application/json" }
        return try await client.send(method, "/graph/v1.0\(path)", headers: headers, body: body?.compactText)
    }

    /// Returns the objects that match a filter.
    func find(_ collection: String, _ filter: String) async throws -> [JSONValue] {
        let query = LabClient.encoded(["$filter": filter])
        let answer = try await send(.get, "/\(collection)?\(query)")
        let values = try #require(answer.json["value"]).elements()
        return values
    }

    /// Returns the request body of a new application, with `changes`.
    func application(_ changes: [String: JSONValue] = [:]) -> JSONValue {
        let role: JSONValue = .object([
            "id": .string("27dc233a-b082-415f-9369-e3b9aff01678"),
            "allowedMemberTypes": .array([.string("Application")]),
            "displayName": .string("AssumeRole"),
            "description": .string("Assume an AWS role"),
            "isEnabled": .bool(true),
            "value": .string("AssumeRoleWithWebIdentity"),
        ])
        let members: [String: JSONValue] = [
            "displayName": .string("security-aws-logging"),
            "signInAudience": .string("AzureADMyOrg"),
            "identifierUris": .array([.string("api://\(tenant)/security-aws-logging")]),
            "api": .object(["requestedAccessTokenVersion": .integer(1)]),
            "appRoles": .array([role]),
        ]
        return .object(members.merging(changes) { $1 })
    }
}

extension HTTPResponse {
    /// The code and message of a Graph or Resource Manager error.
    var failure: String {
        let error = json["error"]
        return "\(status) \(error?["code"]?.string ?? "-"): \(error?["message"]?.string ?? "-")"
    }
}
