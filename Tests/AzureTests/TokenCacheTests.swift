import Federation
import Foundation
import TestSupport
import Testing

@testable import Azure

@Suite(.limited) struct TokenCacheTests {
    private static let lifetime = 86100.0

    @Test func `a token of an earlier run counts as seen before`() async throws {
        try await SourceHarness.run { request in
            Fixture.answer(["uti": .string("\(min(request.number, 2))")])
        } work: { harness in
            let cache = TokenCache(sources: harness.sources(), time: harness.time) { token in
                (try? Claims(decoding: token.rawValue))?.uniqueTokenID == "1"
            }
            let entries = [
                try await cache.token(for: Fixture.request),
                try await cache.token(for: Fixture.request, force: true),
                try await cache.token(for: Fixture.request, force: true),
            ]
            #expect(entries.map(\.seenBefore) == [true, false, true])
        }
    }

    @Test func `concurrent requests for a token share one request to the source`() async throws {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { harness in
            let cache = TokenCache(sources: harness.sources(), time: harness.time)
            try await withThrowingTaskGroup { group in
                for _ in 0..<20 {
                    group.addTask { _ = try await cache.token(for: Fixture.request, force: true) }
                }
                try await group.waitForAll()
            }
            #expect(harness.server.requests.count < 20)
        }
    }

    @Test func `a cached token counts as seen before`() async throws {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { harness in
            let cache = TokenCache(sources: harness.sources(), time: harness.time)
            let first = try await cache.token(for: Fixture.request)
            let second = try await cache.token(for: Fixture.request)
            #expect(!first.seenBefore)
            #expect(second.seenBefore)
            #expect(first.token == second.token)
            #expect(await cache.cachedToken(for: Fixture.request) == first.token)
            #expect(harness.server.requests.count == 1)
        }
    }

    @Test func `a forced request reaches the source, which may return the same token`() async throws {
        try await SourceHarness.run { request in
            Fixture.answer(["uti": .string(request.number < 3 ? "same" : "new")])
        } work: { harness in
            let cache = TokenCache(sources: harness.sources(), time: harness.time)
            let entries = [
                try await cache.token(for: Fixture.request),
                try await cache.token(for: Fixture.request, force: true),
                try await cache.token(for: Fixture.request, force: true),
            ]
            #expect(entries.map(\.seenBefore) == [false, true, false])
            #expect(harness.server.requests.count == 3)
        }
    }

    @Test func `a token is renewed five minutes before its expiration`() async throws {
        let time = ManualTime()
        try await SourceHarness.run(time: time) { _ in
            Fixture.answer()
        } work: { harness in
            let cache = TokenCache(sources: harness.sources(), time: time)
            _ = try await cache.token(for: Fixture.request)
            time.advance(by: .seconds(Self.lifetime - 301))
            _ = try await cache.token(for: Fixture.request)
            #expect(harness.server.requests.count == 1)
            time.advance(by: .seconds(1))
            _ = try await cache.token(for: Fixture.request)
            #expect(harness.server.requests.count == 2)
        }
    }

    @Test(arguments: [7200.0, -7200])
    func `a token is renewed before it expires by the source's clock`(_ offset: Double) async throws {
        let time = ManualTime()
        let date = DateFormatter.http.string(from: Fixture.instant + offset)
        try await SourceHarness.run(time: time) { request in
            Fixture.answer(headers: request.number == 1 ? ["Date: \(date)"] : [])
        } work: { harness in
            let cache = TokenCache(sources: harness.sources(), time: time)
            _ = try await cache.token(for: Fixture.request)
            // One second is the resolution of Date.
            time.advance(by: .seconds(Self.lifetime - max(offset, 0) - 302))
            _ = try await cache.token(for: Fixture.request)
            #expect(harness.server.requests.count == 1)
            time.advance(by: .seconds(3))
            _ = try await cache.token(for: Fixture.request)
            #expect(harness.server.requests.count == 2)
        }
    }

    @Test func `an unexpired token is returned if the source fails, unless forced`() async throws {
        let time = ManualTime()
        try await SourceHarness.run(time: time) { request in
            request.number == 1 ? Fixture.answer() : .answer(400, #"{"error":"invalid_request"}"#)
        } work: { harness in
            let cache = TokenCache(sources: harness.sources(), time: time)
            let first = try await cache.token(for: Fixture.request)
            time.advance(by: .seconds(Self.lifetime - 10))
            let second = try await cache.token(for: Fixture.request)
            #expect(second.token == first.token)
            #expect(second.seenBefore)
            await #expect(throws: TokenSourceError.self) {
                try await cache.token(for: Fixture.request, force: true)
            }
            time.advance(by: .seconds(10))
            await #expect(throws: TokenSourceError.self) { try await cache.token(for: Fixture.request) }
        }
    }

    @Test func `tokens are cached per identity and audience`() async throws {
        try await SourceHarness.run { _ in
            Fixture.answer()
        } work: { harness in
            let cache = TokenCache(sources: harness.sources(), time: harness.time)
            let other = TokenRequest(identity: Fixture.identity, audience: "api://other")
            _ = try await cache.token(for: Fixture.request)
            #expect(try await cache.token(for: other).seenBefore == false)
            #expect(harness.server.requests.count == 2)
        }
    }
}

extension DateFormatter {
    /// The dates of HTTP headers.
    fileprivate static var http: DateFormatter {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter
    }
}
