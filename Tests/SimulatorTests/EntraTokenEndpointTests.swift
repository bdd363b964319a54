import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import Simulator

/// Entra's token endpoint.
@Suite(.limited) struct EntraTokenEndpointTests {
    private static let tenant = "2f4a9838-26b7-47ee-be60-ccc1fdec5953"
    private static let version2 = "/login/\(tenant)/oauth2/v2.0/token"
    private static let version1 = "/login/\(tenant)/oauth2/token"

    /// Returns the form of a successful request.
    private func form(_ client: LabClient) throws -> [String: String] {
        try [
            "grant_type": "client_credentials",
            "client_id": client.variable("CAMBIST_LAB_APP_CLIENT_ID"),
            "client_secret": client.variable("CAMBIST_LAB_APP_SECRET"),
            "scope": client.variable("CAMBIST_LAB_AUDIENCE") + "/.default",
        ]
    }

    @Test
    func `a version 2 response has numbers, and an application's token is valid for 60 to 90 minutes`()
        async throws
    {
        try await LabClient.with { client in
            let answer = try await client.post(Self.version2, form: form(client))
            #expect(answer.status == 200)
            let seconds = try #require(answer.json["expires_in"]?.integer)
            #expect((3600...5400).contains(seconds))
            #expect(answer.json["ext_expires_in"]?.integer == seconds)
            let claims = try Claims(decoding: Secret(try #require(answer.json["access_token"]?.string)))
            #expect(claims.version == "1.0")
            #expect(claims.payload["appidacr"]?.string == "1")
            #expect(claims.roles == ["AssumeRoleWithWebIdentity"])
            #expect(client.time.now.since(try #require(claims.issuedAt)) == .seconds(300))
        }
    }

    @Test func `version 1 accepts a resource, and its response has only strings`() async throws {
        try await LabClient.with { client in
            var form = try form(client)
            form["scope"] = nil
            form["resource"] = try client.variable("CAMBIST_LAB_AUDIENCE")
            let answer = try await client.post(Self.version1, form: form)
            #expect(answer.status == 200)
            for member in ["expires_in", "expires_on", "not_before", "ext_expires_in"] {
                #expect(answer.json[member]?.string.flatMap(Int.init) != nil)
            }
            #expect(answer.json["resource"]?.string == "api://security-aws-logging")
        }
    }

    @Test func `every response has a new token`() async throws {
        try await LabClient.with { client in
            let first = try await client.post(Self.version2, form: form(client)).json["access_token"]
            let second = try await client.post(Self.version2, form: form(client)).json["access_token"]
            #expect(first != second)
        }
    }

    /// Source: Microsoft Entra authentication and authorization error codes.
    @Test(arguments: [
        Refusal(["grant_type": nil], 400, "invalid_request", 900144),
        Refusal(["grant_type": "password"], 400, "unsupported_grant_type", 70003),
        Refusal(["client_id": nil], 400, "invalid_request", 900144),
        Refusal(["client_id": "11111111-1111-4111-8111-111111111111"], 400, "unauthorized_client", 700016),
        Refusal(["scope": nil], 400, "invalid_request", 900144),
        Refusal(["scope": "api://security-aws-logging"], 400, "invalid_scope", 1_002_012),
        Refusal(["scope": "api://a/.default api://b/.default"], 400, "invalid_scope", 1_002_012),
        Refusal(["scope": "api://missing/.default"], 400, "invalid_resource", 500011),
        Refusal(["client_secret": nil], 401, "invalid_client", 7_000_218),
        Refusal(["client_secret": "wrong"], 401, "invalid_client", 7_000_215),
        Refusal(["client_secret": nil, "client_assertion": "x"], 400, "invalid_request", 900144),
    ])
    func `an invalid request is refused with its error code`(_ refusal: Refusal) async throws {
        try await LabClient.with { client in
            var form = try form(client)
            for (name, value) in refusal.changes {
                form[name] = value
            }
            let answer = try await client.post(Self.version2, form: form)
            #expect(answer.status == refusal.status)
            #expect(answer.json["error"]?.string == refusal.error)
            #expect(answer.json["error_codes"] == .array([.integer(refusal.code)]))
            #expect(answer.json["error_description"]?.string?.hasPrefix("AADSTS\(refusal.code): ") == true)
            #expect(answer.json["timestamp"]?.string == "2026-09-21 14:13:20Z")
            #expect(answer.json["trace_id"]?.string.flatMap(UUID.init) != nil)
        }
    }

    struct Refusal: Sendable {
        let changes: [String: String?]
        let status: Int
        let error: String
        let code: Int

        init(_ changes: [String: String?], _ status: Int, _ error: String, _ code: Int) {
            self.changes = changes
            self.status = status
            self.error = error
            self.code = code
        }
    }

    @Test(arguments: [ClientSigner.Kind.rs256, .rs256Padded, .ps256])
    func `a signed assertion authenticates the client`(_ kind: ClientSigner.Kind) async throws {
        try await LabClient.with { client in
            let answer = try await client.post(Self.version2, form: certificateForm(client, kind: kind))
            #expect(answer.status == 200)
            let claims = try Claims(decoding: Secret(try #require(answer.json["access_token"]?.string)))
            #expect(claims.payload["appidacr"]?.string == "2")
        }
    }

    @Test func `an assertion requires the right audience, issuer, and times`() async throws {
        try await LabClient.with { client in
            let elsewhere = try await certificateForm(client, audience: "https://login.microsoftonline.com/x")
            #expect(
                try await client.post(Self.version2, form: elsewhere).json["error_codes"] == .codes(700023)
            )
            let another = try await certificateForm(client, subject: "somebody")
            #expect(try await client.post(Self.version2, form: another).json["error_codes"] == .codes(700021))
            let form = try await certificateForm(client)
            client.time.advance(by: .seconds(600 + 301))
            #expect(try await client.post(Self.version2, form: form).json["error_codes"] == .codes(700024))
        }
    }

    private func certificateForm(
        _ client: LabClient,
        kind: ClientSigner.Kind = .ps256,
        audience: String? = nil,
        subject: String? = nil
    ) async throws -> [String: String] {
        let pem = try String(contentsOfFile: client.variable("CAMBIST_LAB_APP_CERTIFICATE"), encoding: .utf8)
        var form = try form(client)
        form["client_secret"] = nil
        form["client_assertion_type"] = ClientAssertion.type
        form["client_assertion"] = try await ClientSigner(pem: pem).assertion(
            kind: kind,
            clientID: client.variable("CAMBIST_LAB_APP_CLIENT_ID"),
            audience: audience ?? client.lab.url.absoluteString + Self.version2,
            subject: subject,
            at: client.time.now
        )
        return form
    }

    @Test(arguments: ["CAMBIST_LAB_APP_CLIENT_ID", "CAMBIST_LAB_CLIENT_ID"])
    func `a service account token authenticates applications and identities`(_ variable: String) async throws
    {
        try await LabClient.with { client in
            let answer = try await client.post(
                Self.version2,
                form: federatedForm(client, clientID: client.variable(variable))
            )
            #expect(answer.status == 200)
            let seconds = try #require(answer.json["expires_in"]?.integer)
            #expect((seconds == 86400) == (variable == "CAMBIST_LAB_CLIENT_ID"))
        }
    }

    @Test func `a managed identity's token authenticates the application that trusts it`() async throws {
        try await LabClient.with { client in
            let own = try await client.metadata(
                clientID: client.variable("CAMBIST_LAB_CLIENT_ID"),
                resource: "api://AzureADTokenExchange"
            )
            let assertion = try #require(own.json["access_token"]?.string)
            let claims = try Claims(decoding: Secret(assertion))
            #expect(claims.version == "2.0")
            #expect(claims.audiences == ["fb60f99c-7a34-4190-8149-302f77469936"])
            var form = try federatedForm(client, clientID: client.variable("CAMBIST_LAB_APP_CLIENT_ID"))
            form["client_assertion"] = assertion
            let answer = try await client.post(Self.version2, form: form)
            #expect(answer.status == 200)
            form["client_assertion"] = try await client.metadata(
                clientID: client.variable("CAMBIST_LAB_CLIENT_ID"),
                resource: "api://security-aws-logging"
            ).json["access_token"]?.string
            let wrong = try await client.post(Self.version2, form: form)
            #expect(wrong.json["error_codes"] == .codes(700211))
        }
    }

    @Test func `the service account token is renewed before it expires`() async throws {
        try await LabClient.with { client in
            let path = try client.variable("CAMBIST_LAB_FEDERATED_TOKEN_FILE")
            let first = try String(contentsOfFile: path, encoding: .utf8)
            await client.time.waitForSleeper()
            client.time.advance(by: .seconds(2880))
            await client.time.waitForSleeper()
            #expect(try String(contentsOfFile: path, encoding: .utf8) != first)
        }
    }

    private func federatedForm(_ client: LabClient, clientID: String) throws -> [String: String] {
        let path = try client.variable("CAMBIST_LAB_FEDERATED_TOKEN_FILE")
        return try [
            "grant_type": "client_credentials", "client_id": clientID,
            "scope": client.variable("CAMBIST_LAB_AUDIENCE") + "/.default",
            "client_assertion_type": ClientAssertion.type,
            "client_assertion": String(contentsOfFile: path, encoding: .utf8),
        ]
    }

    @Test func `only POST is allowed`() async throws {
        try await LabClient.with { client in
            let answer = try await client.send(.get, Self.version2)
            #expect(answer.status == 405)
        }
    }
}

extension JSONValue {
    /// Returns `error_codes` with one code.
    fileprivate static func codes(_ code: Int) -> JSONValue {
        .array([.integer(code)])
    }
}
