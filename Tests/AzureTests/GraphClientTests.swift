import Federation
import Foundation
import TestSupport
import Testing

@testable import Azure
@testable import Transport

/// Microsoft Graph over HTTP, with valid and invalid responses.
@Suite(.limited) struct GraphClientTests {
    private static let principal = """
        {"id":"ee1823f6-34f4-4b8a-8fd1-925e404d170a","appId":"27dc233a-b082-415f-9369-e3b9aff01678",
         "displayName":"logging","servicePrincipalType":"Application","accountEnabled":true,
         "appRoleAssignmentRequired":true,"servicePrincipalNames":["api://t/logging"],"alternativeNames":[],
         "appRoles":[{"id":"AB000000-0000-0000-0000-000000000000","value":"R","displayName":"d","description":"e",
                      "allowedMemberTypes":["Application"],"isEnabled":true}],"tags":["made-by:cambist"]}
        """

    /// Runs `work` with a Graph client whose server responds as `script` specifies; it also issues the
    /// tokens.
    private func run<Value: Sendable>(
        time: InstantTime = InstantTime(),
        _ script: @escaping @Sendable (ScriptedRequest) -> ScriptedReply,
        work: @Sendable (GraphClient, SourceHarness) async throws -> Value
    ) async throws -> Value {
        try await SourceHarness.run(time: time) { request in
            request.target.hasPrefix("/metadata") ? Fixture.answer() : script(request)
        } work: { harness in
            let cache = TokenCache(sources: harness.sources(), time: time)
            let client = GraphClient(
                endpoint: harness.server.url("graph/"),
                caller: AzureCredential(identity: Fixture.identity(.imds), tokens: cache),
                transport: harness.transport,
                time: time
            )
            return try await work(client, harness)
        }
    }

    private static func refusal(_ status: Int, _ code: String, _ message: String, _ headers: [String] = [])
        -> ScriptedReply
    {
        .answer(
            status,
            #"{"error":{"code":"\#(code)","message":"\#(message)","innerError":{"request-id":"r"}}}"#,
            headers: headers + ["request-id: 7b0c"]
        )
    }

