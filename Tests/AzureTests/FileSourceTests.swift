import Federation
import Foundation
import TestSupport
import Testing

@testable import Azure

@Suite struct FileSourceTests {
    @Test func `a token that was replaced is seen at the next ask`() async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("token", Fixture.token(["uti": .string("one")]))
        let identity = Fixture.identity(.file, TokenSourceSettings(tokenFile: file))
        let request = TokenRequest(identity: identity, audience: Fixture.audience)
        try await SourceHarness.run { _ in
            .answer(500)
        } work: { bench in
            let cache = TokenCache(sources: bench.sources(), time: bench.time)
            let first = try await cache.token(for: request)
            let second = try await cache.token(for: request)
            _ = try directory.write(
                "token",
                #"{"access_token":"\#(Fixture.token(["uti": .string("two")]))"}"#
            )
            let third = try await cache.token(for: request)
            #expect([first, second, third].map(\.seenBefore) == [false, true, false])
            #expect(bench.server.requests.isEmpty)
        }
    }

    @Test func `a file that holds no token is told by what is wrong`() async throws {
        let directory = try TemporaryDirectory()
        let cases = [
            (directory.path + "/absent", "a token (\(directory.path)/absent does not exist) is missing"),
            (directory.path, "is not a file"), ("/dev/zero", "is not a file"),
            (
                try directory.write("large", String(repeating: "x", count: 65537)),
                "is larger than 65536 bytes"
            ),
            (try directory.write("text", "hush and more"), "holds neither a JWT nor JSON"),
        ]
        try await SourceHarness.run { _ in
            .answer(500)
        } work: { bench in
            for (file, problem) in cases {
                let error = await bench.failure(
                    of: Fixture.identity(.file, TokenSourceSettings(tokenFile: file))
                )
                #expect(error?.description.contains(problem) == true, "\(file)")
                #expect(error?.description.contains("hush") == false)
            }
        }
    }
}
