import Drawing
import Federation
import TestSupport
import Testing

@testable import Console

@Suite(.computing) struct SignatureTests {
    private static let verification = Effect.verifySignature("audit", fingerprint: "4f1c9a77e2b01d35")

    @Test func `the claims panel verifies the signature of a token once`() throws {
        var state = try ConsoleFixture.everyState()
        #expect(try ConsoleFixture.press("2", in: &state).filter { !$0.isExplanation } == [Self.verification])
        #expect(view(state).text.contains("signature ↻"))
        #expect(try ConsoleFixture.press("12", in: &state) == [])
    }

    @Test(arguments: [
        (SignatureFinding.verified, "signature ✓"),
        (.unverified(reason: "No route."), "signature ▲ not verified: No route."),
        (.invalid(reason: "Wrong key."), "signature ✕ invalid: Wrong key."),
    ])
    func `the result of the verification is shown`(finding: SignatureFinding, text: String) throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("2", in: &state)
        ConsoleFixture.send(.signatureChecked(fingerprint: "4f1c9a77e2b01d35", finding), to: &state)
        #expect(view(state).text.contains(text))
    }

    @Test func `a mapping without a token requests no verification`() throws {
        var state = try ConsoleFixture.everyState()
        #expect(try ConsoleFixture.press("G2", in: &state) == [])
    }
}

extension Effect {
    /// Whether the effect reads the role, which the panel also requests.
    fileprivate var isExplanation: Bool {
        if case .explain = self { true } else { false }
    }
}
