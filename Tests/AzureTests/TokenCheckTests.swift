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
