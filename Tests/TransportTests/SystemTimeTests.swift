import Federation
import Foundation
import TestSupport
import Testing
import Transport

@Suite(.limited) struct SystemTimeTests {
    private let time = SystemTime()

    @Test func `a sleep ends when the wall clock reaches the date`() async throws {
        let date = time.now + 0.05
        try await time.sleep(for: .seconds(600), orUntil: date)
        #expect(time.now >= date)
        #expect(time.now < date + 300)
    }

    @Test(arguments: [Date.distantFuture, Date(timeIntervalSinceNow: 600)])
    func `a sleep ends after its duration`(date: Date) async throws {
        let start = time.uptime
        try await time.sleep(for: .milliseconds(50), orUntil: date)
        #expect(time.uptime - start >= .milliseconds(50))
        #expect(time.uptime - start < .seconds(300))
    }

    @Test func `a canceled sleep ends with an error`() async {
        let sleep = Task { try await SystemTime().sleep(for: .seconds(600), orUntil: .distantFuture) }
        sleep.cancel()
        await #expect(throws: CancellationError.self) { try await sleep.value }
    }

    @Test(arguments: [
        .distantPast, Date(timeIntervalSince1970: -1), Date(timeIntervalSince1970: 0),
        Date(timeIntervalSince1970: 1),
    ])
    func `a date in the past ends a sleep immediately`(date: Date) async throws {
        let start = time.uptime
        try await time.sleep(for: .seconds(600), orUntil: date)
        #expect(time.uptime - start < .seconds(300))
    }
}
