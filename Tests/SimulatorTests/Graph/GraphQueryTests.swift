import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import Simulator

/// Query options of Microsoft Graph.
@Suite(.limited) struct GraphQueryTests {
    @Test(arguments: [
        ("servicePrincipals", "displayName eq 'logging'", 1),
        ("servicePrincipals", "displayName eq 'LOGGING'", 1),
        ("servicePrincipals", "displayName eq 'log'", 0),
        ("servicePrincipals", "startswith(displayName,'b')", 2),
        ("servicePrincipals", "servicePrincipalType eq 'ManagedIdentity' and startswith(displayName,'b')", 2),
        ("servicePrincipals", "servicePrincipalNames/any(n:n eq 'api://security-aws-logging')", 1),
        ("servicePrincipals", "alternativeNames/any(a:a eq 'isExplicit=False')", 1),
        ("servicePrincipals", "appRoleAssignmentRequired eq true", 1),
        ("applications", "identifierUris/any(u:u eq 'api://security-aws-logging')", 1),
        ("applications", "identifierUris/any(u:u eq 'api://SECURITY-aws-logging')", 0),
        ("applications", "displayName eq 'it''s and that'", 0),
    ])
    func `a filter matches objects`(_ collection: String, _ filter: String, _ count: Int) async throws {
        try await LabClient.with { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "steady")
            #expect(try await graph.find(collection, filter).count == count)
        }
    }

    @Test(arguments: [
        ["$filter": "displayName like 'x'"], ["$filter": "displayName eq"], ["$filter": "a/any(b:c eq 'd')"],
        ["$expand": "owners"], ["$orderby": "displayName"], ["$top": "0"], ["$top": "1000"], ["$top": "x"],
        ["$skiptoken": "x"],
    ])
    func `an unsupported option is refused`(_ query: [String: String]) async throws {
        try await LabClient.with { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "steady")
            #expect(try await graph.send(.get, "/applications?\(LabClient.encoded(query))").status == 400)
        }
    }

    @Test func `pages are linked up to the last one`() async throws {
        try await LabClient.with { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "steady")
            var names: [String] = []
            var path: String? = "/servicePrincipals?$top=2&$select=displayName"
            var pages = 0
            while let next = path {
                let page = try await graph.send(.get, next)
                let values = try #require(page.json["value"]).elements()
                #expect(values.count <= 2)
                #expect(values.allSatisfy { $0["id"] == nil })
                names += values.compactMap { $0["displayName"]?.string }
                let link = page.json["@odata.nextLink"]?.string
                path = link.flatMap { $0.components(separatedBy: "/graph/v1.0").last }
                pages += 1
            }
            #expect(pages == 5)
            #expect(Set(names).count == names.count)
            #expect(
                Set(names).isSuperset(of: ["Microsoft Graph", "logging", "admin", "security-aws-logging"])
            )
        }
    }

    @Test func `a count requires eventual consistency`() async throws {
        try await LabClient.with { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "steady")
            let path = "/applications?$count=true"
            #expect(try await graph.send(.get, path).json["@odata.count"] == nil)
            let counted = try await graph.send(.get, path, headers: ["ConsistencyLevel": "eventual"])
            #expect(counted.json["@odata.count"] == .integer(2))
        }
    }

    @Test func `an object can be addressed by client ID`() async throws {
        try await LabClient.with { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "steady")
            let id = try client.variable("CAMBIST_LAB_CLIENT_ID")
            let answer = try await graph.send(.get, "/servicePrincipals(appId='\(id)')?$select=id")
            #expect(try answer.json["id"]?.string == client.variable("CAMBIST_LAB_PRINCIPAL_ID"))
            #expect(answer.json["displayName"] == nil)
        }
    }

    @Test func `every response has its request IDs`() async throws {
        try await LabClient.with { client in
            let graph = try await GraphClient(administratorOf: client, scenario: "steady")
            let id = UUID().uuidString
            let answer = try await graph.send(.get, "/applications/x", headers: ["client-request-id": id])
            #expect(answer.header("client-request-id") == id)
            #expect(answer.header("request-id").flatMap(UUID.init) != nil)
            let inner = answer.json["error"]?["innerError"]
            #expect(inner?["client-request-id"]?.string == id)
            #expect(inner?["request-id"]?.string == answer.header("request-id"))
        }
    }

    @Test func `an exhausted budget delays requests until its window ends`() {
        var budget = RequestBudget(limit: 3, window: .seconds(10))
        let start = Date(timeIntervalSince1970: 0)
        #expect(budget.delay(of: 2, at: start) == nil)
        #expect(budget.delay(of: 2, at: start + 4) == .seconds(6))
        #expect(budget.delay(of: 1, at: start + 4) == nil)
        #expect(budget.delay(of: 2, at: start + 10) == nil)
    }

    @Test func `a throttled response has Retry-After`() {
        let error = GraphError.tooManyRequests(retryAfter: .milliseconds(2500))
        let answer = error.response(requestID: "a", clientRequestID: "b", at: Date(timeIntervalSince1970: 0))
        #expect(answer.status == 429)
        #expect(answer.headers.contains { $0 == ("Retry-After", "3") })
    }
}
