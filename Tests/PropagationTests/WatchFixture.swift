import Foundation
import Testing

@testable import Federation
@testable import Propagation

/// Attempts for a watch.
enum WatchFixture {
    static let start = Date(timeIntervalSince1970: 1_800_000_000)
    static let day = 86_400.0

    static let unassigned = failure(
        "AADSTS501051",
        "AADSTS501051: Application 'a'(logging) is not assigned to a role for the application 'b'(aws)."
    )
    static let denied = failure("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
    static let roleMissing = failure("app-role-missing", "The token has no roles.")

    static func failure(_ code: String, _ message: String = "", _ kind: Failure.Kind = .refused) -> Failure {
        Failure(kind: kind, code: code, message: message, fix: "")
    }

    /// Returns an exchange in which `step` had this outcome and the others succeeded.
    static func record(
        _ step: ExchangeStep? = nil,
        _ outcome: StepOutcome = .failed,
        _ failure: Failure? = nil,
        token: TokenFacts? = nil
    ) throws -> ExchangeRecord {
        let steps = ExchangeStep.steps(isChained: false).map { each in
            guard each == step else { return StepRecord(step: each, outcome: .ok, duration: .zero) }
            return StepRecord(step: each, outcome: outcome, duration: .zero, failure: failure)
        }
        return ExchangeRecord(
            id: 1,
            at: start,
            mapping: "audit",
            identity: "logging",
            roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/audit")),
            steps: steps,
            token: token
        )
    }

    /// Returns an exchange that STS refused after a warning of the *trust* step.
    static func record(warning: Failure, _ failure: Failure) throws -> ExchangeRecord {
        let record = try record(.exchange, .failed, failure)
        let steps = record.steps.map { step in
            guard step.step == .trust else { return step }
            return StepRecord(step: .trust, outcome: .warn, duration: .zero, failure: warning)
        }
        return ExchangeRecord(
            id: record.id,
            at: record.at,
            mapping: record.mapping,
            identity: record.identity,
            roleARN: record.roleARN,
            steps: steps
        )
    }

    /// Returns a token issued `age` seconds before the start and received `received` seconds after it.
    static func token(
        _ name: String = "one",
        age: Double = 0,
        lifetime: Double = day,
        roles: [String] = [],
        received: Double = 0,
        source: TokenSourceKind = .imds
    ) -> TokenFacts {
        let issued = Int(start.timeIntervalSince1970 - age)
        return TokenFacts(
            fingerprint: name,
            claims: Claims(
                header: [:],
                payload: [
                    "uti": .string(name), "iat": .integer(issued - 300),
                    "exp": .integer(issued + Int(lifetime)),
                    "roles": .array(roles.map(JSONValue.string)),
                ]
            ),
            source: source,
            received: start + received,
            seenBefore: false
        )
    }

    static func watch(speed: Double = 1, limit: Duration? = nil) -> WatchHarness {
        WatchHarness(Watch(of: "audit", at: start, timing: PropagationTiming(speed: speed), limit: limit))
    }
}

/// A watch that receives attempts.
@dynamicMemberLookup final class WatchHarness {
    private(set) var watch: Watch

    init(_ watch: Watch) {
        self.watch = watch
    }

    subscript<Value>(dynamicMember path: KeyPath<Watch, Value>) -> Value { watch[keyPath: path] }

    @discardableResult func event(_ event: Watch.Event) -> Watch.Action { watch.event(event) }

    /// Reports an attempt `seconds` after the start and returns the pause until the next one in seconds.
    @discardableResult func attempt(
        _ record: ExchangeRecord,
        at seconds: Double,
        jitter: Double = 0,
        role: RoleExistence? = nil
    ) -> Double? {
        let now = WatchFixture.start + seconds
        let action = event(.attempted(record, role: role, at: now, jitter: jitter))
        guard case .sleep(let next) = action else { return nil }
        return next.timeIntervalSince(now)
    }
}
