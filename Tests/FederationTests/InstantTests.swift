import Foundation
import TestSupport
import Testing

@testable import Federation

@Suite(.computing) struct InstantTests {
    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Tue, 29 Feb 2028 23:59:59 GMT", 1_835_481_599),
        ("Mon, 01 Jan 0001 00:00:00 GMT", -62_135_596_800),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
    ])
    func `the preferred form of an HTTP date is parsed`(text: String, seconds: Int) {
        #expect(Instant(httpDate: text)?.date == Date(timeIntervalSince1970: TimeInterval(seconds)))
    }

    @Test(arguments: [
        "", "yesterday", "1994-11-06T08:49:37Z", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Now 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT, Mon",
        "Sat, 01 Jan 0000 00:00:00 GMT",
        "Mon, 30 Feb 2026 00:00:00 GMT", "Sun, 06x Nov 1994 08:49:37 GMT",
    ])
    func `any other HTTP date is refused`(text: String) {
        #expect(Instant(httpDate: text) == nil)
    }

    @Test(arguments: [
        ("2026-01-01T00:00:00Z", 1_767_225_600), ("2026-01-01T00:00:00.5Z", 1_767_225_600.5),
        ("2026-01-01T00:00:00.000000000Z", 1_767_225_600), ("2026-01-01T02:00:00+02:00", 1_767_225_600),
        ("2025-12-31T19:30:00-0430", 1_767_225_600), ("0001-01-01T00:00:00Z", -62_135_596_800),
        ("9999-12-31T23:59:59Z", 253_402_300_799), ("1969-12-31T23:59:59.5Z", -0.5),
    ])
    func `ISO 8601 is parsed`(text: String, seconds: Double) {
        #expect(Instant(iso8601: text)?.date.timeIntervalSince1970 == seconds)
    }

    @Test(arguments: [
        "", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00Z", "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.1234567890Z",
        "2026-01-01T00:00:00Z ", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:60-23:59",
        "10000-01-01T00:00:00Z", "２０２６-01-01T00:00:00Z", "-001-01-01T00:00:00Z",
    ])
    func `any other ISO 8601 text is refused`(text: String) {
        #expect(Instant(iso8601: text) == nil)
    }

    @Test func `a day is parsed as its start`() {
        #expect(Instant(iso8601Day: "2026-01-01")?.date.timeIntervalSince1970 == 1_767_225_600)
        #expect(Instant(iso8601Day: "2026-01-01T00:00:00Z") == nil)
    }

    @Test(arguments: [Int.min, -62_135_596_801, 253_402_300_800, .max])
    func `Unix seconds outside the years 1 to 9999 are refused`(seconds: Int) {
        #expect(Instant(unixSeconds: seconds) == nil)
        #expect(Instant(unixSeconds: Double(seconds)) == nil)
        #expect(Instant(unixSeconds: String(seconds)) == nil)
    }

    @Test(arguments: ["", "nan", "inf", "-infinity", "1e9", "0x10", " 1", "1 ", "--1", "1.2.3", "-"])
    func `text that is not a decimal number is refused`(text: String) {
        #expect(Instant(unixSeconds: text) == nil)
    }

    @Test(arguments: [
        ("0", 0.0), ("1800000000", 1_800_000_000), ("1800000000.25", 1_800_000_000.25), ("-1", -1),
    ])
    func `Unix seconds are parsed from decimal text`(text: String, seconds: Double) {
        #expect(Instant(unixSeconds: text)?.date.timeIntervalSince1970 == seconds)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300, -1e300])
    func `a clamped instant is in range`(seconds: Double) {
        let date = Date(timeIntervalSince1970: seconds)
        #expect(Instant(date) == nil)
        #expect(Instant(Instant(clamping: date).date) != nil)
    }
}
