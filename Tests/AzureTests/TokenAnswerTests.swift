import Federation
import Foundation
import TestSupport
import Testing

@testable import Azure

@Suite(.limited) struct TokenAnswerTests {
    private let now = Fixture.instant

    private func answer(_ json: String) -> TokenAnswer? {
        try? TokenAnswer(json: Data(json.utf8), now: now)
    }

    /// 2017-09-14 12:00:00 UTC is 1,505,390,400.
    @Test(arguments: [
        ("1505390400", 1_505_390_400), (#""1505390400""#, 1_505_390_400), ("1505390400.0", 1_505_390_400),
        (#""2017-09-14T12:00:00Z""#, 1_505_390_400), (#""2017-09-14T14:00:00+02:00""#, 1_505_390_400),
        (#""9/14/2017 12:00:00 PM +00:00""#, 1_505_390_400),
        (#""09/14/2017 12:00:00 +00:00""#, 1_505_390_400),
        (#""9/14/2017 12:00:00 AM +00:00""#, 1_505_347_200),
        (#""9/14/2017 2:00:00 PM +02:00""#, 1_505_390_400),
        (#""9/14/2017 10:00:00 AM -02:00""#, 1_505_390_400),
        ("86399", 1_800_086_399), (#""3599""#, 1_800_003_599),
    ])
    func `expires_on is parsed in every format`(json: String, expected: Int) {
        let expiry = answer(#"{"access_token":"a.b.c","expires_on":\#(json)}"#)?.expiry
        #expect(expiry == Date(timeIntervalSince1970: TimeInterval(expected)))
    }

    @Test(arguments: ["3599", #""3599""#])
    func `expires_in counts from now`(json: String) {
        #expect(answer(#"{"access_token":"a.b.c","expires_in":\#(json)}"#)?.expiry == now + 3599)
    }

    @Test func `expires_on has precedence over expires_in`() {
        let json = #"{"expires_on":"1800000100","access_token":"a.b.c","expires_in":"3599"}"#
        #expect(answer(json)?.expiry == now + 100)
    }

    @Test(arguments: [
        "null", #""tomorrow""#, "[]", #""13/40/2017""#, "true", #""nan""#, #""inf""#, #""-inf""#, "1e300",
        "-1e300",
        #""1e300""#, #""99999999999999999999""#, "99999999999999999999", "253402300800", #"{"a":1}"#,
        #""9/14/99999 12:00:00 PM +00:00""#, #""2/30/2026 12:00:00 PM +00:00""#,
        #""9/14/2017 99:00:00 PM +00:00""#, #""9/14/2017 12:00:00 PM +99:00""#,
    ])
    func `an unusable expiration is ignored`(json: String) {
        let answer = answer(#"{"access_token":"a.b.c","expires_on":\#(json)}"#)
        #expect(answer?.token == Secret("a.b.c"))
        #expect(answer?.expiry == nil)
    }

    @Test(arguments: ["access_token", "accessToken", "token"])
    func `the token is found under each known name`(name: String) {
        #expect(answer(#"{"\#(name)":"a.b.c"}"#)?.token == Secret("a.b.c"))
    }

    @Test(arguments: [
        "", "null", "[]", "{}", #"{"access_token":""}"#, #"{"access_token":7}"#, #"{"access_token":"a.b"#,
        "<html>", #""a.b.c""#,
    ])
    func `data in any other format has no token`(json: String) {
        #expect(answer(json) == nil)
    }

    @Test(arguments: ["1e300", "-1e300", #""nan""#, "99999999999999999999", "-63000000000000"])
    func `an expires_in outside the years 1 to 9999 is ignored`(json: String) {
        let answer = answer(#"{"access_token":"a.b.c","expires_in":\#(json)}"#)
        #expect(answer?.token == Secret("a.b.c") && answer?.expiry == nil)
    }

    @Test func `size and depth are limited, and the error names the limit`() {
        let large = Data(#"{"access_token":"\#(String(repeating: "x", count: TokenAnswer.size))"}"#.utf8)
        let deep = Data(#"{"x":\#(String(repeating: "[", count: 30_000))"#.utf8)
        for (data, limit) in [(large, "65536"), (deep, "64")] {
            let error = #expect(throws: TokenAnswerError.self) { try TokenAnswer(json: data, now: now) }
            #expect(error?.limit?.contains(limit) == true)
        }
    }
}
