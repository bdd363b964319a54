import Federation
import Foundation
import JWTKit
import TestSupport
import Testing
import Transport

@testable import Simulator

/// The discovery documents and keys of the authority.
@Suite(.limited) struct DiscoveryTests {
    private static let tenant = "2f4a9838-26b7-47ee-be60-ccc1fdec5953"

    @Test(arguments: [
        ("", "https://sts.windows.net/\(tenant)/", "/login/common/discovery/keys"),
        ("/v2.0", "https://login.microsoftonline.com/\(tenant)/v2.0", "/login/\(tenant)/discovery/v2.0/keys"),
    ])
    func `a document has the real issuer and the lab's key address`(
        _ version: String,
        _ issuer: String,
        _ keys: String
    ) async throws {
        try await LabClient.with { client in
            let path = "/login/\(Self.tenant)\(version)/.well-known/openid-configuration"
            let document = try await client.send(.get, path).json
            #expect(document["issuer"]?.string == issuer)
            #expect(document["jwks_uri"]?.string == client.lab.url.absoluteString + keys)
            // STS requires these members of every issuer.
            for member in [
                "response_types_supported", "subject_types_supported",
                "id_token_signing_alg_values_supported",
            ] {
                #expect(document[member]?.strings.isEmpty == false)
            }
        }
    }

    @Test(arguments: ["common/discovery/keys", "\(tenant)/discovery/keys", "\(tenant)/discovery/v2.0/keys"])
    func `published keys are complete and verify a token`(_ path: String) async throws {
        try await LabClient.with { client in
            let answer = try await client.send(.get, "/login/\(path)")
            let keys = try #require(answer.json["keys"]).elements()
            #expect(keys.count == 2)
            for key in keys {
                for member in ["kty", "use", "kid", "x5t", "n", "e", "x5c", "issuer"] {
                    #expect(key[member] != nil)
                }
                #expect(key["kid"] == key["x5t"])
                #expect(key["x5c"]?.strings.count == 1)
            }
            let token = try await client.metadata(
                clientID: client.variable("CAMBIST_LAB_CLIENT_ID"),
                resource: "api://security-aws-logging"
            ).json["access_token"]?.string
            let verifier = try await JWTKeyCollection().add(jwksJSON: answer.text)
            let payload = try await verifier.verify(try #require(token), as: Payload.self)
            #expect(payload.sub == "1ea7e6e0-7876-4d1c-aec5-7b1c927ede74")
        }
    }

    private struct Payload: JWTPayload {
        let sub: String

        func verify(using _: some JWTAlgorithm) {}
    }

    @Test func `keys rotate, and a retired key stays published until its tokens expire`() throws {
        let start = Date(timeIntervalSince1970: 1_790_000_000)
        var keys = try EntraSigningKeys(period: .seconds(100), tokenLife: .seconds(250), at: start)
        func published(at date: Date) throws -> [String] {
            guard case .array(let values) = try keys.published(issuer: "i", at: date)["keys"] else {
                return []
            }
            return values.compactMap { $0["kid"]?.string }
        }
        let first = try keys.current(at: start).id
        #expect(try keys.current(at: start + 99).id == first)
        let announced = try published(at: start + 99)
        #expect(announced.first == first)
        let second = try keys.current(at: start + 100).id
        #expect(second == announced.last)
        #expect(try published(at: start + 100).contains(first))
        _ = try keys.current(at: start + 200)
        #expect(try published(at: start + 350).contains(first))
        #expect(try !published(at: start + 351).contains(first))
    }

    @Test func `another tenant is not found`() async throws {
        try await LabClient.with { client in
            let answer = try await client.send(
                .get,
                "/login/11111111-1111-4111-8111-111111111111/.well-known/openid-configuration"
            )
            #expect(answer.status == 400)
            #expect(answer.json["error"]?.string == "invalid_tenant")
            #expect(answer.json["error_codes"] == .array([.integer(90002)]))
        }
    }
}
