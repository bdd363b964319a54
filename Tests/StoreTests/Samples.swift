import Federation
import Foundation
import Testing

@testable import Store

/// A scratch directory, deleted with the last reference to it.
final class Scratch: Sendable {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.appending(path: "cambist-\(UUID().uuidString)").path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func open(_ settings: HistorySettings = HistorySettings()) throws(HistoryError) -> HistoryStore {
        try HistoryStore.open(directory: path, settings: settings)
    }
}

/// Exchanges to store.
enum Samples {
    static let start = Date(timeIntervalSince1970: 1_800_000_000)

    /// Returns a successful exchange, or one with a failure.
    static func record(
        _ number: Int = 0,
        at: Date = start,
        mapping: String = "audit",
        identity: String = "logging",
        role: String = "audit",
        failure: Failure? = nil,
        token: TokenFacts? = nil,
        offset: Duration? = nil
    ) throws -> ExchangeRecord {
        ExchangeRecord(
            id: number,
            at: at,
            mapping: mapping,
            identity: identity,
            roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/\(role)")),
            steps: [
                StepRecord(step: .token, outcome: .ok, duration: .milliseconds(12), note: "from the cache"),
                StepRecord(
                    step: .exchange,
                    outcome: failure == nil ? .ok : .failed,
                    duration: .nanoseconds(80_123_456),
                    failure: failure,
                    requestID: "9f2c"
                ),
            ],
            token: token,
            clockOffset: offset.map { ClockOffset(offset: $0, uncertainty: .milliseconds(600)) }
        )
    }

    static let refusal = Failure(
        kind: .refused,
        code: "AccessDenied",
        message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        fix: "Compare the trust policy with the token.",
        requestID: "9f2c"
    )

    static func token(fingerprint: String = "0123456789abcdef") -> TokenFacts {
        TokenFacts(
            fingerprint: fingerprint,
            claims: Claims(
                header: ["alg": .string("RS256")],
                payload: [
                    "aud": .string("api://security-aws-logging"), "uti": .string("aGVsbG8"),
                    "iat": .integer(1_799_999_000), "exp": .integer(1_800_086_400),
                    "roles": .array([.string("AssumeRoleWithWebIdentity")]),
                    "name": .string("日本 \u{202E}\n\"quoted\""),
                ]
            ),
            source: .imds,
            received: start,
            seenBefore: true,
            clockOffset: ClockOffset(offset: .milliseconds(-1500), uncertainty: .milliseconds(520))
        )
    }

    /// Returns an exchange with every member.
    static func full() throws -> ExchangeRecord {
        ExchangeRecord(
            id: 1,
            at: start + 0.25,
            mapping: "audit",
            identity: "logging",
            roleARN: try #require(RoleARN("arn:aws-cn:iam::111122223333:role/path/audit")),
            steps: ExchangeStep.steps(isChained: false).enumerated().map { index, step in
                StepRecord(
                    step: step,
                    outcome: StepOutcome.allCases[index % 4],
                    duration: .nanoseconds(index * 1_234_567),
                    failure: index % 4 == 2 ? refusal : nil,
                    note: index == 0 ? "managed" : nil,
                    requestID: index == 4 ? "a-1" : nil
                )
            },
            token: token(),
            credentialExpiry: start + 3600,
            accessKeyID: "ASIAIOSFODNN7EXAMPLE",
            assumedRoleARN: "arn:aws-cn:sts::111122223333:assumed-role/audit/cambist-audit",
            clockOffset: ClockOffset(offset: .nanoseconds(1), uncertainty: .seconds(1))
        )
    }
}

extension ExchangeRecord {
    /// Returns the exchange with another ID.
    func numbered(_ id: Int) -> ExchangeRecord {
        ExchangeRecord(
            id: id,
            at: at,
            mapping: mapping,
            identity: identity,
            roleARN: roleARN,
            steps: steps,
            token: token,
            credentialExpiry: credentialExpiry,
            accessKeyID: accessKeyID,
            assumedRoleARN: assumedRoleARN,
            clockOffset: clockOffset
        )
    }
}
