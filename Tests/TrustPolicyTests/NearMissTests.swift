import TestSupport
import Testing

@testable import Federation
@testable import TrustPolicy

@Suite(.limited) struct NearMissTests {
    static let other = "99999999-8888-7777-6666-555555555555"
    private static func key(_ name: String) -> OIDCKey {
        OIDCKey(provider: EntraFixture.provider, name: name)
    }

    static let examples: [(condition: String, nearMiss: NearMiss)] = [
        (
            #"{"StringEquals": {"sts.windows.net/\#(EntraFixture.tenant):aud": "\#(EntraFixture.audience)"}}"#,
            .keySlash(correct: "\(EntraFixture.provider):aud")
        ),
        (
            #"{"StringEquals": {"\#(EntraFixture.provider)aud": "\#(EntraFixture.audience)"}}"#,
            .keyForm(correct: "\(EntraFixture.provider):aud")
        ),
        (
            #"{"StringEquals": {"sub": "\#(EntraFixture.subject)"}}"#,
            .keyForm(correct: "\(EntraFixture.provider):sub")
        ),
        (
            #"{"StringEquals": {"login.microsoftonline.com/\#(EntraFixture.tenant)/v2.0:aud": "x"}}"#,
            .otherIssuer(correct: "\(EntraFixture.provider):aud")
        ),
        (
            #"{"StringEquals": {"\#(EntraFixture.provider):oid": "\#(EntraFixture.subject)"}}"#,
            .unsupportedClaim(key("oid"))
        ),
        (#"{"StringLike": {"\#(EntraFixture.provider):roles": "*"}}"#, .unsupportedClaim(key("roles"))),
        (
            #"{"StringEquals": {"\#(EntraFixture.provider):aud": "\#(EntraFixture.audience)/"}}"#,
            .trailingSlash(found: EntraFixture.audience)
        ),
        (
            #"{"StringEquals": {"\#(EntraFixture.provider):sub": "\#(EntraFixture.subject.uppercased())"}}"#,
            .letterCase(found: EntraFixture.subject)
        ),
        (
            #"{"StringLike": {"\#(EntraFixture.provider):aud": "API://*"}}"#,
            .letterCase(found: EntraFixture.audience)
        ),
        (
            #"{"StringEquals": {"\#(EntraFixture.provider):sub": " \#(EntraFixture.subject)"}}"#,
            .whitespace(found: EntraFixture.subject)
        ),
        (
            #"{"StringEquals": {"\#(EntraFixture.provider):aud": "\#(other)"}}"#,
            .guidForURI(found: EntraFixture.audience)
        ),
        (
            #"{"StringEquals": {"\#(EntraFixture.provider):aud": "\#(EntraFixture.audience)/.default"}}"#,
            .scope(found: EntraFixture.audience)
        ),
        (
            #"{"StringEquals": {"\#(EntraFixture.provider):aud": "\#(EntraFixture.audience)/user_impersonation"}}"#,
            .scope(found: EntraFixture.audience)
        ),
        (
            #"{"StringEquals": {"\#(EntraFixture.provider):sub": "{\#(EntraFixture.subject.uppercased())}"}}"#,
            .enclosed(found: EntraFixture.subject)
        ),
        (
            #"{"StringEquals": {"\#(EntraFixture.provider):sub": "\#(EntraFixture.clientID)"}}"#,
            .clientID(found: EntraFixture.subject)
        ),
        (#"{"StringEquals": {"\#(EntraFixture.provider):aud": "api://*"}}"#, .wildcardUnderEquals),
    ]

    @Test(arguments: examples)
    func `a condition that nearly passes names the difference`(condition: String, nearMiss: NearMiss) throws {
        let policy = try TrustPolicy(parsing: EntraFixture.policy(condition: condition))
        #expect(policy.evaluate(EntraFixture.request()).decidingCondition?.nearMiss == nearMiss)
    }

    static let versionTwo = EntraFixture.token([
        "aud": .string(other), "azp": .string(EntraFixture.clientID), "appid": nil,
    ])

    @Test(arguments: [
        (other, NearMiss.authorizedParty(found: EntraFixture.clientID)),
        (EntraFixture.audience, .uriForGUID(found: EntraFixture.clientID)),
    ])
    func `a version 2 token is compared by its azp`(required: String, nearMiss: NearMiss) throws {
        let condition = #"{"StringEquals": {"\#(EntraFixture.provider):aud": "\#(required)"}}"#
        let policy = try TrustPolicy(parsing: EntraFixture.policy(condition: condition))
        let verdict = policy.evaluate(EntraFixture.request(claims: Self.versionTwo))
        #expect(verdict.decidingCondition?.nearMiss == nearMiss)
    }

    @Test func `several values without a set operator are a near miss`() throws {
        let claims = EntraFixture.token(["amr": .array([.string("pwd"), .string("mfa")])])
        let policy = try TrustPolicy(
            parsing: EntraFixture.policy(
                condition: #"{"StringEquals": {"\#(EntraFixture.provider):amr": "mfa"}}"#
            )
        )
        let verdict = policy.evaluate(EntraFixture.request(claims: claims))
        #expect(verdict.decidingCondition?.nearMiss == .setOperatorMissing)
    }

    @Test func `a variable in an old policy is a near miss`() throws {
        let text = EntraFixture.policy(
            condition: #"{"StringEquals": {"sts:RoleSessionName": "${\#(EntraFixture.provider):sub}"}}"#,
            version: "2008-10-17"
        )
        let verdict = try TrustPolicy(parsing: text).evaluate(EntraFixture.request())
        #expect(verdict.decidingCondition?.nearMiss == .variableInOldVersion)
    }

    @Test func `an unrelated value is not a near miss`() throws {
        let policy = try TrustPolicy(
            parsing: EntraFixture.policy(
                condition: #"{"StringEquals": {"\#(EntraFixture.provider):sub": "\#(Self.other)"}}"#
            )
        )
        let condition = policy.evaluate(EntraFixture.request()).decidingCondition
        #expect(condition?.outcome == .no)
        #expect(condition?.nearMiss == nil)
    }
}
