import Federation
import Foundation
import TestSupport
import Testing

@testable import Azure

@Suite struct AzureArcSourceTests {
    private static let identity = Fixture.identity(.azureArc, isSystemAssigned: true)

    private static func challenge(_ path: String) -> ScriptedReply {
        .answer(401, headers: ["WWW-Authenticate: Basic realm=\(path)"])
    }

    private func variables(_ bench: SourceHarness) -> [String: String] {
        ["IDENTITY_ENDPOINT": bench.server.url("metadata/identity/oauth2/token").absoluteString]
    }

    @Test func `the key file's contents open the door`() async throws {
        let directory = try TemporaryDirectory()
        let key = try directory.write("a.key", "hush-key\n")
        try await SourceHarness.run { request in
            request.header("Authorization") == "Basic hush-key" ? Fixture.answer() : Self.challenge(key)
        } work: { bench in
            let sources = bench.sources(variables(bench), arcKeys: directory.path)
            let token = try await sources.source(for: Self.identity).token(for: Fixture.request)
            let seen = bench.server.requests
            #expect(token.source == .azureArc)
            #expect(seen.count == 2)
            #expect(seen.allSatisfy { $0.header("Metadata") == "true" })
            #expect(
                seen[0].target
                    == "/metadata/identity/oauth2/token?api-version=2020-06-01&resource=api%3A%2F%2Fsecurity-aws-logging"
            )
            #expect(!bench.log.lines.joined().contains("hush"))
        }
    }

    @Test(arguments: [
        "/etc/passwd", "DIR/../evil.key", "DIR/sub/a.key", "DIR/.key", "DIR/a.txt", "DIR//a.key", "a.key",
    ])
    func `no file is read that is no key in the agent's directory`(path: String) async throws {
        let directory = try TemporaryDirectory()
        _ = try directory.write("a.txt", "hush")
        let path = path.replacing("DIR", with: directory.path)
        try await SourceHarness.run { _ in
            Self.challenge(path)
        } work: { bench in
            let error = await bench.failure(of: Self.identity, variables(bench), arcKeys: directory.path)
            #expect(error?.code == "not-a-token-endpoint")
            #expect(bench.server.requests.count == 1)
        }
    }

    @Test func `a key that is a link is not followed`() async throws {
        let directory = try TemporaryDirectory()
        let secret = try directory.write("secret", "hush")
        let link = directory.path + "/a.key"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: secret)
        try await SourceHarness.run { _ in
            Self.challenge(link)
        } work: { bench in
            let error = try #require(
                await bench.failure(of: Self.identity, variables(bench), arcKeys: directory.path)
            )
            #expect(
                error
                    == .unintelligible(
                        source: .azureArc,
                        seen: "it names the key file \(link), which is a link"
                    )
            )
            #expect(bench.server.requests.count == 1)
        }
    }

    @Test(arguments: [(4096, true), (4097, false)])
    func `a key has 4096 bytes at most`(size: Int, isTaken: Bool) async throws {
        let directory = try TemporaryDirectory()
        let key = try directory.write("a.key", String(repeating: "k", count: size))
        try await SourceHarness.run { request in
            request.header("Authorization") == nil ? Self.challenge(key) : Fixture.answer()
        } work: { bench in
            let error = await bench.failure(of: Self.identity, variables(bench), arcKeys: directory.path)
            #expect((error == nil) == isTaken)
        }
    }

    @Test func `a key that is not there is told with the advice of the table`() async throws {
        let directory = try TemporaryDirectory()
        try await SourceHarness.run { _ in
            Self.challenge(directory.path + "/a.key")
        } work: { bench in
            let error = try #require(
                await bench.failure(of: Self.identity, variables(bench), arcKeys: directory.path)
            )
            #expect(error.code == "arc-key-unreadable")
            #expect(error.failure.fix.contains("himds"))
        }
    }

    @Test(arguments: [200, 403])
    func `an endpoint that asks for no key is not the agent`(status: Int) async throws {
        try await SourceHarness.run { _ in
            .answer(status)
        } work: { bench in
            let error = await bench.failure(of: Self.identity, variables(bench))
            #expect(error?.failure.message.contains("expected a 401 response, received \(status)") == true)
        }
    }

    @Test(arguments: ["WWW-Authenticate: Negotiate", "WWW-Authenticate: Basic", "X: y"])
    func `a challenge of another kind is refused`(header: String) async throws {
        try await SourceHarness.run { _ in
            .answer(401, headers: [header])
        } work: { bench in
            #expect(await bench.failure(of: Self.identity, variables(bench))?.code == "not-a-token-endpoint")
        }
    }

    @Test func `a user-assigned identity is refused before anybody is asked`() async throws {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { bench in
            let error = await bench.failure(of: Fixture.identity(.azureArc), variables(bench))
            #expect(error?.code == "source-unavailable")
            #expect(bench.server.requests.isEmpty)
        }
    }
}
