import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import Simulator

@Suite(.limited) struct InstanceMetadataTests {
    private static let resource = "resource=api%3A%2F%2Fsecurity-aws-logging"
    private static let version = "api-version=2018-02-01"

    @Test func `every member of a token response is a string`() async throws {
        try await LabClient.with { client in
            let id = try client.variable("CAMBIST_LAB_CLIENT_ID")
            let response = try await client.metadata("\(Self.version)&\(Self.resource)&client_id=\(id)")
            #expect(response.status == 200)
            for member in ["expires_in", "expires_on", "ext_expires_in", "not_before"] {
                let text = try #require(response.json[member]?.string)
                #expect(Int(text) != nil)
            }
            #expect(response.json["expires_in"]?.string == "86400")
            #expect(response.json["refresh_token"]?.string == "")
            #expect(response.json["token_type"]?.string == "Bearer")
            #expect(response.json["resource"]?.string == "api://security-aws-logging")
            #expect(response.json["client_id"]?.string == id)
        }
    }

    @Test func `the machine's properties name its subscription and resource group`() async throws {
        try await LabClient.with { client in
            let path = "/metadata/instance/compute?api-version=2021-02-01&format=json"
            let response = try await client.send(.get, path, headers: ["Metadata": "true"])
            #expect(response.status == 200)
            #expect(response.json["subscriptionId"]?.string == Seed(value: 1).guid("subscription"))
            #expect(response.json["resourceGroupName"]?.string == LabPlan.resourceGroup)
            let whole = try await client.send(
                .get,
                "/metadata/instance?api-version=2021-02-01",
                headers: ["Metadata": "true"]
            )
            #expect(whole.json["compute"] == response.json)
            #expect(try await client.send(.get, path, headers: [:]).status == 400)
            let missing = try await client.send(.get, "/metadata/instance", headers: ["Metadata": "true"])
            #expect(missing.status == 400)
        }
    }

    @Test func `the first mapping's token has the recipe's claims and its role`() async throws {
        try await LabClient.with { client in
            let claims = try await client.claims(
                "\(Self.resource)&client_id=\(client.variable("CAMBIST_LAB_CLIENT_ID"))"
            )
            #expect(claims.version == "1.0")
            #expect(claims.issuer == "https://sts.windows.net/2f4a9838-26b7-47ee-be60-ccc1fdec5953/")
            #expect(claims.audiences == ["api://security-aws-logging"])
            #expect(claims.subject == "1ea7e6e0-7876-4d1c-aec5-7b1c927ede74")
            #expect(claims.objectID == claims.subject)
            #expect(claims.roles == ["AssumeRoleWithWebIdentity"])
            #expect(claims.payload["appidacr"]?.string == "2")
            #expect(claims.authorizedParty == nil)
            #expect(claims.header["x5t"] == claims.header["kid"])
            #expect(claims.issuedAt == claims.notBefore)
        }
    }

    @Test func `a token is valid from five minutes before its issue to a day after it`() async throws {
        try await LabClient.with { client in
            let claims = try await client.claims(
                "\(Self.resource)&client_id=\(client.variable("CAMBIST_LAB_CLIENT_ID"))"
            )
            let issued = try #require(claims.issuedAt)
            #expect(client.time.now.since(issued) == .seconds(300))
            #expect(try #require(claims.expiry).since(issued) == .seconds(86_700))
        }
    }

    @Test func `speed divides a token's lifetime but does not change the clock`() async throws {
        try await LabClient.with(LabOptions(speed: 60)) { client in
            let claims = try await client.claims(
                "\(Self.resource)&client_id=\(client.variable("CAMBIST_LAB_CLIENT_ID"))"
            )
            #expect(client.time.now.since(try #require(claims.issuedAt)) == .seconds(5))
            #expect(try #require(claims.expiry).since(client.time.now) == .seconds(1440))
        }
    }

