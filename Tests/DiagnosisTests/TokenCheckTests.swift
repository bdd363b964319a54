import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation

/// The failures and warnings of an exchange's claims step.
@Suite(.computing) struct TokenCheckTests {
    private let check = TokenCheck(
        identity: ManagedIdentity(
            id: "logging",
            tenantID: EntraFixture.tenant,
            clientID: EntraFixture.clientID,
            principalID: EntraFixture.subject
        ),
        audience: EntraFixture.audience,
        appRole: "AssumeRoleWithWebIdentity"
    )

    private func findings(
        _ changes: [String: JSONValue?] = [:],
        at now: Date = EntraFixture.now,
        offset: ClockOffset? = nil
    ) -> [TokenFinding] {
        check.findings(in: EntraFixture.token(changes), at: now, clockOffset: offset)
    }

    private func codes(
        _ changes: [String: JSONValue?] = [:],
        at now: Date = EntraFixture.now,
        offset: ClockOffset? = nil
    ) -> [String] {
        findings(changes, at: now, offset: offset).map { "\($0.outcome) \($0.failure.code)" }
    }

    @Test func `a token that matches the request has no findings`() {
        #expect(codes().isEmpty)
    }

    @Test func `letter case does not distinguish GUIDs`() {
        let upper = JSONValue.string(EntraFixture.subject.uppercased())
        #expect(codes(["oid": upper, "sub": upper]).isEmpty)
    }

    /// Source: RFC 7519, section 2: a NumericDate is a number of seconds.
    @Test(arguments: ["exp", "iat"])
    func `a time in milliseconds is named`(claim: String) throws {
        let causes = Explanation(EvidenceFixture.token([claim: .integer(1_760_086_700_000)])).causes
        let cause = try #require(causes.first { $0.id == "claim-missing" })
        #expect(cause.evidence.contains("1760086700000"))
        #expect(
            cause.fix.contains("milliseconds, but STS expects seconds: 1760086700"),
            "\(cause.fix)"
        )
    }

    @Test(arguments: [(-3660.0, "token-not-yet-valid"), (864_000, "token-expired")])
    func `the time of an option is not the time of a clock`(offset: Double, id: String) throws {
        var evidence = EvidenceFixture.token(["nbf": .integer(EntraFixture.issued)])
        evidence.now = Date(timeIntervalSince1970: Double(EntraFixture.issued) + offset)
        evidence.hasSuppliedTime = true
        let cause = try #require(Explanation(evidence).causes.first { $0.id == id })
        #expect(cause.evidence.contains("the time of --at is "), "\(cause.evidence)")
        #expect(cause.fix.contains("--at TIME") && !cause.fix.contains("clock"), "\(cause.fix)")
    }

    @Test(
        arguments: [
            (["oid": .string("x"), "sub": .string("x")], ["failed identity-mismatch"]),
            (["appid": .string("x")], ["failed identity-mismatch"]),
            (["appid": nil], ["failed identity-mismatch"]),
            (["tid": .string("x")], ["failed identity-mismatch"]),
            (["aud": .string(EntraFixture.audience + "/")], ["failed audience-mismatch"]),
            (["aud": .string("API" + EntraFixture.audience.dropFirst(3))], ["failed audience-mismatch"]),
            (["aud": .string("00000003-0000-0000-c000-000000000000")], ["failed audience-microsoft"]),
            (["aud": .string("0f3ef5cb-2a32-4b1b-9bd9-5f9f0f3c3a11")], ["failed audience-guid"]),
            (["aud": nil], ["failed claim-missing"]),
            (["exp": nil], ["failed claim-missing"]),
            (["exp": .string("1800000000")], ["failed claim-missing"]),
            (["iat": nil], ["warn claim-missing"]),
            (["nbf": .integer(EntraFixture.issued + 3660)], ["warn token-not-yet-valid"]),
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

    @Test func `an array of audiences may contain the requested one`() {
        #expect(codes(["aud": .array([.string("other"), .string(EntraFixture.audience)])]).isEmpty)
    }

    @Test func `a token is valid until its exp`() {
        let end = Date(timeIntervalSince1970: TimeInterval(EntraFixture.issued + 86700))
        #expect(codes(at: end - 1).isEmpty)
        #expect(codes(at: end) == ["failed token-expired"])
    }

    @Test func `a fast local clock does not expire a token`() {
        let end = Date(timeIntervalSince1970: TimeInterval(EntraFixture.issued + 86700))
        let offset = ClockOffset(offset: .seconds(-7200), uncertainty: .milliseconds(600))
        #expect(codes(at: end + 3600, offset: offset) == ["warn clock-offset"])
    }

    @Test func `an offset beyond the measurement's uncertainty is reported with that uncertainty`() throws {
        #expect(codes(offset: ClockOffset(offset: .seconds(6), uncertainty: .seconds(2))).isEmpty)
        let offset = ClockOffset(offset: .seconds(8), uncertainty: .milliseconds(1500))
        let finding = try #require(findings(offset: offset).first)
        #expect(finding.outcome == .warn)
        #expect(finding.failure.message.contains("8s ahead"))
        #expect(finding.failure.message.contains("+8 s ± 1.5 s"))
    }

    @Test(arguments: [("HS256", "algorithm-unsupported"), ("ES256", "algorithm-unusual")])
    func `an algorithm other than Entra's is reported`(algorithm: String, code: String) {
        let claims = Claims(header: ["alg": .string(algorithm)], payload: EntraFixture.claims)
        let findings = check.findings(in: claims, at: EntraFixture.now)
        #expect(findings.map(\.failure.code) == [code])
        #expect(findings.allSatisfy { $0.outcome == .warn })
    }

    @Test func `text that is not a signed JWT fails`() {
        let finding = TokenFinding(.encrypted)
        #expect((finding.outcome, finding.failure.code) == (.failed, "token-format"))
        #expect(finding.failure.message.contains("JWE"))
    }

    @Test func `claims are shown on one line with control characters made visible`() throws {
        let claim = JSONValue.string("\u{1B}]52;c;\u{202E}x\n")
        let finding = try #require(findings(["oid": claim, "sub": claim]).first)
        #expect(finding.failure.message.contains("<U+001B>]52;c;<U+202E>x"))
        #expect(!finding.failure.message.contains("\n"))
    }

    @Test func `advice with commands refers to explain`() throws {
        let finding = try #require(findings(["roles": nil]).first)
        #expect(!finding.failure.fix.contains("\n"))
        #expect(finding.failure.fix.hasSuffix("`cambist explain MAPPING` has the commands."))
    }
}
