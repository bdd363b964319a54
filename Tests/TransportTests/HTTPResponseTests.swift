import Federation
import Foundation
import Testing

@testable import Transport

@Suite struct HTTPResponseTests {
    /// 1994-11-06 08:49:37 UTC.
    private static let instant = Date(timeIntervalSince1970: 784_111_777)

    private func response(_ headers: [(name: String, value: String)]) -> HTTPResponse {
        HTTPResponse(
            status: 200,
            headers: headers,
            body: Data(),
            roundTrip: .milliseconds(400),
            midpoint: Self.instant,
            halfTrip: .milliseconds(100)
        )
    }

    @Test func `a header is found whatever its case`() {
        let response = response([("X-Thing", "first"), ("x-thing", "second")])
        #expect(response.header("x-THING") == "first")
    }

    @Test(arguments: [
        ("120", Duration.seconds(120)), ("0", .zero), (" 7 ", .seconds(7)),
        ("Sun, 06 Nov 1994 08:50:07 GMT", .seconds(30)), ("Sun, 06 Nov 1994 08:00:00 GMT", .zero),
    ])
    func `Retry-After is seconds or a date`(text: String, expected: Duration) {
        #expect(response([("Retry-After", text)]).retryAfter == expected)
    }

    @Test(arguments: ["-1", "soon", "1.5", ""])
    func `any other Retry-After is as none`(text: String) {
        #expect(response([("Retry-After", text)]).retryAfter == nil)
    }

    @Test func `a clock that is a minute ahead shows in Date`() throws {
        let offset = try #require(response([("Date", "Sun, 06 Nov 1994 08:50:37 GMT")]).clockOffset)
        #expect(offset == ClockOffset(offset: .milliseconds(60500), uncertainty: .milliseconds(600)))
        #expect(offset.isSignificant)
    }

    @Test func `clocks that agree to the second are not called different`() throws {
        let offset = try #require(response([("Date", "Sun, 06 Nov 1994 08:49:37 GMT")]).clockOffset)
        #expect(!offset.isSignificant)
    }

    @Test(arguments: ["x-amzn-RequestId", "x-ms-request-id", "request-id", "X-CORRELATION-ID"])
    func `the request id is found under each cloud's name`(name: String) {
        #expect(response([(name, "abc")]).requestID == "abc")
    }
}
