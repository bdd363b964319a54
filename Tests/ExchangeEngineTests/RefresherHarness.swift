import Federation
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ExchangeEngine

/// A refresher with a manual clock; a test determines the results of its exchanges.
final class RefresherHarness: Sendable {
    /// The result of one exchange.
    struct ScriptedExchange: Sendable {
        /// The lifetime of the credentials by AWS's clock, in seconds; `nil` when STS refuses.
        var lifetime: Double? = 3600
        /// AWS's clock minus the local one, in seconds.
        var offset = 0.0
        /// Whether the offset was measured.
        var hasOffset = true
        /// The duration of the exchange.
        var duration = Duration.zero

        static let refusal = ScriptedExchange(lifetime: nil)
    }

    let time = ManualTime()
    let configuration = LiveConfiguration(Configuration())
    let start: Date
    /// Each exchange: its mapping, and its start by the wall clock and the monotonic clock, in seconds.
    let exchanges = Mutex<[(id: String, at: Double, uptime: Double)]>([])
    private let concurrency = Mutex<(now: Int, peak: Int)>((0, 0))
    private let planned = Mutex<[(isRetry: Bool, at: Double)]>([])

    /// Whether exchanges have a duration; a test then cannot wait until the refresher is idle.
    private let takesTime: Bool

    init(takesTime: Bool = false) {
        self.takesTime = takesTime
        start = time.now
    }

    /// The number of running exchanges.
    var running: Int { concurrency.withLock { $0.now } }
    /// The maximum number of concurrent exchanges.
    var peak: Int { concurrency.withLock { $0.peak } }
    /// The starts of exchanges by the wall clock, in seconds.
    var times: [Double] { exchanges.withLock { $0.map(\.at) } }
    /// The starts of exchanges by the monotonic clock, in seconds.
    var uptimes: [Double] { exchanges.withLock { $0.map(\.uptime) } }
    var plans: [(isRetry: Bool, at: Double)] { planned.withLock { $0 } }

    /// Creates a refresher; `answer` returns the result of the exchange with that number.
    func refresher(
        _ answer: @escaping @Sendable (_ number: Int) -> ScriptedExchange = { _ in ScriptedExchange() },
        jitter: @escaping @Sendable () -> Double = { 0 }
    ) -> CredentialRefresher {
        CredentialRefresher(configuration: configuration, time: time, jitter: jitter) { event in
            guard case .planned(_, let isRetry, let at) = event else { return }
            self.planned.withLock { $0.append((isRetry, at.timeIntervalSince(self.start))) }
        } exchanging: { mapping, _, _ in
            let now = self.time.now
            let uptime = self.time.uptime.seconds
            let number = self.exchanges.withLock { exchanges in
                exchanges.append((mapping.id, now.timeIntervalSince(self.start), uptime))
                return exchanges.count - 1
            }
            let answer = answer(number)
            self.concurrency.withLock { $0 = ($0.now + 1, max($0.peak, $0.now + 1)) }
            try? await self.time.sleep(for: answer.duration)
            self.concurrency.withLock { $0.now -= 1 }
            return Self.exchange(of: mapping, answer, at: self.time.now)
        }
    }

    private static func exchange(of mapping: RoleMapping, _ answer: ScriptedExchange, at now: Date)
        -> Exchange
    {
        let offset = Duration.seconds(answer.offset)
        let credentials = answer.lifetime.flatMap { lifetime in
            try? SessionCredentials.sample(
                accessKeyID: "ASIA00\(Int(now.timeIntervalSince1970))",
                issued: now,
                lifetime: answer.offset + lifetime
            )
        }
        let refused = Failure(kind: .refused, code: "AccessDenied", message: "no", fix: "")
        let step = StepRecord(
            step: .exchange,
            outcome: credentials == nil ? .failed : .ok,
            duration: .zero,
            failure: credentials == nil ? refused : nil
        )
        let record = ExchangeRecord(
            id: 1,
            at: now,
            mapping: mapping.id,
            identity: mapping.identity,
            roleARN: mapping.roleARN,
            steps: [step],
            clockOffset: answer.hasOffset ? ClockOffset(offset: offset, uncertainty: .zero) : nil
        )
        return Exchange(record: record, credentials: credentials, token: nil)
    }

    static func mapping(_ id: String = "audit", refresh: RefreshMode = .auto) throws -> RoleMapping {
        RoleMapping(
            id: id,
            identity: "logging",
            audience: "api://aws",
            roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/audit")),
            region: "eu-west-1",
            sessionName: "s",
            refresh: refresh
        )
    }

    /// Configures mappings and runs the refresher while `work` advances the clock.
    func run(
        _ refresher: CredentialRefresher,
        _ mappings: [RoleMapping],
        _ work: () async throws -> Void
    ) async throws {
        configuration.replace(with: Configuration(mappings: mappings))
        let running = Task { await refresher.run() }
        await refresher.applyConfiguration()
        await waitUntilAsleep(refresher)
        try await work()
        running.cancel()
        await running.value
    }

    /// Advances both clocks from one due sleep to the next.
    func advance(_ seconds: Double, _ refresher: CredentialRefresher) async {
        let end = time.uptime + .seconds(seconds)
        while time.uptime < end {
            time.advance(by: min(end - time.uptime, time.nextWake ?? end))
            await waitUntilAsleep(refresher)
        }
    }

    /// Waits until all tasks sleep again.
    func waitUntilAsleep(_ refresher: CredentialRefresher) async {
        await time.waitForSleeper()
        if !takesTime { await refresher.waitUntilIdle() }
        await time.waitForSleeper()
    }
}
