import Foundation
import TestSupport
import Testing

@testable import Federation

/// Values for which unbounded conversions and arithmetic trap.
private let extremes: [Double] = [.nan, .infinity, -.infinity, 1e300, -1e300, 9.3e18, -9.3e18, 1e-300, 0]

@Suite(.computing) struct UTCTextTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
        (1_800_003_599.9, "2027-01-15T08:59:59Z"), (4_102_444_799, "2099-12-31T23:59:59Z"),
        (-1, "1969-12-31T23:59:59Z"),
    ])
    func `an instant is written in UTC to the whole second`(_ seconds: Double, _ text: String) {
        let date = Date(timeIntervalSince1970: seconds)
        #expect(date.utcText == text)
        #expect(date.utcText == Date(timeIntervalSince1970: seconds.rounded(.down)).formatted(.iso8601))
    }

    @Test(arguments: extremes)
    func `an extreme instant is written within the years 1 to 9999`(_ seconds: Double) {
        #expect(Date(timeIntervalSince1970: seconds).utcText.utf8.count == 20)
    }

    @Test func `the bounds are written with four-digit years`() {
        #expect(Instant.earliest.utcText == "0001-01-01T00:00:00Z")
        #expect(Instant.latest.utcText == "9999-12-31T23:59:59Z")
    }
}

/// The example of RFC 9110 §5.6.7, and the boundaries of a second, a day, and a leap year.
@Suite(.computing) struct HTTPDateTextTests {
    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (784_111_777.999, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"),
        (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
    ])
    func `an instant is formatted with its whole second`(seconds: Double, text: String) throws {
        let date = Date(timeIntervalSince1970: seconds)
        #expect(date.httpText == text)
        let parsed = try #require(Instant(httpDate: text)).date
        #expect(parsed == Date(timeIntervalSince1970: seconds.rounded(.down)))
    }
}

@Suite(.computing) struct BoundedDurationTests {
    @Test(arguments: extremes)
    func `a duration of extreme seconds is bounded`(_ seconds: Double) {
        let duration = Duration(clampingSeconds: seconds)
        #expect(duration <= .longest && duration >= .zero - .longest)
        #expect(duration.isBelowZero == (seconds < 0))
        #expect(Duration(boundedSeconds: seconds) == (abs(seconds) <= 1 ? .seconds(seconds) : nil))
        #expect(duration.wholeSeconds.magnitude <= 315_569_520_000)
        #expect(duration.milliseconds.magnitude <= 315_569_520_000_000)
        #expect(duration.addingClamped(duration).magnitude <= .longest)
        for factor in extremes { #expect(duration.multipliedClamped(by: factor).magnitude <= .longest) }
    }

    @Test func `conversions of an unbounded duration do not trap`() {
        let huge = Duration.seconds(Int64.max) + .seconds(Int64.max)
        #expect(huge.wholeSeconds == 315_569_520_000)
        #expect(huge.milliseconds == 315_569_520_000_000)
        #expect(huge.nanoseconds == .max)
        #expect((.zero - huge).nanoseconds == .min)
        #expect(huge.seconds == 0x1p64)
        #expect(DurationText.format(huge) == "3652425d")
    }

    @Test func `conversions of an ordinary duration are exact`() {
        let duration = Duration.milliseconds(1_234_567_890_123) + .nanoseconds(7)
        #expect(duration.wholeSeconds == 1_234_567_890)
        #expect(duration.milliseconds == 1_234_567_890_123)
        #expect(duration.nanoseconds == 1_234_567_890_123_000_007)
        #expect((.zero - duration).milliseconds == -1_234_567_890_123)
    }

    @Test func `dates far apart have a bounded duration`() {
        #expect(Date(timeIntervalSince1970: 1e300).since(Date(timeIntervalSince1970: -1e300)) == .longest)
        #expect(Instant.latest.since(Instant.earliest) < .longest)
    }

    @Test(arguments: [
        (Double.nan, 0), (.infinity, .max), (-.infinity, .min), (1e19, .max), (-1.9, -1), (2.9, 2),
    ])
    func `a floating-point value is truncated and clamped to an integer`(_ value: Double, _ integer: Int) {
        #expect(Int(saturating: value) == integer)
    }

    @Test func `narrow and unsigned integers also saturate`() {
        #expect(UInt8(saturating: -3) == 0)
        #expect(UInt8(saturating: 300) == 255)
    }

    @Test(arguments: extremes)
    func `an extreme clock offset has a description`(_ seconds: Double) {
        let offset = ClockOffset(offset: Duration(clampingSeconds: seconds), uncertainty: .seconds(1))
        #expect(!offset.description.isEmpty)
    }
}

extension Duration {
    fileprivate var isBelowZero: Bool { self < .zero }
    fileprivate var magnitude: Duration { isBelowZero ? .zero - self : self }
}
