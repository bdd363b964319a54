import Drawing
import Federation
import Foundation

@testable import Console

/// The condition of a panel in a recorded frame.
///
/// Every panel has a frame for each condition and size.
enum PanelCondition: String, CaseIterable {
    /// No data.
    case empty
    /// Failures.
    case failing
    /// Wide, hostile, and very long strings.
    case wide
    /// 10,000 mappings, of which some fail.
    case many

    static let sizes = [
        Size(columns: 80, rows: 24), Size(columns: 120, rows: 40), Size(columns: 40, rows: 10),
        Size(columns: 200, rows: 60),
    ]

    /// The panels that are recorded with 10,000 mappings.
    private static let manyPanels: [Panel.ID] = [.mappings, .timeline, .identities, .roles, .fleet, .log]

    /// The conditions in which a panel is recorded.
    static func conditions(of panel: Panel.ID) -> [PanelCondition] {
        allCases.filter { $0 != .many || manyPanels.contains(panel) }
    }

    /// Returns a console with the panel open.
    func console(_ panel: Panel.ID, size: Size) throws -> ConsoleState {
        switch self {
        case .empty:
            var state = ConsoleFixture.console(columns: size.columns, rows: size.rows)
            ConsoleFixture.open(panel, in: &state)
            return state
        case .failing:
            return try PanelFixture.failing(panel, size: size)
        case .wide:
            return try PanelFixture.wide(panel, size: size)
        case .many:
            return try PanelFixture.many(panel, size: size)
        }
    }

    func frame(of panel: Panel.ID, size: Size) -> String {
        "\(rawValue)-\(panel.rawValue)-\(size.columns)x\(size.rows)"
    }
}

/// Consoles with an open panel and the results of all its requests.
enum PanelFixture {
    private static let refusal = Failure(
        kind: .refused,
        code: "Authorization_RequestDenied",
        message: "Insufficient privileges to complete the operation.",
        fix: "Grant the Graph permission Application.Read.All to the identity `admin`."
    )

    static func failing(_ panel: Panel.ID, size: Size) throws -> ConsoleState {
        var state =
            panel == .watch
            ? try WatchFixture.console(columns: size.columns, rows: size.rows)
            : try ConsoleFixture.everyState(columns: size.columns, rows: size.rows)
        for transfer in ConsoleFixture.transfers { ConsoleFixture.send(.transferred(transfer), to: &state) }
        FleetFixture.send(try FleetFixture.snapshot(), to: &state)
        let other = #""5d0c6b1e-6f0a-4c3e-9a41-6a1d2d4f7c55""#
        let inspection = TrustPanelTests.inspection(TrustPanelTests.policy(sub: other))
        for id in ["billing", "payments"] {
            ConsoleFixture.send(.explained(id, .background, inspection), to: &state)
        }
        state.mappings.list.sort(by: MappingList.attentionFirst)
        try ConsoleFixture.press("g", in: &state)
        open(
            panel,
            policy: TrustPanelTests.policy(sub: other),
            plan: SetupPlan(objects: [
                SetupObject(id: SetupObject.ID(.identity, "logging"), state: .ok),
                SetupObject(
                    id: SetupObject.ID(.application, "security-aws-logging"),
                    state: .unreadable,
                    obstacle: refusal
                ),
            ]),
            finding: .invalid(reason: "the issuer publishes no such key"),
            in: &state
        )
        let line = [Panel.ID.watch: 3, .history: 4, .log: 1, .setup: 1, .roles: 1][panel] ?? 0
        try ConsoleFixture.press(String(repeating: "j", count: line), in: &state)
        return state
    }

