import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import Simulator

/// The token endpoint of App Service, in both API versions.
@Suite(.limited) struct AppServiceTests {
    private static let notFound =
        "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."

    private func requestToken(
        _ client: LabClient,
        _ query: [String: String],
        header: String = "X-IDENTITY-HEADER",
        secret: String? = nil
    ) async throws -> HTTPResponse {
        let value = try secret ?? client.variable("CAMBIST_LAB_IDENTITY_HEADER")
        let endpoint = try client.variable("CAMBIST_LAB_IDENTITY_ENDPOINT")
        return try await client.send(
            .get,
            "\(endpoint)?\(LabClient.encoded(query))",
            headers: [header: value]
        )
    }

    @Test(arguments: ["client_id", "principal_id", "object_id"])
    func `version 2019-08-01 has expires_on in seconds and no expires_in`(_ selector: String) async throws {
        try await LabClient.with { client in
            let name = selector == "client_id" ? "CAMBIST_LAB_CLIENT_ID" : "CAMBIST_LAB_PRINCIPAL_ID"
            let answer = try await requestToken(
                client,
                [
                    "api-version": "2019-08-01", "resource": client.variable("CAMBIST_LAB_AUDIENCE"),
                    selector: client.variable(name),
                ]
            )
            #expect(answer.status == 200)
            #expect(answer.json["expires_on"]?.string == "1790086400")
            #expect(answer.json["expires_in"] == nil)
            #expect(try answer.json["client_id"]?.string == client.variable("CAMBIST_LAB_CLIENT_ID"))
            #expect(answer.json["token_type"]?.string == "Bearer")
        }
    }

    @Test func `version 2017-09-01 has expires_on as a date`() async throws {
        try await LabClient.with { client in
            let query = try [
                "api-version": "2017-09-01", "resource": client.variable("CAMBIST_LAB_AUDIENCE"),
                "clientid": client.variable("CAMBIST_LAB_CLIENT_ID"),
            ]
            let answer = try await requestToken(client, query, header: "secret")
            #expect(answer.status == 200)
            #expect(answer.json["expires_on"]?.string == "9/22/2026 2:13:20 PM +00:00")
            #expect(answer.json["client_id"] == nil)
        }
    }

    @Test(arguments: [
        (0, "9/21/2026 12:00:00 AM +00:00"), (43_200, "9/21/2026 12:00:00 PM +00:00"),
        (47_109, "9/21/2026 1:05:09 PM +00:00"), (86_399, "9/21/2026 11:59:59 PM +00:00"),
    ])
    func `the date of version 2017-09-01 uses the 12-hour clock`(_ seconds: Int, _ text: String) {
        #expect(LegacyDate.text(Date(timeIntervalSince1970: 1_789_948_800 + Double(seconds))) == text)
    }

    @Test func `without a selector, a user-assigned identity receives no token`() async throws {
        try await LabClient.with { client in
            let answer = try await requestToken(client, ["api-version": "2019-08-01", "resource": "api://x"])
            #expect(answer.status == 400)
            #expect(answer.json == .object(["statusCode": .integer(400), "message": .string(Self.notFound)]))
        }
    }

    @Test(arguments: [
        ["client_id": "11111111-1111-4111-8111-111111111111"],
        ["mi_res_id": "/subscriptions/x"],
        ["client_id": "a", "principal_id": "b"],
    ])
    func `a selector of an unattached identity is refused`(_ selectors: [String: String]) async throws {
        try await LabClient.with { client in
            let query = ["api-version": "2019-08-01", "resource": "api://x"].merging(selectors) { $1 }
            let answer = try await requestToken(client, query)
            #expect(answer.status == 400)
            #expect(answer.json["message"]?.string == Self.notFound)
        }
    }

    @Test func `a refusal by Entra becomes an internal error`() async throws {
        try await LabClient.with { client in
            let query = try [
                "api-version": "2019-08-01", "resource": "api://unknown",
                "client_id": client.variable("CAMBIST_LAB_CLIENT_ID"),
            ]
            let answer = try await requestToken(client, query)
            #expect(answer.status == 500)
            #expect(
                answer.json["message"]?.string == "An unexpected error occured while fetching the AAD Token."
            )
            #expect(answer.json["correlationId"]?.string == answer.header("x-correlation-id"))
            #expect(answer.header("server") == "Kestrel")
            #expect(!answer.text.contains("AADSTS"))
        }
    }

    @Test(
        arguments: [
            (["resource": "api://x"], "X-IDENTITY-HEADER", nil, 400),
            (["api-version": "2018-01-01", "resource": "api://x"], "X-IDENTITY-HEADER", nil, 400),
            (["api-version": "2019-08-01"], "X-IDENTITY-HEADER", nil, 400),
            (["api-version": "2019-08-01", "resource": "api://x"], "X-IDENTITY-HEADER", "wrong", 401),
            (["api-version": "2019-08-01", "resource": "api://x"], "secret", nil, 401),
            (["api-version": "2017-09-01", "resource": "api://x"], "X-IDENTITY-HEADER", nil, 401),
        ] as [([String: String], String, String?, Int)]
    )
    func `a malformed request is refused`(
        _ query: [String: String],
        _ header: String,
        _ secret: String?,
        _ status: Int
    ) async throws {
        try await LabClient.with { client in
            let answer = try await requestToken(client, query, header: header, secret: secret)
            #expect(answer.status == status)
            #expect(answer.json["statusCode"] == .integer(status))
        }
    }
}
