import Drawing
import Federation
import Foundation
import TestSupport
import Testing

@testable import Console

/// The setup plan, its execution, and late results.
@Suite(.computing) struct SetupPanelTests {
    private static let refusal = Failure(
        kind: .refused,
        code: "Authorization_RequestDenied",
        message: "Insufficient privileges to complete the operation.",
        fix: "Grant the Graph permission Application.Read.All to the identity `admin`.",
        requestID: "6a62dd45-2d6a-4b7f-9d5c-1f2e3d4c5b6a"
    )
    private static let application = SetupObject.ID(.application, "security-aws-logging")
    private static let provider = SetupObject.ID(
        .provider,
        "https://sts.windows.net/2f4a9838-26b7-47ee-be60-ccc1fdec5953/"
    )
    private static let role = SetupObject.ID(.role, "audit-reader")

    /// An object in each state.
    private static let plan = SetupPlan(
        objects: [
            SetupObject(id: SetupObject.ID(.identity, "logging"), state: .ok, isManaged: false),
            SetupObject(
                id: application,
                state: .different,
                differences: [
                    SetupDifference("api.requestedAccessTokenVersion", found: ["2"], wanted: ["1"]),
                    SetupDifference("appRoles", wanted: [#"{"value":"AssumeRoleWithWebIdentity"}"#]),
                ],
                notes: [
                    SetupNote(
                        "token-version",
                        "Tokens of version 2 have another issuer and another audience."
                    )
                ],
                isManaged: true
            ),
            SetupObject(
                id: SetupObject.ID(.servicePrincipal, "security-aws-logging"),
                state: .unreadable,
                obstacle: refusal
            ),
            SetupObject(
                id: provider,
                state: .missing,
                differences: [SetupDifference("ClientIDList", wanted: ["api://security-aws-logging"])]
            ),
            SetupObject(
                id: role,
                state: .missing,
                differences: [SetupDifference("MaxSessionDuration", wanted: ["3600"])],
                dependencies: [SetupObject.ID(.identity, "logging"), provider]
            ),
        ],
        sources: [
            CloudSource(.azure, credentials: "identity admin"),
            CloudSource(.aws, account: "111122223333", credentials: "profile audit"),
        ]
    )

    private func planned(columns: Int = 80, rows: Int = 24, isReadOnly: Bool = false) throws -> ConsoleState {
        var state = try ConsoleFixture.everyState(columns: columns, rows: rows, isReadOnly: isReadOnly)
        try ConsoleFixture.press(":setup<Enter>", in: &state)
        let request = try #require(state.setup.pending).request
        ConsoleFixture.send(.setupPlanned(request, .success(Self.plan)), to: &state)
        return state
    }

    @Test(arguments: [(80, 24), (40, 10), (120, 40), (20, 5)])
    func `a plan shows objects in every state`(columns: Int, rows: Int) throws {
        var state = try planned(columns: columns, rows: rows)
        try ConsoleFixture.press("j", in: &state)
        try expectFrame(view(state), "setup-planned-\(columns)x\(rows)")
    }

    @Test func `an object shows when its cloud was read, and with which credentials`() throws {
        var state = try planned()
        #expect(
            view(state).text.contains(
                "Microsoft Graph was read with a token of the identity `admin`, just now."
            )
        )
        ConsoleFixture.send(.ticked(state.now + 12), to: &state)
        try ConsoleFixture.press("G", in: &state)
        let text = view(state).text
        #expect(
            text.contains(
                "IAM of account 111122223333 was read using profile audit, 12s ago."
            )
        )
        #expect(!text.contains("Microsoft Graph was read"))
    }

    @Test func `an unreadable object shows its error and fix`() throws {
        var state = try planned()
        try ConsoleFixture.press("jj", in: &state)
        try expectFrame(view(state), "setup-unreadable")
    }

