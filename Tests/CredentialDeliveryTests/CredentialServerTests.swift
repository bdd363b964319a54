import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import CredentialDelivery

@Suite(.timeLimit(.minutes(30)), .limited)
struct CredentialServerTests {
    @Test func `a mapping's credentials have the members that SDKs read`() async throws {
        try await ServerHarness.with { harness in
            let reply = try await harness.get("audit")
            #expect(reply.status == 200, "\(harness.log.lines)")
            #expect(reply.members["AccessKeyId"]?.hasPrefix("ASIA") == true)
            #expect(reply.members["AccountId"] == "111122223333")
            for name in ["SecretAccessKey", "Token", "RoleArn"] {
                #expect(reply.members[name]?.isEmpty == false, "\(name)")
            }
            let expiration = try Date(try #require(reply.members["Expiration"]), strategy: .iso8601)
            #expect(expiration > harness.time.now)
            #expect(reply.members["SessionToken"] == nil)
        }
    }

    @Test func `a refusal is JSON without credentials`() async throws {
        try await ServerHarness.with { harness in
            struct Case {
                let path: String
                var token: String? = ServerHarness.token
                var host: String?
                var method = HTTPRequest.Method.get
                let status: Int
                let code: String
            }
            let port = harness.port
            let cases = [
                Case(path: "orphan", status: 403, code: "AccessDenied"),
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
                let reply = try await harness.get(
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

    @Test func `a refusal by STS of either call is 403`() {
        func isRefused(_ step: ExchangeStep, _ kind: Failure.Kind = .refused) -> Bool {
            let failure = Failure(kind: kind, code: "AccessDenied", message: "Refused.", fix: "Ask.")
            return CredentialServer.isRefusedBySTS(
                StepRecord(step: step, outcome: .failed, duration: .zero, failure: failure)
            )
        }
        #expect(isRefused(.exchange))
        #expect(isRefused(.assume))
        #expect(!isRefused(.assume, .tryAgain))
        #expect(!isRefused(.token))
        #expect(!isRefused(.caller))
    }

    @Test(arguments: ["127.0.0.1", "localhost", "[::1]"])
    func `the loopback names are accepted, with and without a port`(_ host: String) async throws {
        try await ServerHarness.with { harness in
            for name in [host, "\(host):\(harness.port)"] {
                let reply = try await harness.get("audit", host: name)
                #expect(reply.status == 200)
            }
        }
    }

    @Test func `credentials do not change until they are renewed, before they expire`() async throws {
        try await ServerHarness.with { harness in
            let first = try await harness.get("audit").members
            let second = try await harness.get("audit").members
            #expect(second == first)
            // Credentials are renewed 15 minutes before they expire; jitter adds at most a fifth to that.
            harness.time.advance(by: .seconds(3600 - 20 * 60))
            let third = try await harness.get("audit").members
            #expect(third == first)
            harness.time.advance(by: .seconds(6 * 60))
            var renewed = first
            for _ in 0..<2000 where renewed == first { renewed = try await harness.get("audit").members }
            #expect(renewed["AccessKeyId"] != first["AccessKeyId"])
            let expiration = try Date(try #require(renewed["Expiration"]), strategy: .iso8601)
            #expect(expiration.since(harness.time.now) > .seconds(3000))
        }
    }

    /// The set clock starts a renewal, for which the request may wait.
    @Test func `expired credentials are replaced, not served`() async throws {
        try await ServerHarness.with { harness in
            let first = try await harness.get("audit").members
            harness.time.jump(by: .seconds(3601))
            let ticks = Task {
                while !Task.isCancelled {
                    harness.time.advance(by: .milliseconds(20))
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            defer { ticks.cancel() }
            var reply = try await harness.get("audit")
            while reply.status == 503 {
                #expect(reply.members["SecretAccessKey"] == nil)
                reply = try await harness.get("audit")
            }
            #expect(reply.members["SecretAccessKey"] != first["SecretAccessKey"])
            let expiration = try Date(try #require(reply.members["Expiration"]), strategy: .iso8601)
            #expect(expiration.since(harness.time.now) > .seconds(3000))
        }
    }

    @Test func `the log contains no served secrets`() async throws {
        try await ServerHarness.with { harness in
            let reply = try await harness.get("audit")
            let secrets = [reply.members["SecretAccessKey"], reply.members["Token"], ServerHarness.token]
                .compactMap(\.self)
            #expect(secrets.count == 3)
            #expect(!harness.log.lines.isEmpty)
            for line in harness.log.lines {
                for secret in secrets { #expect(!line.contains(secret)) }
            }
        }
    }
}
