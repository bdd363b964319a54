import Federation
import Foundation
import TestSupport
import Testing

@testable import Azure

@Suite(.limited) struct FileSourceTests {
    @Test func `a replaced token is read at the next request`() async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("token", Fixture.token(["uti": .string("one")]))
        let identity = Fixture.identity(.file, TokenSourceSettings(tokenFile: file))
        let request = TokenRequest(identity: identity, audience: Fixture.audience)
        try await SourceHarness.run { _ in
            .answer(500)
        } work: { harness in
            let cache = TokenCache(sources: harness.sources(), time: harness.time)
            let first = try await cache.token(for: request)
            let second = try await cache.token(for: request)
            _ = try directory.write(
                "token",
                #"{"access_token":"\#(Fixture.token(["uti": .string("two")]))"}"#
            )
            let third = try await cache.token(for: request)
            #expect([first, second, third].map(\.seenBefore) == [false, true, false])
            #expect(harness.server.requests.isEmpty)
        }
    }

    @Test(arguments: ["+", "/"])
    func `a token in standard base64 is returned, so that its decoding names the encoding`(
        character: String
    ) async throws {
        let directory = try TemporaryDirectory()
        let parts = Fixture.token().split(separator: ".").map(String.init)
        let text = "\(parts[0]).\(parts[1]).\(character)\(parts[2].dropFirst())"
        let file = try directory.write("token", text)
        let identity = Fixture.identity(.file, TokenSourceSettings(tokenFile: file))
        try await SourceHarness.run { _ in
            .answer(500)
        } work: { harness in
            let token = try await harness.token(of: identity)
            let error = #expect(throws: TokenFormatError.self) { try Claims(decoding: token.rawValue) }
            #expect(error == .standardBase64(part: "signature"))
        }
    }

    @Test func `the error for a file without a token names the problem`() async throws {
        let directory = try TemporaryDirectory()
        let cases = [
            (directory.path + "/absent", "is not usable here: \(directory.path)/absent does not exist."),
            (directory.path, "is not a regular file"), ("/dev/zero", "is not a regular file"),
            (
                try directory.write("large", String(repeating: "x", count: 65537)),
                "is larger than 65536 bytes"
            ),
            (try directory.write("text", "hush and more"), "contains neither a JWT nor JSON"),
        ]
        try await SourceHarness.run { _ in
            .answer(500)
        } work: { harness in
            for (file, problem) in cases {
                let error = await harness.failure(
                    of: Fixture.identity(.file, TokenSourceSettings(tokenFile: file))
                )
                #expect(error?.description.contains(problem) == true, "\(file)")
                #expect(error?.description.contains("hush") == false)
            }
        }
    }
}
