import Federation
import Foundation
import Testing

@testable import Azure

@Suite struct TokenCheckTests {
    private let check = TokenCheck(
        identity: Fixture.identity,
        audience: Fixture.audience,
        appRole: "AssumeRoleWithWebIdentity"
    )

    private func codes(
        _ changes: [String: JSONValue?] = [:],
        after: TimeInterval = 0,
        offset: ClockOffset? = nil
    ) -> [String] {
        check.findings(in: Fixture.claims(changes), at: Fixture.instant + after, clockOffset: offset)
            .map { "\($0.outcome) \($0.failure.code)" }
    }

    @Test func `a token that is as asked has no findings`() {
        #expect(codes().isEmpty)
    }

    @Test func `the case of a GUID makes no other identity`() {
        let upper = JSONValue.string(Fixture.principalID.uppercased())
        #expect(codes(["oid": upper, "sub": upper]).isEmpty)
    }

    @Test(
        arguments: [
            (["oid": .string("x"), "sub": .string("x")], ["failed identity-mismatch"]),
            (["appid": .string("x")], ["failed identity-mismatch"]),
            (["appid": nil], ["failed identity-mismatch"]),
            (["tid": .string("x")], ["failed identity-mismatch"]),
            (["aud": .string("api://security-aws-logging/")], ["failed audience-mismatch"]),
            (["aud": .string("API://security-aws-logging")], ["failed audience-mismatch"]),
            (["aud": nil], ["failed audience-mismatch"]),
            (["exp": nil], ["failed no-expiry"]),
            (["exp": .string("1800000000")], ["failed no-expiry"]),
            (["nbf": .integer(1_800_000_060)], ["warn token-not-yet-valid"]),
            (["ver": .string("2.0")], ["warn v2-token"]),
            (["iss": .string("https://login.microsoftonline.com/t/v2.0")], ["warn v2-token"]),
            (["roles": nil], ["warn app-role-missing"]),
            (["roles": .array([.string("Other")])], ["warn app-role-missing"]),
            (["scp": .string("user_impersonation")], ["warn user-token"]),
            (["sub": .string("pairwise")], ["warn user-token"]),
            (["roles": nil, "aud": .string("x")], ["failed audience-mismatch", "warn app-role-missing"]),
        ] as [([String: JSONValue?], [String])]
    )
    func `each difference is found, failures first`(changes: [String: JSONValue?], expected: [String]) {
        #expect(codes(changes) == expected)
    }

    @Test func `an array of audiences may hold the one that was asked`() {
        #expect(codes(["aud": .array([.string("other"), .string(Fixture.audience)])]).isEmpty)
    }

    @Test func `a token is good until its exp, not after`() {
        #expect(codes(after: 86099).isEmpty)
        #expect(codes(after: 86100) == ["failed token-expired"])
    }

    @Test func `a fast clock of ours does not expire a token`() {
        let offset = ClockOffset(offset: .seconds(-7200), uncertainty: .milliseconds(600))
        #expect(codes(after: 86100 + 3600, offset: offset) == ["warn clock-offset"])
    }

    @Test func `an offset within the measurement's doubt is no finding`() {
        #expect(codes(offset: ClockOffset(offset: .seconds(6), uncertainty: .seconds(2))).isEmpty)
        #expect(
            codes(offset: ClockOffset(offset: .seconds(8), uncertainty: .seconds(2))) == ["warn clock-offset"]
        )
    }

    @Test func `an algorithm other than Entra's is told`() {
        let claims = Claims(header: ["alg": .string("HS256")], payload: Fixture.payload())
        #expect(check.findings(in: claims, at: Fixture.instant).map(\.failure.code) == ["algorithm"])
    }

    @Test(arguments: [
        ("api://security-aws-logging/", "1.0", "slash"),
        ("API://security-aws-logging", "1.0", "upper and lower case"),
        ("0f3ef5cb-2a32-4b1b-9bd9-5f9f0f3c3a11", "1.0", "use_guid"),
        ("0f3ef5cb-2a32-4b1b-9bd9-5f9f0f3c3a11", "2.0", "requestedAccessTokenVersion"),
        ("api://elsewhere", "1.0", "identifier URI"),
    ])
    func `the way an audience differs decides the advice`(audience: String, version: String, advice: String) {
        let claims = Fixture.claims(["aud": .string(audience), "ver": .string(version)])
        let finding = check.findings(in: claims, at: Fixture.instant).first
        #expect(finding?.failure.fix.contains(advice) == true)
    }

    @Test func `what a claim says is shown with its control characters visible`() throws {
        let claims = Fixture.claims(["oid": .string("\u{1B}]52;c;\u{202E}x"), "sub": nil])
        let finding = try #require(check.findings(in: claims, at: Fixture.instant).first)
        #expect(finding.failure.message.contains("<1B>]52;c;<202E>x"))
    }
}
