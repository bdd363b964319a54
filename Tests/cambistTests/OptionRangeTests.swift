import ArgumentParser
import Federation
import Foundation
import TestSupport
import Testing

@testable import cambist

/// Values of options outside the range of dates and durations.
@Suite(.limited) struct OptionRangeTests {
    @Test(arguments: [
        ["wait", "audit", "--timeout", "300000d"], ["wait", "audit", "--timeout", "300000000000000000d"],
        ["wait", "audit", "--timeout", "0s"], ["wait", "audit", "--timeout=-1h"],
        ["history", "--since", "300000000d"], ["history", "--since", "99999999999999999999d"],
        ["history", "--since", "10000-01-01"], ["history", "--since", "tomorrow"],
        ["history", "--limit", "0"], ["history", "--limit", "9223372036854775807"],
        ["exchange", "audit", "--duration", "13h"], ["exchange", "audit", "--duration", "99999999999999d"],
        ["explain", "--trust-policy", "x", "--at", "99999999999999999999"],
        ["explain", "--trust-policy", "x", "--at", "1e300"],
        ["explain", "--trust-policy", "x", "--at", "nan"],
        ["serve", "--port", "65536"], ["serve", "--port=-1"],
    ])
    func `a value out of range is a usage error that names the accepted values`(arguments: [String]) throws {
        let error = try #require(throws: (any Error).self) { try Cambist.parseAsRoot(arguments) }
        #expect(Cambist.exitCode(for: error).rawValue == 64)
        let text = Cambist.message(for: error)
        #expect(text.contains("accepted"), "\(text)")
        #expect(arguments.last?.split(separator: "=").last.map { text.contains($0) } == true, "\(text)")
    }

    @Test(arguments: [
        ["wait", "audit", "--timeout", "366d"], ["history", "--since", "36525d"],
        ["history", "--since", "0001-02-01"], ["history", "--since", "9999-12-31T23:59:59Z"],
        ["history", "--limit", "10000000"], ["exchange", "audit", "--duration", "12h"],
        ["explain", "--trust-policy", "x", "--at", "253402300799"], ["serve", "--port", "65535"],
    ])
    func `the bounds of a range are accepted`(arguments: [String]) throws {
        #expect(throws: Never.self) { try Cambist.parseAsRoot(arguments) }
    }
}