    @Test func `a token is cached until shortly before it expires`() async throws {
        try await LabClient.with { client in
            let query =
                "\(Self.version)&\(Self.resource)&client_id=\(try client.variable("CAMBIST_LAB_CLIENT_ID"))"
            let first = try await client.metadata(query).json
            client.time.advance(by: .seconds(86_400 - 301))
            let second = try await client.metadata(query).json
            #expect(second["access_token"] == first["access_token"])
            #expect(second["expires_in"]?.string == "301")
            client.time.advance(by: .seconds(1))
            let third = try await client.metadata(query).json
            #expect(third["access_token"] != first["access_token"])
            #expect(third["expires_in"]?.string == "86400")
        }
    }

    /// Source: Azure's error table of the endpoint; texts from client reports.
    @Test(arguments: [
        Refusal(
            "api-version=2018-02-01&resource=api%3A%2F%2Fx",
            ["Metadata": "True"],
            400,
            "bad_request_102"
        ),
        Refusal("api-version=2018-02-01&resource=api%3A%2F%2Fx", [:], 400, "bad_request_102"),
        Refusal(
            "api-version=2018-02-01&resource=api%3A%2F%2Fx",
            ["Metadata": "true", "X-Forwarded-For": "10.0.0.1"],
            400,
            "invalid_request"
        ),
        Refusal("resource=api%3A%2F%2Fx", ["Metadata": "true"], 400, "invalid_request"),
        Refusal(
            "api-version=2017-01-01&resource=api%3A%2F%2Fx",
            ["Metadata": "true"],
            400,
            "invalid_request"
        ),
        Refusal(
            "api-version=2099-01-01&resource=api%3A%2F%2Fx",
            ["Metadata": "true"],
            400,
            "invalid_request"
        ),
        Refusal("api-version=2018-02-01", ["Metadata": "true"], 400, "invalid_request"),
        Refusal("api-version=2018-02-01&resource=", ["Metadata": "true"], 400, "invalid_request"),
    ])
    func `a malformed request is refused`(_ refusal: Refusal) async throws {
        try await LabClient.with { client in
            let response = try await client.send(
                .get,
                "/metadata/identity/oauth2/token?" + refusal.query,
                headers: refusal.headers
            )
            #expect(response.status == refusal.status)
            #expect(response.json["error"]?.string == refusal.error)
            #expect(response.json["error_description"]?.string != nil)
        }
    }

    struct Refusal: Sendable {
        let query: String
        let headers: [String: String]
        let status: Int
        let error: String

        init(_ query: String, _ headers: [String: String], _ status: Int, _ error: String) {
            self.query = query
            self.headers = headers
            self.status = status
            self.error = error
        }
    }

    @Test(arguments: [HTTPRequest.Method.post, .put, .delete])
    func `only GET is allowed`(_ method: HTTPRequest.Method) async throws {
        try await LabClient.with { client in
            let response = try await client.send(
                method,
                "/metadata/identity/oauth2/token?\(Self.version)&\(Self.resource)",
                headers: ["Metadata": "true"]
            )
            #expect(response.status == 405)
        }
    }

