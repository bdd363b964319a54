import Federation
import Foundation
import TestSupport
import Testing

@testable import Transport

@Suite(.limited) struct HTTPResponseTests {
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

    @Test func `header names are case-insensitive`() {
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
    func `any other Retry-After is ignored`(text: String) {
        #expect(response([("Retry-After", text)]).retryAfter == nil)
    }

    @Test func `the clock offset is measured with Date`() throws {
        let offset = try #require(response([("Date", "Sun, 06 Nov 1994 08:50:37 GMT")]).clockOffset)
        #expect(offset == ClockOffset(offset: .milliseconds(60500), uncertainty: .milliseconds(600)))
        #expect(offset.isSignificant)
    }

    @Test func `clocks that agree to the second have no significant offset`() throws {
        let offset = try #require(response([("Date", "Sun, 06 Nov 1994 08:49:37 GMT")]).clockOffset)
        #expect(!offset.isSignificant)
    }

    @Test(arguments: ["x-amzn-RequestId", "x-ms-request-id", "request-id", "X-CORRELATION-ID"])
    func `the request ID is found under each cloud's name`(name: String) {
        #expect(response([(name, "abc")]).requestID == "abc")
    }

    @Test(arguments: [
        "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "Sun, 01 Jan 1893 00:00:00 GMT",
        "Mon, 07 Nov 2095 08:49:37 GMT",
    ])
    func `an offset of more than a century is ignored`(date: String) {
        #expect(response([("Date", date)]).clockOffset == nil)
    }

    @Test func `an offset of two days is measured`() {
        let offset = response([("Date", "Tue, 08 Nov 1994 08:49:37 GMT")]).clockOffset?.offset
        #expect(offset == .milliseconds(172_800_500))
    }

    @Test(arguments: ["Sun, 06 Nov 2044 08:49:37 GMT", "Mon, 06 Nov 1944 08:49:37 GMT"])
    func `a clock offset of fifty years is measured`(date: String) throws {
        let offset = try #require(response([("Date", date)]).clockOffset?.offset)
        #expect(abs(offset.seconds) > 49 * 365 * 86_400)
    }

    @Test(arguments: [
        "Sat, 01 Jan 0000 00:00:00 GMT", "Sun, 06 Nov 99999 08:49:37 GMT", "now", "",
        "Sun, 31 Feb 1994 08:49:37 GMT",
    ])
    func `an unusable Date has no offset`(date: String) {
        #expect(response([("Date", date)]).clockOffset == nil)
    }

    @Test(arguments: [
        "9223372036854775807", "99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT", "86401",
    ])
    func `Retry-After is limited to a day`(text: String) {
        #expect(response([("Retry-After", text)]).retryAfter == .seconds(86400))
    }

    @Test func `control characters of a request ID are escaped`() {
        #expect(response([("x-amzn-requestid", "r\u{9B}31m\u{202E}")]).requestID == "r<U+009B>31m<U+202E>")
    }
}
