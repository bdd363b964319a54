import Federation
import Foundation
import TestSupport
import Testing
import Transport

@testable import CredentialDelivery

/// The paths of a credential server for monitoring.
@Suite(.timeLimit(.minutes(30)), .limited)
struct MonitoringTests {
    @Test func `the health check needs no token and names no mapping`() async throws {
        try await ServerHarness.with { harness in
            let response = try await harness.response("healthz", [])
            #expect(response.status == 503)
            #expect(response.excerpt == #"{"status":"unavailable"}"#)
            let foreign = try await harness.response("healthz", [.init("host", "evil.example")])
            #expect(foreign.status == 403)
        }
    }

    @Test func `every response has the date, and none has the name of the server's library`() async throws {
        try await ServerHarness.with { harness in
            for path in ["healthz", "metrics", "nothing"] {
                let response = try await harness.response(path, [])
                #expect(response.header("date") == harness.time.now.httpText)
                #expect(response.header("server") == nil)
                #expect(response.header("content-length") == "\(response.body.count)")
            }
        }
    }

    @Test func `metrics require the token, alone or after Bearer`() async throws {
        try await ServerHarness.with { harness in
            for token in [
                "", "wrong", "Bearer wrong", "Basic \(ServerHarness.token)", "bearer\(ServerHarness.token)",
            ] {
                let response = try await harness.response("metrics", [.init("authorization", token)])
                #expect(response.status == 401, "\(token)")
            }
            for token in [ServerHarness.token, "Bearer \(ServerHarness.token)"] {
                let response = try await harness.response("metrics", [.init("authorization", token)])
                #expect(response.status == 200, "\(token)")
                #expect(response.header("content-type")?.hasPrefix("text/plain; version=0.0.4") == true)
                let text = String(decoding: response.body, as: UTF8.self)
                #expect(text.contains(#"cambist_up{mapping="audit"} 1"#))
                #expect(text.contains(#"cambist_up{mapping="orphan"} 0"#))
                #expect(text.contains(#"cambist_exchanges_total{mapping="audit",outcome="ok"} 1"#))
                #expect(text.contains("cambist_credential_expiry_timestamp_seconds{"))
                #expect(text.contains("cambist_token_expiry_timestamp_seconds{"))
                #expect(
                    !text.contains("ASIA") && !text.contains(ServerHarness.token)
                        && !text.contains("AccessDenied")
                )
            }
        }
    }

    @Test func `a client that requests OpenMetrics receives OpenMetrics`() async throws {
        try await ServerHarness.with { harness in
            let response = try await harness.response(
                "metrics",
                [
                    .init("authorization", ServerHarness.token),
                    .init("accept", "application/openmetrics-text;version=1.0.0"),
                ]
            )
            #expect(response.header("content-type")?.hasPrefix("application/openmetrics-text") == true)
            #expect(String(decoding: response.body, as: UTF8.self).hasSuffix("# EOF\n"))
        }
    }
}
