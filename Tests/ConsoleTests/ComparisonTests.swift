import Drawing
import Federation
import Foundation
import TestSupport
import Testing

@testable import Console

/// Comparisons of claims with those of another token.
@Suite(.computing) struct ComparisonTests {
    private static let before = Claims(
        header: [:],
        payload: [
            "aud": .string("api://security-aws-logging"), "iat": .integer(1_799_990_000),
            "exp": .integer(1_800_076_400), "ver": .string("1.0"), "uti": .string("first"),
            "iss": .string("https://sts.windows.net/8fd1925e-404d-170a-27dc-233ab082415f/"),
            "sub": .string("another"),
        ]
    )

    /// Returns a console that compares the first mapping with its previous token.
    private func compared(columns: Int = 80, rows: Int = 24) throws -> ConsoleState {
        var state = try ConsoleFixture.everyState(columns: columns, rows: rows)
        state.mappings.list.reveal("audit")
        let effects = try ConsoleFixture.press("d<Enter>", in: &state)
        guard case .compare("audit", .previous(than: "4f1c9a77e2b01d35"), let request) = effects.first else {
            Issue.record("\(effects)")
            return state
        }
        let found = ClaimComparison(mapping: "audit", title: "0011 of yesterday", claims: Self.before)
        ConsoleFixture.send(.compared(request, .success(found)), to: &state)
        return state
    }

    @Test(arguments: [(80, 24), (120, 40), (40, 10)])
    func `a comparison shows an added claim, and volatile claims are faint`(columns: Int, rows: Int)
        throws
    {
        try expectFrame(view(try compared(columns: columns, rows: rows)), "compared-\(columns)x\(rows)")
    }

    @Test func `d ends the comparison and shows all claims again`() throws {
        var state = try compared()
        let count = state.lineCount
        try ConsoleFixture.press("d", in: &state)
        #expect(state.claims.comparison == nil)
        #expect(state.lineCount > count)
    }

    @Test func `another mapping's claims are compared without a request`() throws {
        var state = try ConsoleFixture.everyState()
        state.mappings.list.reveal("audit")
        try ConsoleFixture.press("d", in: &state)
        try expectFrame(view(state), "over-compare")
        try ConsoleFixture.press("<Down><Enter>", in: &state)
        #expect(state.claims.comparison?.title == "billing")
    }

    @Test func `a file that cannot be read shows an error and no comparison`() throws {
        var state = try ConsoleFixture.everyState()
        state.mappings.list.reveal("audit")
        try ConsoleFixture.press("d<Up><Up><Down><Down><Down><Down><Down><Down><Down><Enter>", in: &state)
        let effects = try ConsoleFixture.press("~/t.json<Enter>", in: &state)
        guard case .compare("audit", .file("~/t.json"), let request) = effects.first else {
            Issue.record("\(effects)")
            return
        }
        let problem = HistoryProblem("~/t.json cannot be read as text.")
        ConsoleFixture.send(.compared(request, .failure(problem)), to: &state)
        #expect(state.notice?.level == .error)
        #expect(state.claims.comparison == nil)
    }

    @Test func `the result of an earlier request is dropped`() throws {
        var state = try compared()
        let late = ClaimComparison(mapping: "audit", title: "late", claims: Self.before)
        ConsoleFixture.send(.compared(Request(number: 1), .success(late)), to: &state)
        #expect(state.claims.comparison?.title == "0011 of yesterday")
    }
}
