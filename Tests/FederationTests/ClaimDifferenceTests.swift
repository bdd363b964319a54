import TestSupport
import Testing

@testable import Federation

@Suite(.computing) struct ClaimDifferenceTests {
    @Test func `added, removed, and changed claims are distinguished`() {
        let earlier = Claims(
            header: [:],
            payload: [
                "aud": .string("a"), "uti": .string("1"), "groups": .array([.string("x"), .string("y")]),
            ]
        )
        let later = Claims(
            header: [:],
            payload: [
                "aud": .string("b"), "roles": .array([.string("r")]),
                "groups": .array([.string("y"), .string("x")]),
            ]
        )
        let differences = later.differences(from: earlier)
        #expect(
            differences == [
                ClaimDifference(name: "aud", change: .changed(from: .string("a"), to: .string("b"))),
                ClaimDifference(name: "roles", change: .added(.array([.string("r")]))),
                ClaimDifference(name: "uti", change: .removed(.string("1"))),
            ]
        )
        #expect(differences.map(\.isVolatile) == [false, false, true])
    }

    @Test(arguments: ["iat", "nbf", "exp", "uti", "aio", "rh"])
    func `claims that differ in every token are volatile`(name: String) {
        #expect(ClaimMeaning.of(name)?.isVolatile == true)
    }

    @Test(
        arguments: EntraFixture.claims.keys.sorted() + [
            "azp", "azpacr", "scp", "idtyp", "xms_mirid", "amr", "email", "oid",
        ]
    )
    func `every claim of an Entra token has a meaning`(name: String) {
        #expect(ClaimMeaning.of(name)?.text.isEmpty == false)
    }

    @Test func `an unknown claim has no meaning`() {
        #expect(ClaimMeaning.of("extension_x") == nil)
    }
}
