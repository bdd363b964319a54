import Federation
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ExchangeEngine

/// A keeper over a manual clock, with exchanges that a test answers.
final class RefresherHarness: Sendable {
    /// What one exchange gives.
    struct Answer: Sendable {
        /// How long the credentials live by AWS's clock; `nil` when STS refuses.
        var life: Double? = 3600
        /// AWS's clock less ours.
        var offset = 0.0
        /// Whether that was measured.
        var tellsOffset = true
        /// How long the exchange takes.
        var duration = Duration.zero

        static let refusal = Answer(life: nil)
    }

    let time = ManualTime()
    let start: Date
    /// Each exchange: whose, when by the wall clock, and when by the one that never jumps, in seconds.
    let asked = Mutex<[(id: String, at: Double, uptime: Double)]>([])
    private let running = Mutex<(now: Int, most: Int)>((0, 0))
    private let planned = Mutex<[(isRetry: Bool, at: Double)]>([])

    /// Whether exchanges take time, so that nobody can wait until none runs.
    private let takesTime: Bool

    init(takesTime: Bool = false) {
        self.takesTime = takesTime
        start = time.now
    }

    /// How many exchanges ran at once at most.
    var most: Int { running.withLock { $0.most } }
    /// When exchanges began, by the wall clock in seconds from the start.
    var times: [Double] { asked.withLock { $0.map(\.at) } }
    /// The same by the clock that never jumps.
    var uptimes: [Double] { asked.withLock { $0.map(\.uptime) } }
    var plans: [(isRetry: Bool, at: Double)] { planned.withLock { $0 } }

    /// Makes the keeper; `answer` says what the exchange of that number gives.
    func keeper(
        _ answer: @escaping @Sendable (_ number: Int) -> Answer = { _ in Answer() },
        jitter: @escaping @Sendable () -> Double = { 0 }
    ) -> CredentialRefresher {
        let keeper = CredentialRefresher(time: time, jitter: jitter) { event in
            guard case .planned(_, let isRetry, let at) = event else { return }
            self.planned.withLock { $0.append((isRetry, at.timeIntervalSince(self.start))) }
        } exchanging: { mapping, _, _ in
            let now = self.time.now
            let uptime = self.time.uptime.seconds
            let number = self.asked.withLock { asked in
                asked.append((mapping.id, now.timeIntervalSince(self.start), uptime))
                return asked.count - 1
            }
            let answer = answer(number)
            self.running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            try? await self.time.sleep(for: answer.duration)
            self.running.withLock { $0.now -= 1 }
            return Self.exchange(of: mapping, answer, at: self.time.now)
        }
        return keeper
    }

    private static func exchange(of mapping: RoleMapping, _ answer: Answer, at now: Date) -> Exchange {
        let offset = Duration.seconds(answer.offset)
        let credentials = answer.life.map { life in
            SessionCredentials(
                accessKeyID: "ASIA\(Int(now.timeIntervalSince1970))",
                secretAccessKey: Secret("s"),
                sessionToken: Secret("t"),
                expiration: now + answer.offset + life,
                issued: now,
                assumedRoleARN: "arn:aws:sts::111122223333:assumed-role/audit/s",
                region: "eu-west-1"
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
            clockOffset: answer.tellsOffset ? ClockOffset(offset: offset, uncertainty: .zero) : nil
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

    /// Keeps mappings, and lets `work` move the clock while the keeper runs.
    func run(
        _ keeper: CredentialRefresher,
        _ mappings: [RoleMapping],
        _ work: () async throws -> Void
    ) async throws {
        let running = Task { await keeper.run() }
        await keeper.keep(mappings)
        await settle(keeper)
        try await work()
        running.cancel()
        await running.value
    }

    /// Moves both clocks on, from one who wakes to the next.
    func pass(_ seconds: Double, _ keeper: CredentialRefresher) async {
        let end = time.uptime + .seconds(seconds)
        while time.uptime < end {
            time.advance(by: min(end - time.uptime, time.nextWake ?? end))
            await settle(keeper)
        }
    }

    /// Lets all who were woken do what they do until they sleep again.
    func settle(_ keeper: CredentialRefresher) async {
        await time.someoneSleeps()
        if !takesTime { await keeper.idle() }
        await time.someoneSleeps()
    }
}
