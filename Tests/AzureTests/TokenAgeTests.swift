import Federation
import Foundation
import TestSupport
import Testing

@testable import Azure

/// Asks that leave the source in peace for a while.
struct TokenAgeTests {
    @Test func `within the age the source is not asked again, after it it is`() async throws {
        let time = ManualTime()
        try await SourceHarness.run(time: time) { request in
            Fixture.answer(["uti": .string("\(request.number)")])
        } work: { bench in
            let cache = TokenCache(sources: bench.sources(), time: time)
            let first = try await cache.token(for: Fixture.request, noOlderThan: .seconds(15))
            time.advance(by: .seconds(14.9))
            let second = try await cache.token(for: Fixture.request, noOlderThan: .seconds(15))
            #expect(second.token == first.token)
            #expect(second.seenBefore)
            time.advance(by: .seconds(0.2))
            let third = try await cache.token(for: Fixture.request, noOlderThan: .seconds(15))
            #expect(third.token != first.token)
            #expect(!third.seenBefore)
            #expect(bench.server.requests.count == 2)
        }
    }

    @Test func `a refusal is told again within the age`() async throws {
        let time = ManualTime()
        try await SourceHarness.run(time: time) { _ in
            .answer(400, #"{"error":"invalid_request","error_description":"Identity not found"}"#)
        } work: { bench in
            let cache = TokenCache(sources: bench.sources(), time: time)
            for _ in 0..<5 {
                await #expect(throws: TokenSourceError.self) {
                    try await cache.token(for: Fixture.request, noOlderThan: .seconds(15))
                }
                time.advance(by: .seconds(2))
            }
            #expect(bench.server.requests.count == 1)
        }
    }
}