    static func many(_ panel: Panel.ID, size: Size) throws -> ConsoleState {
        var state = ConsoleFixture.console(columns: size.columns, rows: size.rows)
        let teams = ["audit", "billing", "deploy", "metrics", "payments", "vault"]
        let mappings = try (0..<10_000).map { number in
            let team = teams[number % teams.count]
            var mapping = try ConsoleFixture.mapping(
                "\(team)-\(number)",
                role: "\(team)-reader-\(number)",
                account: "\(111_122_220_000 + number / 500)",
                tags: [number % 3 == 0 ? "prod" : "test", team]
            )
            mapping.identity = team
            return mapping
        }
        ConsoleFixture.send(.configured(Configuration(mappings: mappings), origin: "config.yaml"), to: &state)
        for number in stride(from: 0, to: 10_000, by: 25) {
            let record = ConsoleFixture.record(
                of: mappings[number],
                number: number,
                before: 90,
                lifetime: number % 75 == 0 ? nil : 3600
            )
            ConsoleFixture.send(.exchanged(.background, record), to: &state)
        }
        FleetFixture.send(try FleetFixture.many(), to: &state)
        for number in 0..<200 {
            let transfer = Transfer(
                at: ConsoleFixture.start - Double(200 - number),
                method: "POST",
                host: "sts.eu-west-1.amazonaws.com",
                path: "/",
                status: number % 20 == 0 ? 403 : 200,
                duration: .milliseconds(40 + number),
                requestID: "fb662d99-0000-4000-8000-\(100_000_000_000 + number)",
                mapping: mappings[number].id,
                operation: "STS AssumeRoleWithWebIdentity"
            )
            ConsoleFixture.send(.transferred(transfer), to: &state)
        }
        open(
            panel,
            policy: TrustPanelTests.policy(sub: #""5d0c6b1e-6f0a-4c3e-9a41-6a1d2d4f7c55""#),
            plan: SetupPlan(objects: []),
            finding: .verified,
            in: &state
        )
        return state
    }

    static func wide(_ panel: Panel.ID, size: Size) throws -> ConsoleState {
        var state = try ConsoleFixture.hostile(columns: size.columns, rows: size.rows)
        let long = "監査\u{1B}[2J\u{202E}gnp" + String(repeating: "長い", count: 2000)
        let failure = Failure(kind: .refused, code: long, message: long, fix: long)
        FleetFixture.send(try FleetFixture.wide(long), to: &state)
        for row in Array(state.mappings.rows) where panel == .watch {
            let record = WatchFixture.record(row.mapping, .token, failure)
            let watch = WatchFixture.watch(row.mapping, before: 90, [record, record])
            ConsoleFixture.send(
                .watched(WatchFixture.storedWatch(watch, holder: long), isHere: false),
                to: &state
            )
        }
        open(
            panel,
            policy: TrustPanelTests.policy(
                aud: #"api://監査ログ\u202Eevil\u001B[2J"#,
                sub: #"["\#(String(repeating: "長い", count: 200))"]"#
            ),
            plan: SetupPlan(objects: [
                SetupObject(
                    id: SetupObject.ID(.application, long),
                    state: .different,
                    differences: [SetupDifference(long, found: [long], wanted: ["a\nb\r\n\tc"])],
                    notes: [SetupNote("x", long)],
                    obstacle: failure
                )
            ]),
            finding: .unverified(reason: long),
            in: &state
        )
        return state
    }

    /// Opens a panel and sends the results of its requests.
    private static func open(
        _ panel: Panel.ID,
        policy: String,
        plan: SetupPlan,
        finding: SignatureFinding,
        in state: inout ConsoleState
    ) {
        let key = Binding.all.first { $0.id == panel.rawValue }?.keys.first
        guard let key else { return }
        let effects = ConsoleFixture.send(.key(key), to: &state)
        // The role of a mapping that fails is read before its panel opens.
        if [.trust, .claims, .explain].contains(panel), let id = state.mappings.selected?.id,
            state.trust[id].pending == .background
        {
            let inspection = TrustPanelTests.inspection(policy)
            ConsoleFixture.send(.explained(id, .background, inspection), to: &state)
        }
        for effect in effects {
            switch effect {
            case .explain(let id, let request, _, _, _):
                ConsoleFixture.send(.explained(id, request, TrustPanelTests.inspection(policy)), to: &state)
            case .planSetup(_, let request):
                ConsoleFixture.send(.setupPlanned(request, .success(plan)), to: &state)
            case .surveySources:
                ConsoleFixture.send(.surveyed(ConsoleFixture.survey), to: &state)
            case .verifySignature(_, let fingerprint):
                ConsoleFixture.send(.signatureChecked(fingerprint: fingerprint, finding), to: &state)
            case .readHistory(let page, let request):
                let known = (0..<state.history.count).map { state.history[$0] }
                ConsoleFixture.send(
                    .historyRead(request, .success(Array(known.prefix(page.limit)))),
                    to: &state
                )
            default: break
            }
        }
    }
}