    @Test func `a service principal is found by its audience, with a filter that quotes it`() async throws {
        let found = try await run { _ in
            .answer(200, #"{"value":[\#(Self.principal)]}"#)
        } work: {
            client,
            harness in
            let found = try await client.servicePrincipal(audience: "api://t/o'hara")
            let request = try #require(harness.server.requests.last)
            let query = request.target.removingPercentEncoding ?? ""
            #expect(query.hasPrefix("/graph/v1.0/servicePrincipals?$filter="))
            #expect(query.contains("servicePrincipalNames/any(n:n eq 'api://t/o''hara')"))
            #expect(request.header("authorization")?.hasPrefix("Bearer eyJ") == true)
            #expect(UUID(uuidString: request.header("client-request-id") ?? "") != nil)
            return found
        }
        #expect(found?.requiresAssignment == true)
        #expect(found?.appRoles.map(\.id) == ["ab000000-0000-0000-0000-000000000000"])
        #expect(found?.tags == ["made-by:cambist"])
    }

    @Test func `all pages are read through their next links`() async throws {
        let ids = try await run { request in
            let isFirst = !request.target.contains("skiptoken")
            let host = request.header("host") ?? ""
            let next = #","@odata.nextLink":"http://\#(host)/graph/v1.0/x?$skiptoken=1""#
            let assignment = #"""
                {"id":"\#(isFirst ? "a" : "b")","principalId":"p","resourceId":"r","appRoleId":"AB",
                 "createdDateTime":"2026-11-26T00:10:00.1234567Z"}
                """#
            return .answer(200, #"{"value":[\#(assignment)]\#(isFirst ? next : "")}"#)
        } work: { client, _ in
            try await client.assignments(toResource: "r")
        }
        #expect(ids.map(\.id) == ["a", "b"])
        #expect(ids.first?.appRoleID == "ab")
        #expect(ids.first?.created == Date(timeIntervalSince1970: 1_795_651_800))
    }

    @Test func `a link to another host is refused`() async throws {
        await #expect(throws: CloudError.self) {
            try await run { _ in
                .answer(200, #"{"value":[],"@odata.nextLink":"http://evil.example/graph/v1.0/x"}"#)
            } work: { client, _ in
                _ = try await client.assignments(toResource: "r")
            }
        }
    }

    @Test func `a throttled call is retried after Retry-After`() async throws {
        let time = InstantTime()
        let found = try await run(time: time) { request in
            request.number == 2
                ? Self.refusal(429, "TooManyRequests", "Too many requests", ["Retry-After: 17"])
                : .answer(200, #"{"value":[]}"#)
        } work: { client, _ in
            try await client.servicePrincipal(audience: "api://t/logging")
        }
        #expect(found == nil)
        #expect(time.slept == [.seconds(17)])
    }

    @Test func `throttling that outlasts the retries has the time that Graph asked to wait`() async throws {
        try await run(time: InstantTime()) { _ in
            Self.refusal(429, "TooManyRequests", "Too many requests", ["Retry-After: 17"])
        } work: { client, _ in
            do throws(CloudError) {
                _ = try await client.servicePrincipal(audience: "api://t/logging")
                Issue.record("expected an error")
            } catch {
                #expect(error.failure.retryAfter == .seconds(17))
                #expect(error.failure.fix == "Wait 17s, as the server asked (Retry-After), then retry.")
            }
        }
    }

    @Test func `a call that creates an object is not repeated after a server error`() async throws {
        let time = InstantTime()
        try await run(time: time) { _ in
            Self.refusal(503, "ServiceNotAvailable", "later")
        } work: {
            client,
            harness in
            await #expect(throws: CloudError.self) {
                _ = try await client.createServicePrincipal(appID: "x", requiresAssignment: true, tags: [])
            }
            #expect(harness.server.requests.count { $0.method == "POST" } == 1)
        }
        #expect(time.slept.isEmpty)
    }

    @Test func `the error for a missing permission names it, with the request ID`() async throws {
        let message = "Insufficient privileges to complete the operation."
        try await run { _ in
            Self.refusal(403, "Authorization_RequestDenied", message)
        } work: { client, _ in
            do throws(CloudError) {
                _ = try await client.servicePrincipal(audience: "api://t/logging")
                Issue.record("expected an error")
            } catch {
                #expect(error.failure.code == "Authorization_RequestDenied")
                #expect(error.failure.requestID == "7b0c")
                #expect(error.failure.kind == .refused)
                #expect(error.failure.fix.contains("AppRoleAssignment.ReadWrite.All"))
            }
        }
    }

    @Test func `a missing object is nil, and its deletion succeeds`() async throws {
        let message = "Resource 'x' does not exist."
        try await run { _ in
            Self.refusal(404, "Request_ResourceNotFound", message)
        } work: { client, _ in
            let found = try await client.servicePrincipal(id: "x")
            #expect(found == nil)
            try await client.deleteServicePrincipal(id: "x")
        }
    }

    @Test func `a proxy's HTML page is not accepted as Graph's response`() async throws {
        try await run { _ in
            .answer(403, "<html>blocked</html>", type: "text/html")
        } work: { client, _ in
            do throws(CloudError) {
                _ = try await client.servicePrincipal(audience: "api://t/logging")
                Issue.record("expected an error")
            } catch {
                #expect(error.failure.code == "not-azure")
            }
        }
    }

    @Test func `the caller's permissions are those of its token`() async throws {
        try await run { _ in
            .answer(200)
        } work: { client, _ in
            let permissions = try await client.permissions()
            #expect(permissions == ["AssumeRoleWithWebIdentity"])
            let tenant = try await client.tenantID()
            #expect(tenant == Fixture.tenantID)
        }
    }

    @Test func `a new service principal requires assignment from the start`() async throws {
        try await run { _ in
            .answer(201, Self.principal)
        } work: { client, harness in
            _ = try await client.createServicePrincipal(
                appID: "x",
                requiresAssignment: true,
                tags: ["made-by:cambist"]
            )
            let body = JSONValue(text: try #require(harness.server.requests.last).body)
            #expect(body?["appRoleAssignmentRequired"] == .bool(true))
            #expect(body?["tags"] == .array([.string("made-by:cambist")]))
        }
    }

    @Test(arguments: [
        ("https://graph.microsoft.us", "https://graph.microsoft.us"),
        ("https://microsoftgraph.chinacloudapi.cn/", "https://microsoftgraph.chinacloudapi.cn"),
        ("http://127.0.0.1:8080/graph", "https://graph.microsoft.com"),
    ])
    func `tokens for a national cloud's Graph have that Graph's audience`(
        endpoint: String,
        audience: String
    ) {
        #expect(GraphClient.audience(of: URL(string: endpoint)) == audience)
    }
}
