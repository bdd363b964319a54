import Federation
import Foundation
import Testing

@testable import Console
@testable import Drawing

/// A console to test, with mappings in every state.
enum ConsoleFixture {
    static let start = Date(timeIntervalSince1970: 1_800_000_000)

    static func mapping(
        _ id: String,
        role: String = "reader",
        account: String = "111122223333",
        tags: [String] = []
    ) throws -> RoleMapping {
        RoleMapping(
            id: id,
            identity: "logging",
            audience: "api://security-aws-logging",
            roleARN: try #require(RoleARN("arn:aws:iam::\(account):role/federation/\(role)")),
            region: "eu-west-1",
            sessionName: "cambist-\(id)",
            tags: tags
        )
    }

    static let denial = Failure(
        kind: .refused,
        code: "AccessDenied",
        message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        fix: "Compare the trust policy's sub with the token's.",
        requestID: "6a62dd45-2d6a-4b7f-9d5c-1f2e3d4c5b6a"
    )

    static let claims = Claims(
        header: ["alg": .string("RS256"), "kid": .string("k1")],
        payload: [
            "aud": .string("api://security-aws-logging"),
            "iss": .string("https://sts.windows.net/8fd1925e-404d-170a-27dc-233ab082415f/"),
            "sub": .string("1ea7e6e0-7876-4d1c-aec5-7b1c927ede74"),
            "roles": .array([.string("AssumeRoleWithWebIdentity")]),
            "iat": .integer(1_799_996_400),
            "exp": .integer(1_800_082_800),
            "ver": .string("1.0"),
        ]
    )

    /// An exchange of `mapping` that began so many seconds before the start and gave credentials for `life`
    /// seconds, or failed.
    static func record(
        of mapping: RoleMapping,
        number: Int = 1,
        before seconds: Double = 0,
        life: Double? = 3600,
        claims: Claims = claims
    ) -> ExchangeRecord {
        let at = start - seconds
        let token = TokenFacts(
            fingerprint: "4f1c9a77e2b01d35",
            claims: claims,
            source: .imds,
            received: at,
            seenBefore: false,
            clockOffset: ClockOffset(offset: .milliseconds(210), uncertainty: .milliseconds(520))
        )
        return ExchangeRecord(
            id: number,
            at: at,
            mapping: mapping.id,
            identity: mapping.identity,
            roleARN: mapping.roleARN,
            steps: steps(failure: life == nil ? denial : nil),
            token: token,
            credentialExpiry: life.map { at + $0 },
            accessKeyID: life.map { _ in "ASIAIOSFODNN7EXAMPLE" },
            clockOffset: ClockOffset(offset: .seconds(-3), uncertainty: .milliseconds(530))
        )
    }

    static func steps(failure: Failure?) -> [StepRecord] {
        [
            StepRecord(step: .token, outcome: .ok, duration: .milliseconds(12), note: "imds"),
            StepRecord(step: .claims, outcome: .ok, duration: .zero, note: "as configured"),
            StepRecord(step: .trust, outcome: .skipped, duration: .zero, note: "no policy known"),
            StepRecord(
                step: .exchange,
                outcome: failure == nil ? .ok : .failed,
                duration: .milliseconds(118),
                failure: failure
            ),
            StepRecord(
                step: .caller,
                outcome: failure == nil ? .ok : .skipped,
                duration: .milliseconds(31)
            ),
            StepRecord(step: .probe, outcome: .skipped, duration: .zero),
        ]
    }

    /// A console of that size with one mapping in each state.
    static func everyState(columns: Int = 80, rows: Int = 24) throws -> ConsoleState {
        var state = console(columns: columns, rows: rows)
        let names = ["audit", "billing", "deploy", "metrics", "payments", "vault"]
        let mappings = try names.map {
            try mapping($0, role: "\($0)-reader", tags: $0 == "audit" ? ["prod"] : [])
        }
        let configuration = Configuration(mappings: mappings)
        send(.configured(configuration, origin: "config.yaml"), to: &state)
        for (mapping, life) in zip(mappings, [3600, nil, 600, 1200, nil] as [Double?]) {
            let record = record(of: mapping, before: mapping.id == "deploy" ? 660 : 400, life: life)
            send(.exchanged(.background, record), to: &state)
        }
        send(.exchanged(.background, record(of: mappings[3], before: 1000, life: 1200)), to: &state)
        send(.planned("payments", Plan(action: .attempt, at: start + 90)), to: &state)
        send(.planned("audit", Plan(action: .renewal, at: start + 2300)), to: &state)
        return state
    }

    static func console(columns: Int = 80, rows: Int = 24) -> ConsoleState {
        let zone = TimeZone(secondsFromGMT: 7200) ?? .gmt
        return ConsoleState(now: start, size: Size(columns: columns, rows: rows), timeZone: zone)
    }

    @discardableResult
    static func send(_ message: Message, to state: inout ConsoleState) -> [Effect] {
        update(&state, message)
    }

    /// Plays a script of keys; returns the effects.
    @discardableResult
    static func press(_ script: String, in state: inout ConsoleState) throws -> [Effect] {
        try Key.script(script).flatMap { send(.key($0), to: &state) }
    }
}
