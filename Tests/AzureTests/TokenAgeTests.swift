import Federation
import Foundation
import TestSupport
import Testing

@testable import Azure

/// Requests that accept a cached result up to a maximum age.
@Suite(.limited) struct TokenAgeTests {
    @Test func `the source receives another request only after the accepted age`() async throws {
        let time = ManualTime()
        try await SourceHarness.run(time: time) { request in
            Fixture.answer(["uti": .string("\(request.number)")])
        } work: { harness in
            let cache = TokenCache(sources: harness.sources(), time: time)
            let first = try await cache.token(for: Fixture.request, noOlderThan: .seconds(15))
            time.advance(by: .seconds(14.9))
            let second = try await cache.token(for: Fixture.request, noOlderThan: .seconds(15))
            #expect(second.token == first.token)
            #expect(second.seenBefore)
            time.advance(by: .seconds(0.2))
            let third = try await cache.token(for: Fixture.request, noOlderThan: .seconds(15))
            #expect(third.token != first.token)
            #expect(!third.seenBefore)
            #expect(harness.server.requests.count == 2)
        }
    }

    @Test func `a refusal is cached within the accepted age`() async throws {
        let time = ManualTime()
        try await SourceHarness.run(time: time) { _ in
            .answer(400, #"{"error":"invalid_request","error_description":"Identity not found"}"#)
        } work: { harness in
            let cache = TokenCache(sources: harness.sources(), time: time)
            for _ in 0..<5 {
                await #expect(throws: TokenSourceError.self) {
                    try await cache.token(for: Fixture.request, noOlderThan: .seconds(15))
                }
                time.advance(by: .seconds(2))
            }
            #expect(harness.server.requests.count == 1)
        }
    }
}
