import Federation
import Foundation
import TestSupport
import Testing

@testable import Store

@Suite(.limited) struct LatestExchangeTests {
    private let scratch = Scratch()

    @Test func `an outcome begins with the first exchange after the last exchange with the other outcome`()
        async throws
    {
        let store = try scratch.open()
        let failures = [nil, Samples.refusal, nil, Samples.refusal, Samples.refusal]
        for (number, failure) in failures.enumerated() {
            try await store.append(
                Samples.record(at: Samples.start + Double(number) * 60, failure: failure)
            )
        }
        try await store.append(Samples.record(at: Samples.start + 600, mapping: "other"))
        let found = try await store.latest(of: ["audit", "other", "absent"])
        #expect(found.keys.sorted() == ["audit", "other"])
        #expect(found["audit"]?.record.at == Samples.start + 240)
        #expect(found["audit"]?.since == Samples.start + 180)
        #expect(found["other"]?.since == Samples.start + 600)
    }

    @Test func `without another outcome, an outcome begins with the first exchange`() async throws {
        let store = try scratch.open()
        for seconds in [0.0, 60] { try await store.append(Samples.record(at: Samples.start + seconds)) }
        #expect(try await store.latest(of: ["audit"])["audit"]?.since == Samples.start)
    }
}