    @Test func `without a selector, several identities are ambiguous`() async throws {
        try await LabClient.with { client in
            let response = try await client.metadata("\(Self.version)&\(Self.resource)")
            #expect(response.status == 400)
            #expect(response.json["error"]?.string == "invalid_request")
            #expect(
                response.json["error_description"]?.string
                    == "Multiple user assigned identities exist, please specify the clientId / resourceId of the "
                    + "identity in the token request"
            )
        }
    }

    @Test(arguments: ["client_id", "object_id", "msi_res_id"])
    func `a selector of an unattached identity is refused`(_ selector: String) async throws {
        try await LabClient.with { client in
            let response = try await client.metadata("\(Self.version)&\(Self.resource)&\(selector)=missing")
            #expect(response.status == 400)
            #expect(response.json["error_description"]?.string == "Identity not found")
        }
    }

    @Test func `App Service's spelling of the resource ID selector is ignored`() async throws {
        try await LabClient.with { client in
            let response = try await client.metadata("\(Self.version)&\(Self.resource)&mi_res_id=missing")
            #expect(response.json["error_description"]?.string?.hasPrefix("Multiple user assigned") == true)
        }
    }

    @Test func `the resource ID selects case-insensitively and is in the token`() async throws {
        try await LabClient.with { client in
            let id = try client.variable("CAMBIST_LAB_CLIENT_ID")
            let claims = try await client.claims("\(Self.resource)&client_id=\(id)")
            let path = try #require(claims.payload["xms_mirid"]?.string)
            #expect(path.contains("/userAssignedIdentities/"))
            let selector = LabClient.encoded(["msi_res_id": path.uppercased()])
            let same = try await client.claims("\(Self.resource)&\(selector)")
            #expect(same.clientID == id)
        }
    }

    @Test func `the object ID selects case-insensitively`() async throws {
        try await LabClient.with { client in
            let id = try client.variable("CAMBIST_LAB_PRINCIPAL_ID").uppercased()
            let claims = try await client.claims("\(Self.resource)&object_id=\(id)")
            #expect(claims.objectID == id.lowercased())
        }
    }

    @Test func `an unknown resource is refused with Entra's text`() async throws {
        try await LabClient.with { client in
            let id = try client.variable("CAMBIST_LAB_CLIENT_ID")
            let response = try await client.metadata(
                "\(Self.version)&resource=api%3A%2F%2Fsecurity-aws-logging%2F&client_id=\(id)"
            )
            #expect(response.status == 400)
            #expect(response.json["error"]?.string == "invalid_resource")
            #expect(response.json["error_codes"] == .array([.integer(500011)]))
            #expect(
                response.json["error_description"]?.string?.hasPrefix(
                    "AADSTS500011: The resource principal named api://security-aws-logging/ was not found in the tenant"
                ) == true
            )
        }
    }

    @Test func `more than twenty requests per second are throttled`() async throws {
        try await LabClient.with { client in
            let query =
                "\(Self.version)&\(Self.resource)&client_id=\(try client.variable("CAMBIST_LAB_CLIENT_ID"))"
            for _ in 1...20 {
                #expect(try await client.metadata(query).status == 200)
            }
            #expect(try await client.metadata(query).status == 429)
            client.time.advance(by: .seconds(1))
            #expect(try await client.metadata(query).status == 200)
        }
    }

    @Test func `a sixth concurrent request is throttled`() async throws {
        let file = try Self.scenario("delays: {minting: 10s}")
        defer { try? FileManager.default.removeItem(at: file) }
        try await LabClient.with(LabOptions(scenario: file.path(percentEncoded: false))) { client in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 1...5 {
                    group.addTask {
                        try await client.metadata("\(Self.version)&resource=api%3A%2F%2F\(index)").status
                    }
                }
                // The renewal of service account tokens sleeps too, for longer.
                while client.time.sleeperCount(wakingAfter: .seconds(10)) < 5 {
                    try await Task.sleep(for: .milliseconds(1))
                }
                #expect(try await client.metadata("\(Self.version)&resource=api%3A%2F%2F6").status == 429)
                client.time.advance(by: .seconds(10))
                for try await status in group { #expect(status == 200) }
            }
            #expect(try await client.metadata("\(Self.version)&resource=api%3A%2F%2F1").status == 200)
        }
    }

    /// Writes a scenario file with one identity for six audiences.
    private static func scenario(_ more: String) throws -> URL {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).yaml")
        let text = """
            \(more)
            applications:
              app: {identifier_uris: [api://1, api://2, api://3, api://4, api://5, api://6], assigned: [me]}
            identities: {me: {}}
            mappings: {only: {}}
            """
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file
    }
}
