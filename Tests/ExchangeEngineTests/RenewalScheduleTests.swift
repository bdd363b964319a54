import Federation
import Foundation
import TestSupport
import Testing

@testable import ExchangeEngine

@Suite(.limited) struct RenewalScheduleTests {
    private let issued = Date(timeIntervalSince1970: 1_800_000_000)
    private var schedule = RenewalSchedule()

    @Test(
        arguments: [
            // lifetime, lead without jitter: a quarter of the lifetime, at most 15 min
            (900, 225), (1800, 450), (3600, 900), (7200, 900), (43200, 900),
        ]
    )
    mutating func `credentials are renewed with a quarter of their lifetime left, at most 15 minutes`(
        _ lifetime: Int,
        _ lead: Int
    ) {
        let at = schedule.succeeded(issued: issued, expiration: issued + Double(lifetime), jitter: 0)
        #expect(at == issued + Double(lifetime - lead))
    }

    @Test func `the alert about credentials that expire soon ignores credentials whose renewal is not due`()
        throws
    {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let rules = try String(
            contentsOf: root.appending(path: ".ci/packaging/prometheus/cambist.rules.yml"),
            encoding: .utf8
        )
        let found = try #require(rules.firstMatch(of: /expiry_timestamp_seconds - time\(\)\) < (\d+)/))
        let threshold = try #require(Int(found.output.1))
        let shortestSession = RenewalSchedule.lead(issued: issued, expiration: issued + 900)
        #expect(.seconds(threshold) < shortestSession)
    }

    @Test mutating func `jitter makes a renewal earlier, by at most a fifth of the lead`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<1000 {
            let jitter = Double.random(in: 0...1, using: &generator)
            let at = schedule.succeeded(issued: issued, expiration: issued + 3600, jitter: jitter)
            #expect(at <= issued + 2700)
            #expect(at >= issued + 2520)
        }
    }

    @Test mutating func `credentials that are expired on arrival are renewed at once`() {
        #expect(schedule.succeeded(issued: issued, expiration: issued - 60, jitter: 1) == issued)
    }

    @Test mutating func `failures are retried after 30 s, doubling up to 5 min`() {
        let pauses = (0..<6).map { _ in schedule.failed(at: issued, jitter: 0).timeIntervalSince(issued) }
        #expect(pauses == [30, 60, 120, 240, 300, 300])
    }

    @Test(arguments: [
        // the remaining lifetime of the credentials, and the pause after the fifth failure in a row
        (left: 1000, pause: 300), (305, 295), (100, 90), (25, 15), (15, 10), (12, 10), (9, 300), (-5, 300),
    ])
    mutating func `one more attempt is made before valid credentials expire`(_ left: Int, _ pause: Int) {
        for _ in 0..<4 { _ = schedule.failed(at: issued, jitter: 0) }
        let at = schedule.failed(at: issued, jitter: 0, expiration: issued + Double(left))
        #expect(at == issued + Double(pause))
    }

    @Test mutating func `a success resets the backoff`() {
        for _ in 0..<5 { _ = schedule.failed(at: issued, jitter: 0) }
        _ = schedule.succeeded(issued: issued, expiration: issued + 3600, jitter: 0)
        #expect(schedule.failed(at: issued, jitter: 0) == issued + 30)
    }
}
