import Diagnosis
import Drawing
import Federation
import Foundation
import TestSupport
import Testing

@testable import Console

/// Fixes of failures: copying and applying them, and moving between mappings.
@Suite(.computing) struct FixTests {
    private static let other = #""5d0c6b1e-6f0a-4c3e-9a41-6a1d2d4f7c55""#
    private static let role = SetupObject.ID(.role, "billing-reader")
    private static let plan = SetupPlan(objects: [
        SetupObject(
            id: role,
            state: .different,
            differences: [
                SetupDifference(
                    "AssumeRolePolicyDocument.Statement[1]",
                    wanted: [
                        #"{"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"a:sub":"b"}}}"#
                    ]
                )
            ]
        )
    ])

    /// Returns a console whose selected mapping fails because its role trusts another identity.
    private static func console(columns: Int = 120, rows: Int = 40) throws -> ConsoleState {
        var state = try ConsoleFixture.everyState(columns: columns, rows: rows)
        state.mappings.list.reveal("billing")
        return state
    }

    /// Sends the result of the request for the role; the request may have been sent before the key was pressed.
    private static func answer(_ effects: [Effect], in state: inout ConsoleState) -> [Effect] {
        guard let request = state.trust["billing"].pending else { return effects }
        let inspection = TrustPanelTests.inspection(TrustPanelTests.policy(sub: other))
        return ConsoleFixture.send(.explained("billing", request, inspection), to: &state)
    }

    @Test func `c reads the role if it is unknown, then copies the command`() throws {
        var state = try Self.console()
        let effects = try ConsoleFixture.press("c", in: &state)
        #expect(state.notice?.text == "Reading the role of billing …")
        guard case .copy(let command, let label) = Self.answer(effects, in: &state).last else {
            Issue.record("nothing is copied")
            return
        }
        #expect(command.hasPrefix("test \"$(aws sts get-caller-identity --query Account --output text)\" = "))
        #expect(command.contains("aws iam update-assume-role-policy --role-name billing-reader"))
        #expect(command.contains(TrustPanelTests.subject), "the token's own identity is allowed")
        #expect(label.hasPrefix("the fix of billing"))
    }

    @Test func `the page shows which fix each key uses`() throws {
        var state = try Self.console()
        _ = Self.answer(try ConsoleFixture.press("e", in: &state), in: &state)
        var text = view(state).text
        try ConsoleFixture.press("G", in: &state)
        text += "\n" + view(state).text
        let lines = text.split(separator: "\n")
        for (fix, key) in [("fix A", "c copy fix"), ("fix B", "a apply"), ("fix C", "E edit")] {
            let line = try #require(lines.first { $0.contains(fix) }, "\(fix)")
            #expect(line.contains(key), "\(line)")
        }
    }

    @Test func `an object ID has the name of its identity beside it`() throws {
        var state = try Self.console()
        _ = Self.answer(try ConsoleFixture.press("e", in: &state), in: &state)
        let lines = view(state).text.split(separator: "\n")
        let found = try #require(lines.first { $0.contains("   found ") })
        let identity = try #require(state.mappings["billing"]).mapping.identity
        #expect(found.contains("\(TrustPanelTests.subject)  (\(identity))"))
        let required = try #require(lines.first { $0.contains("   required ") })
        #expect(required.contains("(unknown)"))
    }

    @Test func `a mapping that works has no fix`() throws {
        var state = try ConsoleFixture.everyState()
        state.mappings.list.reveal("audit")
        #expect(try ConsoleFixture.press("c", in: &state) == [])
        #expect(state.notice?.text == "audit works; there is nothing to fix.")
    }

    @Test func `the key a shows the changes of setup and applies them only after confirmation`() throws {
        var state = try Self.console()
        _ = Self.answer(try ConsoleFixture.press("e", in: &state), in: &state)
        let effects = try ConsoleFixture.press("a", in: &state)
        guard case .planSetup(["billing"], let request) = effects.first else {
            Issue.record("\(effects)")
            return
        }
        ConsoleFixture.send(.setupPlanned(request, .success(Self.plan)), to: &state)
        let frame = view(state).text
        #expect(frame.contains("Apply this change for billing?"))
        #expect(frame.contains(#""a:sub": "b""#), "the statement is shown in full")
        #expect(try ConsoleFixture.press("<Enter>", in: &state) == [], "No is the default")
        _ = Self.answer(try ConsoleFixture.press("a", in: &state), in: &state)
        let again = try #require(state.setup.pending?.request)
        ConsoleFixture.send(.setupPlanned(again, .success(Self.plan)), to: &state)
        let applied = try ConsoleFixture.press("y", in: &state)
        let last = try #require(state.setup.pending?.request)
        #expect(applied == [.applySetup(["billing"], Self.plan, [Self.role], last)])
        #expect(state.panel == .setup)
    }

    @Test func `the key a reports that setup has nothing to change`() throws {
        var state = try Self.console()
        _ = Self.answer(try ConsoleFixture.press("e", in: &state), in: &state)
        try ConsoleFixture.press("a", in: &state)
        let request = try #require(state.setup.pending?.request)
        let plan = SetupPlan(objects: [SetupObject(id: Self.role, state: .ok)])
        ConsoleFixture.send(.setupPlanned(request, .success(plan)), to: &state)
        #expect(state.overlay == nil)
        #expect(state.notice?.text == "Setup has nothing to change for billing; c copies the fix.")
    }

    @Test(arguments: [Panel.ID.claims, .trust, .explain])
    func `brackets step through the mappings and stay in the panel`(panel: Panel.ID) throws {
        var state = try ConsoleFixture.everyState()
        state.mappings.list.cursor.select(0)
        ConsoleFixture.open(panel, in: &state)
        let names = try ["]", "]", "[", "[", "["].map { key in
            try ConsoleFixture.press(key, in: &state)
            #expect(state.panel == panel)
            return try #require(state.mappings.selected).id
        }
        let all = (0..<6).map { state.mappings.list[$0].id }
        #expect(names == [all[1], all[2], all[1], all[0], all[5]])
    }

    @Test func `E edits the configuration at the selected mapping`() throws {
        var state = try Self.console()
        #expect(try ConsoleFixture.press("E", in: &state) == [.edit("billing")])
    }

    @Test(arguments: [Size(columns: 120, rows: 40), Size(columns: 80, rows: 24), Size(columns: 40, rows: 10)])
    func `the confirmation shows every change in full and scrolls`(size: Size) throws {
        var state = try Self.console(columns: size.columns, rows: size.rows)
        _ = Self.answer(try ConsoleFixture.press("e", in: &state), in: &state)
        try ConsoleFixture.press("a", in: &state)
        let request = try #require(state.setup.pending?.request)
        ConsoleFixture.send(.setupPlanned(request, .success(Self.plan)), to: &state)
        try expectFrame(view(state), "fix-question-\(size.columns)x\(size.rows)")
        var seen = ""
        for _ in 0..<40 {
            seen += view(state).text
            try ConsoleFixture.press("j", in: &state)
        }
        #expect(seen.contains("a:sub"))
        #expect(state.overlay != nil)
    }
}
