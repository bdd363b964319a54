import Federation
import Foundation
import TestSupport
import Testing

@testable import Azure

@Suite(.limited) struct AzureArcSourceTests {
    private static let identity = Fixture.identity(.azureArc, isSystemAssigned: true)

    private static func challenge(_ path: String) -> ScriptedReply {
        .answer(401, headers: ["WWW-Authenticate: Basic realm=\(path)"])
    }

    private func variables(_ harness: SourceHarness) -> [String: String] {
        ["IDENTITY_ENDPOINT": harness.server.url("metadata/identity/oauth2/token").absoluteString]
    }

    @Test func `the contents of the key file authorize the request`() async throws {
        let directory = try TemporaryDirectory()
        let key = try directory.write("a.key", "hush-key\n")
        try await SourceHarness.run { request in
            request.header("Authorization") == "Basic hush-key" ? Fixture.answer() : Self.challenge(key)
        } work: { harness in
            let sources = harness.sources(variables(harness), arcKeys: directory.path)
            let token = try await sources.source(for: Self.identity).token(for: Fixture.request)
            let received = harness.server.requests
            #expect(token.source == .azureArc)
            #expect(received.count == 2)
            #expect(received.allSatisfy { $0.header("Metadata") == "true" })
            #expect(
                received[0].target
                    == "/metadata/identity/oauth2/token?api-version=2020-06-01&resource=api%3A%2F%2Fsecurity-aws-logging"
            )
            #expect(!harness.log.lines.joined().contains("hush"))
        }
    }

    @Test(arguments: [
        "/etc/passwd", "DIR/../evil.key", "DIR/sub/a.key", "DIR/.key", "DIR/a.txt", "DIR//a.key", "a.key",
    ])
    func `only key files in the agent's directory are read`(path: String) async throws {
        let directory = try TemporaryDirectory()
        _ = try directory.write("a.txt", "hush")
        let path = path.replacing("DIR", with: directory.path)
        try await SourceHarness.run { _ in
            Self.challenge(path)
        } work: { harness in
            let error = await harness.failure(of: Self.identity, variables(harness), arcKeys: directory.path)
            #expect(error?.code == "not-a-token-endpoint")
            #expect(harness.server.requests.count == 1)
        }
    }

    @Test func `a key file that is a symbolic link is not read`() async throws {
        let directory = try TemporaryDirectory()
        let secret = try directory.write("secret", "hush")
        let link = directory.path + "/a.key"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: secret)
        try await SourceHarness.run { _ in
            Self.challenge(link)
        } work: { harness in
            let error = try #require(
                await harness.failure(of: Self.identity, variables(harness), arcKeys: directory.path)
            )
            #expect(
                error
                    == .unexpectedResponse(
                        source: .azureArc,
                        seen: "the key file \(link) is a symbolic link"
                    )
            )
            #expect(harness.server.requests.count == 1)
        }
    }

    @Test(arguments: [(4096, true), (4097, false)])
    func `a key has at most 4096 bytes`(size: Int, isAccepted: Bool) async throws {
        let directory = try TemporaryDirectory()
        let key = try directory.write("a.key", String(repeating: "k", count: size))
        try await SourceHarness.run { request in
            request.header("Authorization") == nil ? Self.challenge(key) : Fixture.answer()
        } work: { harness in
            let error = await harness.failure(of: Self.identity, variables(harness), arcKeys: directory.path)
            #expect((error == nil) == isAccepted)
        }
    }

    @Test func `a missing key file is reported with the fix from the table of known errors`() async throws {
        let directory = try TemporaryDirectory()
        try await SourceHarness.run { _ in
            Self.challenge(directory.path + "/a.key")
        } work: { harness in
            let error = try #require(
                await harness.failure(of: Self.identity, variables(harness), arcKeys: directory.path)
            )
            #expect(error.code == "arc-key-unreadable")
            #expect(error.failure.fix.contains("himds"))
        }
    }

    @Test(arguments: [200, 403])
    func `an endpoint that sends no challenge is not accepted as the agent`(status: Int) async throws {
        try await SourceHarness.run { _ in
            .answer(status)
        } work: { harness in
            let error = await harness.failure(of: Self.identity, variables(harness))
            #expect(error?.failure.message.contains("expected a 401 response, received \(status)") == true)
        }
    }

    @Test(arguments: ["WWW-Authenticate: Negotiate", "WWW-Authenticate: Basic", "X: y"])
    func `a challenge with another scheme or without a realm is refused`(header: String) async throws {
        try await SourceHarness.run { _ in
            .answer(401, headers: [header])
        } work: { harness in
            #expect(
                await harness.failure(of: Self.identity, variables(harness))?.code == "not-a-token-endpoint"
            )
        }
    }

    @Test func `a user-assigned identity is refused without a request`() async throws {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { harness in
            let error = await harness.failure(of: Fixture.identity(.azureArc), variables(harness))
            #expect(error?.code == "source-unavailable")
            #expect(harness.server.requests.isEmpty)
        }
    }
}
