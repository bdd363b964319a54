import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import Simulator

/// The token endpoints of Azure Arc, Machine Learning, Cloud Shell, and Service Fabric.
@Suite(.limited) struct OtherHostTests {
    // Azure Arc

    private func arc(_ client: LabClient, headers: [String: String] = [:]) async throws -> HTTPResponse {
        let query = try LabClient.encoded([
            "api-version": "2020-06-01", "resource": client.variable("CAMBIST_LAB_AUDIENCE"),
        ])
        let endpoint = try client.variable("CAMBIST_LAB_ARC_ENDPOINT")
        return try await client.send(
            .get,
            "\(endpoint)?\(query)",
            headers: headers.merging(["Metadata": "true"]) { $1 }
        )
    }

    /// Returns the key in the file of a challenge.
    private func key(in challenge: HTTPResponse) throws -> String {
        let header = try #require(challenge.header("www-authenticate"))
        #expect(header.hasPrefix("Basic realm=/"))
        #expect(header.hasSuffix(".key"))
        return try String(contentsOfFile: String(header.dropFirst("Basic realm=".count)), encoding: .utf8)
    }

    @Test func `the Arc agent challenges and issues the machine's token for the key in the file`()
        async throws
    {
        try await LabClient.with { client in
            let challenge = try await arc(client)
            #expect(challenge.status == 401)
            let key = try key(in: challenge)
            #expect(key.utf8.count <= 4096)
            let answer = try await arc(client, headers: ["Authorization": "Basic \(key)"])
            #expect(answer.status == 200)
            #expect(answer.json["expires_in"]?.string == "86400")
            let claims = try Claims(decoding: Secret(try #require(answer.json["access_token"]?.string)))
            #expect(claims.roles == ["AssumeRoleWithWebIdentity"])
        }
    }

    @Test func `an Arc key works once, expires, and cannot be guessed`() async throws {
        try await LabClient.with { client in
            let used = ["Authorization": "Basic \(try key(in: try await arc(client)))"]
            #expect(try await arc(client, headers: used).status == 200)
            #expect(try await arc(client, headers: used).status == 401)
            let old = ["Authorization": "Basic \(try key(in: try await arc(client)))"]
            client.time.advance(by: .seconds(301))
            #expect(try await arc(client, headers: old).status == 401)
            #expect(try await arc(client, headers: ["Authorization": "Basic guess"]).status == 401)
        }
    }

    @Test func `an Arc key file is private and in the configured directory`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "arc-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await LabClient.with(LabOptions(arcKeyDirectory: directory.path())) { client in
            let header = try #require(try await arc(client).header("www-authenticate"))
            #expect(header.hasPrefix("Basic realm=\(directory.path())"))
            let path = String(header.dropFirst("Basic realm=".count))
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func `the Arc agent requires the Metadata header`() async throws {
        try await LabClient.with { client in
            let endpoint = try client.variable("CAMBIST_LAB_ARC_ENDPOINT")
            let answer = try await client.send(.get, "\(endpoint)?api-version=2020-06-01&resource=x")
            #expect(answer.status == 400)
        }
    }

    // Azure Machine Learning

    @Test func `Machine Learning issues a token by secret and client ID`() async throws {
        try await LabClient.with { client in
            let query = try LabClient.encoded([
                "api-version": "2017-09-01", "resource": client.variable("CAMBIST_LAB_AUDIENCE"),
                "clientid": client.variable("CAMBIST_LAB_CLIENT_ID"),
            ])
            let url = try client.variable("CAMBIST_LAB_ML_ENDPOINT") + "?" + query
            let secret = try client.variable("CAMBIST_LAB_ML_SECRET")
            let answer = try await client.send(.get, url, headers: ["secret": secret])
            #expect(answer.status == 200)
            #expect(answer.json["expires_on"]?.string == "1790086400")
            #expect(try await client.send(.get, url, headers: ["secret": "wrong"]).status == 401)
        }
    }

    // Cloud Shell

    @Test func `Cloud Shell issues the user's delegated token for Azure`() async throws {
        try await LabClient.with { client in
            let answer = try await cloudShell(client, resource: "https://management.azure.com/")
            #expect(answer.status == 200)
            let claims = try Claims(decoding: Secret(try #require(answer.json["access_token"]?.string)))
            #expect(claims.payload["scp"]?.string == "user_impersonation")
            #expect(claims.payload["upn"]?.string == "ada@lab.example")
            #expect(claims.subject != claims.objectID)
            #expect(claims.roles.isEmpty)
            #expect(claims.payload["appidacr"]?.string == "0")
        }
    }

    @Test func `Cloud Shell has no consent for the tenant's applications`() async throws {
        try await LabClient.with { client in
            let answer = try await cloudShell(client, resource: "api://security-aws-logging")
            #expect(answer.status == 400)
            #expect(answer.json["error"]?["code"]?.string == "invalid_grant")
            #expect(answer.json["error"]?["message"]?.string?.hasPrefix("AADSTS65001: ") == true)
        }
    }

    private func cloudShell(_ client: LabClient, resource: String) async throws -> HTTPResponse {
        try await client.send(
            .post,
            client.variable("CAMBIST_LAB_CLOUD_SHELL_ENDPOINT"),
            headers: ["Metadata": "true", "Content-Type": "application/x-www-form-urlencoded"],
            body: LabClient.encoded(["resource": resource])
        )
    }

    // Service Fabric

    /// Source: Service Fabric's table of errors.
    @Test func `Service Fabric serves TLS and its own errors`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        try await LabClient.with(LabOptions(tlsDirectory: directory.path())) { client in
            let endpoint = try client.variable("CAMBIST_LAB_FABRIC_ENDPOINT")
            let secret = try ["Secret": client.variable("CAMBIST_LAB_FABRIC_HEADER")]
            let version = "api-version=2019-07-01-preview"
            let answer = try await client.send(
                .get,
                "\(endpoint)?\(version)&resource=api%3A%2F%2Fsecurity-aws-logging",
                headers: secret
            )
            #expect(answer.status == 200)
            #expect(answer.json["expires_on"]?.string == "1790086400")
            let rows: [(query: String, headers: [String: String], status: Int, code: String)] = [
                ("\(version)&resource=x", [:], 400, "SecretHeaderNotFound"),
                ("\(version)&resource=x", ["Secret": "wrong"], 404, "ManagedIdentityNotFound"),
                (version, secret, 400, "ArgumentNullOrEmpty"),
                ("api-version=2018-01-01&resource=x", secret, 400, "InvalidApiVersion"),
                ("\(version)&resource=api%3A%2F%2Fnobody", secret, 500, "InternalServerError"),
            ]
            for row in rows {
                let answer = try await client.send(.get, "\(endpoint)?\(row.query)", headers: row.headers)
                #expect(answer.status == row.status, "\(row.code)")
                #expect(answer.json["error"]?["code"]?.string == row.code)
                #expect(answer.json["error"]?["correlationId"]?.string != nil)
            }
        }
    }
}
