import Foundation
import TestSupport
import Testing
import Transport

@testable import Simulator

/// The example of RFC 9110 §5.6.7, and the boundaries of a second, a day, and a leap year.
@Suite(.limited) struct WireDateTests {
    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (784_111_777.999, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"),
        (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
    ])
    func `an instant is formatted with its whole second`(seconds: Double, text: String) {
        #expect(WireDate.text(of: Date(timeIntervalSince1970: seconds)) == text)
    }

    @Test func `every response has the date of the lab's clock`() async throws {
        try await LabClient.with { client in
            for _ in 1...2 {
                let answer = try await client.send(.get, "/nothing")
                #expect(answer.header("date") == WireDate.text(of: client.time.now))
                client.time.advance(by: .seconds(7))
            }
        }
    }
}
