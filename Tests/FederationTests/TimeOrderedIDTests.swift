import Foundation
import TestSupport
import Testing

@testable import Federation

/// UUIDs of version 7.
@Suite(.computing) struct TimeOrderedIDTests {
    /// Source: RFC 9562, Appendix A.6: 2022-02-22T19:22:22Z, random bits 0xCC3 and 0x18C4DC0C0C07398F.
    @Test func `the example of the RFC has its form`() {
        let date = Date(timeIntervalSince1970: 1_645_557_742)
        let id = TimeOrderedID.make(at: date, random: (0xCC3, 0x18C4_DC0C_0C07_398F))
        #expect(id == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
        #expect(TimeOrderedID.lowest(at: date) == "017f22e2-79b0-7000-8000-000000000000")
    }

    @Test func `later instants sort later`() {
        let ids = (0..<100).map { TimeOrderedID.make(at: Date(timeIntervalSince1970: Double($0))) }
        #expect(ids == ids.sorted())
        #expect(Set(ids).count == 100)
        #expect(ids.allSatisfy { UUID(uuidString: $0) != nil })
    }

    @Test func `a later ID sorts after an earlier ID`() throws {
        for seconds in [0.0, 1_645_557_742, 4e9] {
            let first = TimeOrderedID.make(at: Date(timeIntervalSince1970: seconds))
            let second = try #require(TimeOrderedID.make(after: first))
            #expect(second > first)
            #expect(second < TimeOrderedID.lowest(at: Date(timeIntervalSince1970: seconds + 0.003)))
        }
        #expect(TimeOrderedID.make(after: "x") == nil)
    }

    @Test(arguments: [-1e18, -1, 0, .nan, 1e18])
    func `an extreme instant has an ID`(_ seconds: Double) {
        #expect(UUID(uuidString: TimeOrderedID.make(at: Date(timeIntervalSince1970: seconds))) != nil)
    }
}
