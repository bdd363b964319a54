import Federation
import Foundation
import Testing

@testable import Console
@testable import Drawing

/// A console for tests, with mappings in every state.
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

    /// Returns an exchange that began `seconds` before ``start`` and whose credentials have the lifetime
    /// `lifetime` in seconds; without a lifetime, the exchange failed.
    static func record(
        of mapping: RoleMapping,
        number: Int = 1,
        before seconds: Double = 0,
        lifetime: Double? = 3600,
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
            steps: steps(failure: lifetime == nil ? denial : nil),
            token: token,
            credentialExpiry: lifetime.map { at + $0 },
            accessKeyID: lifetime.map { _ in "ASIAIOSFODNN7EXAMPLE" },
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

    /// An exchange that STS refused, after warnings about the app role and the trust policy.
    static func warned(_ mapping: RoleMapping) -> ExchangeRecord {
        let role = Failure(
            kind: .refused,
            code: "app-role-missing",
            message:
                "The token lacks the app role AssumeRoleWithWebIdentity; AWS does not ask for it, and Entra's gate "
                + "is open: the token has no roles; issued 2027-01-14T08:00:00Z.",
            fix:
                "If the identity was assigned after that, wait: a new token comes at the latest 2027-01-15T08:00:00Z."
        )
        let policy = Failure(
            kind: .refused,
            code: "trust-deny",
            message: "The trust policy does not allow this token: StringEquals sts.windows.net/t:aud wants "
                + "api://security-aws-logging, found nothing.",
            fix: "`cambist explain billing` shows the statement and the fix."
        )
        var steps = steps(failure: denial)
        steps[1] = StepRecord(step: .claims, outcome: .warn, duration: .zero, failure: role)
        steps[2] = StepRecord(step: .trust, outcome: .warn, duration: .milliseconds(1), failure: policy)
        return ExchangeRecord(
            id: 9,
            at: start,
            mapping: mapping.id,
            identity: mapping.identity,
            roleARN: mapping.roleARN,
            steps: steps
        )
    }

    /// Returns a console with one mapping in each state, in the order of their names.
    static func everyState(
        columns: Int = 80,
        rows: Int = 24,
        isReadOnly: Bool = false,
        reference: ConfigurationReference? = nil
    ) throws -> ConsoleState {
        var state = console(columns: columns, rows: rows, isReadOnly: isReadOnly, reference: reference)
        let names = ["audit", "billing", "deploy", "metrics", "payments", "vault"]
        let mappings = try names.map {
            try mapping($0, role: "\($0)-reader", tags: $0 == "audit" ? ["prod"] : [])
        }
        let configuration = Configuration(mappings: mappings)
        send(.configured(configuration, origin: "config.yaml"), to: &state)
        for (mapping, lifetime) in zip(mappings, [3600, nil, 600, 1200, nil] as [Double?]) {
            let record = record(of: mapping, before: mapping.id == "deploy" ? 660 : 400, lifetime: lifetime)
            send(.exchanged(.background, record), to: &state)
        }
        send(.exchanged(.background, record(of: mappings[3], before: 1000, lifetime: 1200)), to: &state)
        send(.planned("payments", Plan(action: .attempt, at: start + 90)), to: &state)
        send(.planned("audit", Plan(action: .renewal, at: start + 2300)), to: &state)
        state.mappings.list.keepSelection()
        state.mappings.list.cursor.select(0)
        state.mappings.list.sort(by: ListOrder("MAPPING"))
        return state
    }

    /// Returns a console with data in every panel.
    static func full(columns: Int = 120, rows: Int = 40) throws -> ConsoleState {
        var state = try WatchFixture.console(columns: columns, rows: rows)
        for transfer in transfers { send(.transferred(transfer), to: &state) }
        FleetFixture.send(try FleetFixture.snapshot(), to: &state)
        return state
    }

    /// Returns a console whose external strings are wide, hostile, or very long.
    static func hostile(columns: Int = 80, rows: Int = 24) throws -> ConsoleState {
        var state = console(columns: columns, rows: rows)
        let wide = try mapping("監査-ログ-reader", role: "reader", tags: ["本番"])
        let hostile = try mapping(
            "e\u{301}vil\u{1B}[2J\u{202E}gnp\u{200B}",
            role: String(repeating: "long-name-", count: 6)
        )
        send(.configured(Configuration(mappings: [hostile, wide]), origin: "a\nb\u{1B}c"), to: &state)
        let claims = Claims(
            header: ["alg": .string("\u{1B}[31mRS256")],
            payload: [
                "aud": .string("api://\u{2066}漢字\u{2069}"),
                "sub": .string(String(repeating: "長い", count: 50_000)),
                "\u{1B}name": .string("line\r\nbreak\ttab"), "roles": .array([.string("\u{202E}eloR")]),
            ]
        )
        send(.exchanged(.background, record(of: wide, claims: claims)), to: &state)
        let long = Failure(
            kind: .refused,
            code: "Access\u{1B}[0mDenied",
            message: String(repeating: "no ", count: 30_000),
            fix: "Ask 👩‍💻 to fix\u{85}it."
        )
        let steps = [StepRecord(step: .token, outcome: .failed, duration: .seconds(3), failure: long)]
        let record = ExchangeRecord(
            id: 2,
            at: start,
            mapping: hostile.id,
            identity: hostile.identity,
            roleARN: hostile.roleARN,
            steps: steps,
            token: TokenFacts(
                fingerprint: "00",
                claims: claims,
                source: .command,
                received: start,
                seenBefore: true
            )
        )
        send(.exchanged(.background, record), to: &state)
        let transfer = Transfer(
            at: start,
            method: "GET",
            host: "h\u{1B}ost",
            path: "/" + String(repeating: "長", count: 100),
            status: nil,
            duration: .seconds(90),
            problem: "reset\u{1B}[1m"
        )
        send(.transferred(transfer), to: &state)
        return state
    }

    /// Successful and failed requests.
    static let transfers = [200, 403, nil, 500].enumerated().map { number, status in
        Transfer(
            at: start - Double(number * 60),
            method: number == 1 ? "GET" : "POST",
            host: "host-\(number % 2).example",
            path: "/\(9 - number)",
            status: status,
            duration: .milliseconds(100 - number * 7),
            requestID: number == 0 ? nil : "id-\(number)",
            problem: status == nil ? "reset" : nil
        )
    }

    /// The token sources of a host outside Azure, and an identity that needs IMDS.
    static let survey = SourceReportList(
        sources: [
            SourceReport(
                kind: .appService,
                isChosen: true,
                obstacle: nil,
                reason: "IDENTITY_ENDPOINT and IDENTITY_HEADER are set"
            ),
            SourceReport(
                kind: .imds,
                isChosen: false,
                obstacle: "the service does not respond",
                reason: nil
            ),
            SourceReport(kind: .command, isChosen: false, obstacle: "command is missing", reason: nil),
        ],
        identities: [
            "logging": SourceReport(
                kind: .imds,
                isChosen: true,
                obstacle: "the service does not respond",
                reason: "source: imds in the configuration"
            )
        ],
        variables: ["IDENTITY_ENDPOINT", "IDENTITY_HEADER"]
    )

    static func console(
        columns: Int = 80,
        rows: Int = 24,
        isReadOnly: Bool = false,
        reference: ConfigurationReference? = nil
    ) -> ConsoleState {
        let size = Size(columns: columns, rows: rows)
        return ConsoleState(
            now: start,
            size: size,
            localTime: .fixed(offset: 7200),
            isReadOnly: isReadOnly,
            reference: reference
        )
    }

    /// Presses the key that shows a panel.
    static func open(_ panel: Panel.ID, in state: inout ConsoleState) {
        for key in Binding.all.first(where: { $0.id == panel.rawValue })?.keys.prefix(1) ?? [] {
            send(.key(key), to: &state)
        }
    }

    @discardableResult
    static func send(_ message: Message, to state: inout ConsoleState) -> [Effect] {
        update(&state, message)
    }

    /// Presses a script of keys and returns the effects.
    @discardableResult
    static func press(_ script: String, in state: inout ConsoleState) throws -> [Effect] {
        try Key.script(script).flatMap { send(.key($0), to: &state) }
    }
}

extension Panel.ID {
    /// The keys that show the panel: its digit, or its name.
    var script: String {
        digit.map { String($0) } ?? ":\(rawValue)<Enter>"
    }
}
