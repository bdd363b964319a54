import Federation
import Foundation
import TestSupport
import Testing

@testable import Console

@Suite(.computing) struct TimeTests {
    @Test(arguments: [
        (-5, "0s"), (0, "0s"), (59, "59s"), (60, "1m 00s"), (599, "9m 59s"), (600, "10m"), (3599, "59m"),
        (3600, "1h 00m"),
        (86_399, "23h 59m"), (86_400, "1d 00h"), (8_639_999, "99d 23h"), (8_640_000, "100d"),
    ])
    func `a duration has at most seven columns`(seconds: Int, text: String) {
        #expect(DurationColumn.text(.seconds(seconds)) == text)
        #expect(text.count <= 7)
    }

    @Test(arguments: [
        (0, "0 ms"), (999, "999 ms"), (1000, "1.0 s"), (9999, "9.9 s"), (10_000, "10 s"), (75_400, "75 s"),
    ])
    func `a latency has at most three digits`(milliseconds: Int, text: String) {
        #expect(DurationColumn.latency(.milliseconds(milliseconds)) == text)
    }

    @Test(arguments: UInt64(0)..<500)
    func `a relative time stays the same until its next change`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let now = ConsoleFixture.start
        let offset = Double.random(in: 0..<[5, 700, 4000, 100_000][Int(seed % 4)], using: &generator)
        let time: RelativeTime = Bool.random(using: &generator) ? .left(now + offset) : .ago(now - offset)
        let change = try #require(time.nextChange(after: now))
        #expect(change > now)
        let before = now + change.timeIntervalSince(now) * 0.999
        #expect(time.text(at: before) == time.text(at: now), "seed \(seed)")
    }

    @Test
    func `an expired time does not change`() {
        #expect(RelativeTime.left(ConsoleFixture.start).nextChange(after: ConsoleFixture.start) == nil)
        #expect(RelativeTime.left(ConsoleFixture.start).text(at: ConsoleFixture.start) == "expired")
    }

    @Test(arguments: [
        (0.0, "1970-01-01 00:00:00"), (951_782_400, "2000-02-29 00:00:00"),
        (1_800_000_000, "2027-01-15 08:00:00"),
        (-1, "1969-12-31 23:59:59"), (4_107_542_399, "2100-02-28 23:59:59"),
        (4_107_542_400, "2100-03-01 00:00:00"),
    ])
    func `an instant is shown with its date and time`(seconds: Double, text: String) throws {
        let clock = ClockText(.utc, isUTC: true)
        #expect(clock.dateAndTime(Date(timeIntervalSince1970: seconds)) == text)
    }

    @Test
    func `local times follow the zone`() throws {
        let clock = ClockText(.fixed(offset: -12_600), isUTC: false)
        #expect(clock.time(ConsoleFixture.start) == "04:30:00")
        #expect(clock.zoneName(at: ConsoleFixture.start) == "UTC-03:30")
    }

    @Test
    func `a visible countdown ticks, and a distant countdown does not`() throws {
        var state = try ConsoleFixture.everyState()
        let tick = try #require(state.nextTick)
        #expect(tick.timeIntervalSince(state.now) <= 1)
        ConsoleFixture.open(.log, in: &state)
        let later = try #require(state.nextTick)
        #expect(later == ConsoleFixture.start + 200, "the header needs only the next change of a state")
    }

    @Test
    func `an empty console does not tick`() {
        #expect(ConsoleFixture.console().nextTick == nil)
    }
}