    @Test func `a plan that is being read shows the progress`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press(":setup<Enter>", in: &state)
        try expectFrame(view(state), "setup-reading")
    }

    @Test func `a plan that cannot be read shows the error`() throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press(":setup<Enter>", in: &state)
        let request = try #require(state.setup.pending).request
        ConsoleFixture.send(.setupPlanned(request, .failure(Self.refusal)), to: &state)
        try expectFrame(view(state), "setup-failed")
    }

    @Test func `wide and hostile strings stay in their columns`() throws {
        var state = try planned()
        try ConsoleFixture.press("r", in: &state)
        let request = try #require(state.setup.pending).request
        let text = "監査\u{1B}[2J\u{202E}gnp" + String(repeating: "長い", count: 2000)
        let object = SetupObject(
            id: SetupObject.ID(.application, text),
            state: .different,
            differences: [SetupDifference(text, found: [text], wanted: ["a\nb\r\n\tc"])],
            notes: [SetupNote("x", text)],
            obstacle: Failure(kind: .refused, code: text, message: text, fix: text)
        )
        ConsoleFixture.send(.setupPlanned(request, .success(SetupPlan(objects: [object]))), to: &state)
        try expectFrame(view(state), "setup-hostile")
    }

    @Test func `the clouds are read when the panel first opens, for the selected mapping`() throws {
        var state = try ConsoleFixture.everyState()
        #expect(state.setup.mappings == nil)
        let effects = try ConsoleFixture.press(":setup<Enter>", in: &state)
        #expect(effects == [.planSetup(["audit"], Request(number: 1))])
        #expect(try ConsoleFixture.press("r", in: &state) == [], "a request is already running")
    }

    @Test func `a plan is read again for other mappings, after r, and after a reload`()
        throws
    {
        var state = try planned()
        #expect(try ConsoleFixture.press("<Esc>:setup<Enter>", in: &state) == [])
        #expect(try ConsoleFixture.press("r", in: &state) == [.planSetup(["audit"], Request(number: 2))])
        ConsoleFixture.send(.setupPlanned(Request(number: 2), .success(Self.plan)), to: &state)
        let others = try ConsoleFixture.press("<Esc><Space><Space>:setup<Enter>", in: &state)
        #expect(others == [.planSetup(["audit", "billing"], Request(number: 3))])
        #expect(state.setup.entries.isEmpty, "another plan's objects are not shown")
        let mapping = try ConsoleFixture.mapping("audit")
        let reloaded = ConsoleFixture.send(
            .configured(Configuration(mappings: [mapping]), origin: "x"),
            to: &state
        )
        #expect(reloaded == [.planSetup(["audit"], Request(number: 4))])
    }

    @Test func `the result of an earlier request is dropped`() throws {
        var state = try planned()
        try ConsoleFixture.press("r", in: &state)
        ConsoleFixture.send(.setupPlanned(Request(number: 1), .success(SetupPlan())), to: &state)
        #expect(state.setup.entries.count == 5)
        #expect(state.setup.pending != nil)
        ConsoleFixture.send(.setupPlanned(Request(number: 2), .failure(Self.refusal)), to: &state)
        #expect(state.setup.entries.count == 5, "the earlier plan is still shown")
        #expect(state.notice?.level == .error)
    }

    @Test
    func `apply offers all objects, or the selected one with its prerequisites, and requires confirmation`()
        throws
    {
        var state = try planned()
        try ConsoleFixture.press("Ga", in: &state)
        try expectFrame(view(state), "setup-choice")
        try ConsoleFixture.press("j<Enter>", in: &state)
        try expectFrame(view(state), "setup-question")
        let effects = try ConsoleFixture.press("y", in: &state)
        let objects = [Self.provider, Self.role]
        #expect(effects == [.applySetup(["audit"], Self.plan, objects, Request(number: 2))])
    }

    @Test func `the question lists no object that an obstacle leaves unchanged`() throws {
        var state = try planned()
        try ConsoleFixture.press("r", in: &state)
        let request = try #require(state.setup.pending).request
        var plan = Self.plan
        plan.objects[1].differences = []
        plan.objects[1].obstacle = Self.refusal
        ConsoleFixture.send(.setupPlanned(request, .success(plan)), to: &state)
        try ConsoleFixture.press("a", in: &state)
        let text = view(state).text
        #expect(text.contains("create OIDC provider"))
        #expect(!text.contains("change application"))
        #expect(text.contains("Apply these 2 changes for audit?"))
    }

    @Test func `an obstacle also excludes the dependent objects, and without a change there is no question`()
        throws
    {
        var state = try planned()
        try ConsoleFixture.press("r", in: &state)
        let request = try #require(state.setup.pending).request
        var plan = Self.plan
        plan.objects[3].obstacle = Self.refusal
        ConsoleFixture.send(.setupPlanned(request, .success(plan)), to: &state)
        try ConsoleFixture.press("a", in: &state)
        #expect(view(state).text.contains("Apply this change for audit?"))
        try ConsoleFixture.press("<Esc>r", in: &state)
        let second = try #require(state.setup.pending).request
        plan.objects.remove(at: 1)
        ConsoleFixture.send(.setupPlanned(second, .success(plan)), to: &state)
        try ConsoleFixture.press("a", in: &state)
        #expect(state.overlay == nil)
        #expect(state.notice?.text.contains("Insufficient privileges") == true)
    }

    @Test func `the default answer is No`() throws {
        var state = try planned()
        #expect(try ConsoleFixture.press("jja<Enter>", in: &state) == [])
        #expect(state.setup.pending == nil)
    }

    @Test func `an apply shows its progress`() throws {
        var state = try planned(columns: 100)
        try ConsoleFixture.press("a", in: &state)
        try ConsoleFixture.press("y", in: &state)
        let request = try #require(state.setup.pending).request
        #expect(state.setup.pending?.work == .apply)
        let steps: [SetupProgress] = [
            SetupProgress(Self.application, .done(changed: true)),
            SetupProgress(Self.provider, .waiting("not visible; reading again", pause: .seconds(2))),
            SetupProgress(Self.role, .failed(Self.refusal)),
        ]
        for step in steps { ConsoleFixture.send(.setupProgressed(request, step), to: &state) }
        ConsoleFixture.send(
            .setupProgressed(Request(number: 1), SetupProgress(Self.application, .reading)),
            to: &state
        )
        try ConsoleFixture.press("G", in: &state)
        try expectFrame(view(state), "setup-applying")
        #expect(try ConsoleFixture.press("a", in: &state) == [], "an apply is already running")
        ConsoleFixture.send(.setupApplied(request, .success(Self.plan)), to: &state)
        #expect(state.setup.pending == nil)
        #expect(state.setup.entries.last?.phase == .failed(Self.refusal), "the failure stays in the list")
        #expect(state.notice?.text == "1 created or changed, 1 failed; select an object for its error.")
    }

    @Test func `an object that failed but exists counts as existing`() throws {
        var state = try planned()
        try ConsoleFixture.press("ay", in: &state)
        let request = try #require(state.setup.pending).request
        ConsoleFixture.send(
            .setupProgressed(request, SetupProgress(Self.role, .failed(Self.refusal))),
            to: &state
        )
        let made = SetupPlan(objects: [SetupObject(id: Self.role, state: .ok)])
        ConsoleFixture.send(.setupApplied(request, .success(made)), to: &state)
        #expect(state.setup.entries.map(\.phase) == [nil])
        #expect(state.notice?.text == "Nothing to change.")
    }

    @Test func `a read-only console reads but does not apply`() throws {
        var state = try planned(isReadOnly: true)
        #expect(try ConsoleFixture.press("a", in: &state) == [])
        #expect(state.overlay == nil)
        #expect(state.notice?.text == "This console is read-only.")
        #expect(try ConsoleFixture.press("r", in: &state) == [.planSetup(["audit"], Request(number: 2))])
    }

    @Test func `the list can be filtered by cloud and state`() throws {
        var state = try planned()
        try ConsoleFixture.press("/aws<Space>missing<Enter>", in: &state)
        #expect((0..<state.lineCount).map { state.setup.list[$0].id } == [Self.provider, Self.role])
    }
}
