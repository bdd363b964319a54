import Crypto
import Federation
import Foundation
import NIOCore
import NIOSSL
import TestSupport
import Testing

@testable import Azure

@Suite(.limited) struct ServiceFabricSourceTests {
    /// Runs `work` with a node whose endpoint presents the test certificate.
    private func withNode<Value: Sendable>(
        _ script: @escaping ScriptedServer.Script,
        work: @Sendable (SourceHarness) async throws -> Value
    ) async throws -> Value {
        let pem = Array(try TestCertificate.shared.get().pem.utf8)
        let context = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMBytes(pem).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(bytes: pem, format: .pem))
            )
        )
        return try await SourceHarness.run(script) { channel in
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
        } work: { harness in
            try await work(harness)
        }
    }

    private func variables(_ harness: SourceHarness, thumbprint: String) -> [String: String] {
        [
            "IDENTITY_ENDPOINT": harness.server.url("metadata/identity/oauth2/token", scheme: "https")
                .absoluteString,
            "IDENTITY_HEADER": "hush-header", "IDENTITY_SERVER_THUMBPRINT": thumbprint,
        ]
    }

    private func thumbprint() throws -> String {
        Insecure.SHA1.hash(data: try TestCertificate.shared.get().der).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined(separator: ":").uppercased()
    }

    @Test func `the thumbprint's certificate is trusted, and the request has the secret`() async throws {
        let thumbprint = try thumbprint()
        try await withNode { _ in
            .answer(200, #"{"access_token":"a.b.c","expires_on":1800003600}"#)
        } work: { harness in
            let token = try await harness.token(
                of: Fixture.identity,
                variables(harness, thumbprint: thumbprint)
            )
            let received = try #require(harness.server.requests.first)
            #expect(token.source == .serviceFabric)
            #expect(token.expiry == Fixture.instant + 3600)
            #expect(
                received.target
                    == "/metadata/identity/oauth2/token?api-version=2019-07-01-preview&resource=api%3A%2F%2Fsecurity-aws-logging"
            )
            #expect(received.header("Secret") == "hush-header")
            #expect(received.header("Accept") == "application/json")
        }
    }

    @Test func `no request is sent to a server with another certificate`() async throws {
        try await withNode { _ in
            Fixture.answer()
        } work: { harness in
            let other = String(repeating: "0", count: 40)
            let error = try #require(
                await harness.failure(of: Fixture.identity, variables(harness, thumbprint: other))
            )
            #expect(error.kind == .unreachable)
            #expect(error.description.contains("thumbprint"))
            #expect(harness.server.requests.isEmpty)
        }
    }

    @Test func `only throttling is retried`() async throws {
        let thumbprint = try thumbprint()
        try await withNode { request in
            request.number < 3
                ? .answer(429)
                : .answer(404, #"{"error":{"code":"ManagedIdentityNotFound","message":"None"}}"#)
        } work: { harness in
            let error = await harness.failure(
                of: Fixture.identity,
                variables(harness, thumbprint: thumbprint)
            )
            #expect(error?.code == "ManagedIdentityNotFound")
            #expect((harness.time as? InstantTime)?.slept == [.seconds(1), .seconds(2)])
        }
    }

    @Test(arguments: [
        ("IDENTITY_ENDPOINT", "http://127.0.0.1:1/", "an https address in IDENTITY_ENDPOINT"),
        ("IDENTITY_SERVER_THUMBPRINT", "abc", "a SHA-1 of 40 digits in IDENTITY_SERVER_THUMBPRINT"),
        (
            "IDENTITY_SERVER_THUMBPRINT", String(repeating: "x", count: 40),
            "a SHA-1 of 40 digits in IDENTITY_SERVER_THUMBPRINT"
        ),
        ("IDENTITY_HEADER", "", "IDENTITY_HEADER"),
    ])
    func `invalid variables are refused`(name: String, value: String, missing: String) async throws {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { harness in
            var variables = variables(harness, thumbprint: String(repeating: "0", count: 40))
            variables[name] = value
            let error = await harness.failure(of: Fixture.identity(.serviceFabric), variables)
            #expect(error == .unavailable(source: .serviceFabric, missing: missing))
        }
    }
}
