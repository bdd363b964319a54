import Federation
import Foundation
import Propagation

@testable import Console

/// Watches for each cause, a watch that no process runs, and a watch that has ended.
enum WatchFixture {
    static let start = ConsoleFixture.start

    static func failure(_ code: String, _ message: String) -> Failure {
        Failure(kind: .refused, code: code, message: message, fix: "")
    }

    static func record(
        _ mapping: RoleMapping,
        _ step: ExchangeStep? = nil,
        _ failure: Failure? = nil,
        claims: Claims? = nil
    ) -> ExchangeRecord {
        let steps = ExchangeStep.steps(isChained: false).map { each in
            let isBad = each == step
            return StepRecord(
                step: each,
                outcome: isBad ? (each == .claims ? .warn : .failed) : .ok,
                duration: .zero,
                failure: isBad ? failure : nil
            )
        }
        let token = claims.map {
            TokenFacts(fingerprint: "4f1c9a77", claims: $0, source: .imds, received: start, seenBefore: false)
        }
        return ExchangeRecord(
            id: 1,
            at: start,
            mapping: mapping.id,
            identity: mapping.identity,
            roleARN: mapping.roleARN,
            steps: steps,
            token: token
        )
    }

    /// Returns a watch that started `seconds` ago and made these attempts, 20 seconds apart.
    static func watch(_ mapping: RoleMapping, before seconds: Double, _ records: [ExchangeRecord]) -> Watch {
        var watch = Watch(of: mapping.id, at: start - seconds, timing: PropagationTiming())
        for (index, record) in records.enumerated() {
            let at = start - Double(records.count - index - 1) * 20
            _ = watch.event(.attempted(record, at: at, jitter: 0.5))
        }
        return watch
    }

    static let staleClaims = Claims(
        header: [:],
        payload: [
            "iat": .integer(Int(start.timeIntervalSince1970) - 21_900),
            "exp": .integer(Int(start.timeIntervalSince1970) + 64_500),
        ]
    )

    static func storedWatch(_ watch: Watch, holder: String = "here", for seconds: Double = 60) -> StoredWatch
    {
        StoredWatch(watch: watch, lease: WatchLease(holder: holder, until: start + seconds))
    }

    /// Returns a console whose mappings are watched.
    static func console(columns: Int, rows: Int) throws -> ConsoleState {
        var state = try ConsoleFixture.everyState(columns: columns, rows: rows)
        let mappings = state.mappings.rows.map(\.mapping)
        let unassigned = failure("AADSTS501051", "Application 'a' is not assigned to a role for 'b'.")
        let denied = failure("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
        let missing = failure("app-role-missing", "The token has no roles.")
        let audit = watch(
            mappings[0],
            before: 900,
            Array(repeating: record(mappings[0], .claims, missing, claims: staleClaims), count: 4)
        )
        let billing = watch(
            mappings[1],
            before: 40,
            [
                record(mappings[1], .token, unassigned), record(mappings[1], .exchange, denied),
                record(mappings[1]),
            ]
        )
        let deploy = watch(mappings[2], before: 3000, [record(mappings[2], .token, unassigned)])
        var metrics = watch(mappings[3], before: 600, [record(mappings[3], .exchange, denied)])
        _ = metrics.event(.expired(start - 30))
        for watch in [audit, billing] {
            ConsoleFixture.send(.watched(storedWatch(watch), isHere: true), to: &state)
        }
        ConsoleFixture.send(
            .watched(storedWatch(deploy, holder: "host 7 1", for: -5), isHere: false),
            to: &state
        )
        ConsoleFixture.send(.pastWatchesLoaded([metrics]), to: &state)
        let waits = (1...8).map {
            PastWait(
                mapping: "audit",
                cause: .cachedToken,
                began: start,
                duration: .seconds($0 * 9000),
                isComplete: $0 != 5
            )
        }
        ConsoleFixture.send(.estimated(.cachedToken, WaitEstimate(waits)), to: &state)
        return state
    }
}
