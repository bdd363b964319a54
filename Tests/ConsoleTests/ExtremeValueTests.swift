import Drawing
import Federation
import Foundation
import Propagation
import TestSupport
import Testing

@testable import Console

/// Extreme dates and durations, as a hostile server or a damaged file may contain them.
@Suite(.computing) struct ExtremeValueTests {
    private static let instants: [Double] = [
        -.infinity, -1e300, -9.3e18, -62_135_596_801, -1, 0, 253_402_300_800, 9.3e18, 1e300, .infinity, .nan,
    ]

    private static let durations: [Duration] = [
        .seconds(Int64.min), .seconds(-1), .zero, .nanoseconds(1), .seconds(1e15), .seconds(Int64.max),
    ]

    private static let integers = [Int.min, Int.min + 1, -1, 0, 253_402_300_800, Int.max - 1, Int.max]

    private static func date(_ generator: inout SeededGenerator) -> Date {
        Date(timeIntervalSince1970: instants.randomElement(using: &generator) ?? 0)
    }

    private static func duration(_ generator: inout SeededGenerator) -> Duration {
        durations.randomElement(using: &generator) ?? .zero
    }

    private static func claims(_ generator: inout SeededGenerator) -> Claims {
        var payload = ConsoleFixture.claims.payload
        for name in ["exp", "iat", "nbf"] {
            payload[name] = .integer(integers.randomElement(using: &generator) ?? 0)
        }
        return Claims(header: ["exp": .integer(.max)], payload: payload)
    }

    private static func record(of mapping: RoleMapping, _ generator: inout SeededGenerator) -> ExchangeRecord
    {
        let isFailed = Bool.random(using: &generator)
        let steps = ConsoleFixture.steps(failure: isFailed ? ConsoleFixture.denial : nil).map { step in
            StepRecord(
                step: step.step,
                outcome: step.outcome,
                duration: duration(&generator),
                failure: step.failure
            )
        }
        return ExchangeRecord(
            id: Int.random(in: 0..<99, using: &generator),
            at: date(&generator),
            mapping: mapping.id,
            identity: mapping.identity,
            roleARN: mapping.roleARN,
            steps: steps,
            token: TokenFacts(
                fingerprint: "4f1c9a77e2b01d35",
                claims: claims(&generator),
                source: .imds,
                received: date(&generator),
                seenBefore: false,
                clockOffset: ClockOffset(offset: .seconds(-1_000_000_000), uncertainty: .zero)
            ),
            credentialExpiry: isFailed ? nil : date(&generator),
            accessKeyID: "ASIAIOSFODNN7EXAMPLE",
            clockOffset: ClockOffset(offset: .seconds(1_000_000_000), uncertainty: .zero)
        )
    }

    private static func console(_ generator: inout SeededGenerator) throws -> ConsoleState {
        var state = try ConsoleFixture.everyState()
        for mapping in state.mappings.rows.map(\.mapping) {
            ConsoleFixture.send(.exchanged(.background, record(of: mapping, &generator)), to: &state)
            if Bool.random(using: &generator) {
                ConsoleFixture.send(
                    .planned(mapping.id, Plan(action: .renewal, at: date(&generator))),
                    to: &state
                )
            }
            if Bool.random(using: &generator) {
                let watch = Watch(of: mapping.id, at: date(&generator), timing: PropagationTiming())
                let lease = WatchLease(holder: "host 1 1", until: date(&generator))
                let stored = StoredWatch(watch: watch, lease: lease)
                ConsoleFixture.send(.watched(stored, isHere: false), to: &state)
            }
        }
        let transfer = Transfer(
            at: date(&generator),
            method: "GET",
            host: "h",
            path: "/",
            status: Int.max,
            duration: duration(&generator)
        )
        ConsoleFixture.send(.transferred(transfer), to: &state)
        if Bool.random(using: &generator) { ConsoleFixture.send(.ticked(date(&generator)), to: &state) }
        return state
    }

    @Test(arguments: UInt64(0)..<12)
    func `every panel draws with extreme values`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var state = try Self.console(&generator)
        let sizes = [(200, 50), (80, 24), (40, 10), (12, 2), (1, 1)].map { Size(columns: $0, rows: $1) }
        for panel in Panel.ID.allCases {
            ConsoleFixture.open(panel, in: &state)
            for column in panel.panel.sorting?.columns ?? [] {
                panel.panel.sorting?.sort(&state, ListOrder(column))
            }
            for size in sizes {
                ConsoleFixture.send(.resized(size), to: &state)
                for _ in 0..<min(8, state.lineCount) {
                    #expect(view(state).cells.count == size.columns * size.rows, "seed \(seed)")
                    let tick = state.nextTick?.timeIntervalSince(state.now) ?? 0
                    #expect(tick.isFinite && tick < 31_536_001, "seed \(seed)")
                    try ConsoleFixture.press("j", in: &state)
                }
                try ConsoleFixture.press("g", in: &state)
            }
        }
    }

    @Test(arguments: [
        (-1e300, "1-01-01 00:00:00"), (-Double.infinity, "1-01-01 00:00:00"),
        (Double.nan, "1-01-01 00:00:00"),
        (1e300, "9999-12-31 23:59:59"), (253_402_300_799, "9999-12-31 23:59:59"), (0, "1970-01-01 00:00:00"),
        (-1, "1969-12-31 23:59:59"), (-86_401, "1969-12-30 23:59:59"),
    ])
    func `an instant outside the years 1 to 9999 is shown as the nearest one within`(
        _ seconds: Double,
        text: String
    ) {
        let clock = ClockText(.utc, isUTC: true)
        #expect(clock.dateAndTime(Date(timeIntervalSince1970: seconds)) == text)
    }

    @Test(arguments: [
        (Duration.seconds(Int64.max), "3652425d"), (.seconds(Int64.min), "0s"), (.seconds(86_400), "1d 00h"),
    ])
    func `a duration is clamped`(_ duration: Duration, text: String) {
        #expect(DurationColumn.text(duration) == text)
    }

    @Test func `a date claim outside the years 1 to 9999 is shown as a number`() {
        #expect(ClaimLine("exp", .integer(.max)).date == nil)
        #expect(ClaimLine("exp", .integer(.max)).text == "\(Int.max)")
        #expect(ClaimLine("exp", .integer(0)).date == Date(timeIntervalSince1970: 0))
    }
}
