import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import CredentialDelivery

@Suite(.timeLimit(.minutes(2)))
struct CredentialServerTests {
    @Test func `a mapping's credentials have the members that SDKs read`() async throws {
        try await ServerHarness.with { bench in
            let reply = try await bench.get("audit")
            #expect(reply.status == 200, "\(bench.log.lines)")
            #expect(reply.members["AccessKeyId"]?.hasPrefix("ASIA") == true)
            #expect(reply.members["AccountId"] == "111122223333")
            for name in ["SecretAccessKey", "Token", "RoleArn"] {
                #expect(reply.members[name]?.isEmpty == false, "\(name)")
            }
            let expiration = try Date(try #require(reply.members["Expiration"]), strategy: .iso8601)
            #expect(expiration > bench.time.now)
            #expect(reply.members["SessionToken"] == nil)
        }
    }

    @Test func `what is not to be had is refused in JSON, with neither credentials nor a wait`() async throws
    {
        try await ServerHarness.with { bench in
            struct Case {
                let path: String
                var token: String? = ServerHarness.token
                var host: String?
                var method = HTTPRequest.Method.get
                let status: Int
                let code: String
            }
            let port = bench.port
            let cases = [
                Case(path: "orphan", status: 503, code: "no-credentials"),
                Case(path: "nobody", status: 404, code: "unknown-mapping"),
                Case(path: "", status: 404, code: "unknown-mapping"),
                Case(path: "audit/", status: 404, code: "unknown-mapping"),
                Case(path: "audit", token: nil, status: 401, code: "wrong-token"),
                Case(path: "audit", token: "", status: 401, code: "wrong-token"),
                Case(path: "audit", token: "a-token-of-the-tesT", status: 401, code: "wrong-token"),
                Case(path: "audit", token: "a-token-of-the-test2", status: 401, code: "wrong-token"),
                Case(path: "audit", token: "Bearer a-token-of-the-test", status: 401, code: "wrong-token"),
                Case(path: "nobody", token: "wrong", status: 401, code: "wrong-token"),
                Case(path: "audit", host: "evil.example:\(port)", status: 403, code: "wrong-host"),
                Case(path: "audit", host: "127.0.0.1.evil.example", status: 403, code: "wrong-host"),
                Case(path: "audit", host: "[::2]:\(port)", status: 403, code: "wrong-host"),
                Case(path: "audit", method: .post, status: 405, code: "wrong-method"),
            ]
            for example in cases {
                let reply = try await bench.get(
                    example.path,
                    token: example.token,
                    host: example.host,
                    method: example.method
                )
                #expect(reply.status == example.status, "\(example)")
                #expect(reply.members["code"] == example.code, "\(example)")
                #expect(reply.members["message"]?.isEmpty == false)
                #expect(Set(reply.members.keys) == ["code", "message"])
            }
        }
    }

    @Test(arguments: ["127.0.0.1", "localhost", "[::1]"])
    func `loopback's own names are served, with and without a port`(_ host: String) async throws {
        try await ServerHarness.with { bench in
            for name in [host, "\(host):\(bench.port)"] {
                let reply = try await bench.get("audit", host: name)
                #expect(reply.status == 200)
            }
        }
    }

    @Test func `credentials are renewed ahead of their end, and are the same until then`() async throws {
        try await ServerHarness.with { bench in
            let first = try await bench.get("audit").members
            let second = try await bench.get("audit").members
            #expect(second == first)
            // A lead of 15 minutes, of which the jitter adds a fifth at most.
            bench.time.advance(by: .seconds(3600 - 20 * 60))
            let third = try await bench.get("audit").members
            #expect(third == first)
            bench.time.advance(by: .seconds(6 * 60))
            var renewed = first
            for _ in 0..<2000 where renewed == first { renewed = try await bench.get("audit").members }
            #expect(renewed["AccessKeyId"] != first["AccessKeyId"])
            let expiration = try Date(try #require(renewed["Expiration"]), strategy: .iso8601)
            #expect(expiration.since(bench.time.now) > .seconds(3000))
        }
    }

    @Test func `credentials that have ended are not given`() async throws {
        try await ServerHarness.with { bench in
            bench.time.jump(by: .seconds(3601))
            let reply = try await bench.get("audit")
            #expect(reply.status == 503)
            #expect(reply.members["SecretAccessKey"] == nil)
        }
    }

    @Test func `the log has no secret of what was served`() async throws {
        try await ServerHarness.with { bench in
            let reply = try await bench.get("audit")
            let secrets = [reply.members["SecretAccessKey"], reply.members["Token"], ServerHarness.token]
                .compactMap(\.self)
            #expect(secrets.count == 3)
            #expect(!bench.log.lines.isEmpty)
            for line in bench.log.lines {
                for secret in secrets { #expect(!line.contains(secret)) }
            }
        }
    }
}
