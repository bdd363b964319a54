import Drawing
import Federation
import Testing

@testable import Console

struct SignatureTests {
    private static let question = Effect.verifySignature("audit", fingerprint: "4f1c9a77e2b01d35")

    @Test func `the claims have their token's signature looked at, once`() throws {
        var state = try ConsoleFixture.everyState()
        #expect(try ConsoleFixture.press("2", in: &state) == [Self.question])
        #expect(view(state).text.contains("being verified"))
        #expect(try ConsoleFixture.press("12", in: &state) == [])
    }

    @Test(arguments: [
        (SignatureFinding.verified, "✓ verified"),
        (.unverified(reason: "No route."), "▲ not verified: No route."),
        (.invalid(reason: "Wrong key."), "✕ invalid: Wrong key."),
    ])
    func `what was found is told`(finding: SignatureFinding, text: String) throws {
        var state = try ConsoleFixture.everyState()
        try ConsoleFixture.press("2", in: &state)
        ConsoleFixture.send(.signatureChecked(fingerprint: "4f1c9a77e2b01d35", finding), to: &state)
        #expect(view(state).text.contains(text))
    }

    @Test func `a mapping without a token asks nothing`() throws {
        var state = try ConsoleFixture.everyState()
        #expect(try ConsoleFixture.press("G2", in: &state) == [])
    }
}
