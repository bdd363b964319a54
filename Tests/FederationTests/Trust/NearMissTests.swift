import Testing

@testable import Federation

@Suite struct NearMissTests {
    static let other = "99999999-8888-7777-6666-555555555555"
    static let examples: [(condition: String, nearMiss: NearMiss)] = [
        (
            #"{"StringEquals": {"sts.windows.net/\#(Fixture.tenant):aud": "\#(Fixture.audience)"}}"#,
            .keySlash(correct: "\(Fixture.provider):aud")
        ),
        (
            #"{"StringEquals": {"login.microsoftonline.com/\#(Fixture.tenant)/v2.0:aud": "x"}}"#,
            .otherIssuer(correct: "\(Fixture.provider):aud")
        ),
        (#"{"StringEquals": {"\#(Fixture.provider):oid": "\#(Fixture.subject)"}}"#, .unsupportedClaim("oid")),
        (#"{"StringLike": {"\#(Fixture.provider):roles": "*"}}"#, .unsupportedClaim("roles")),
        (
            #"{"StringEquals": {"\#(Fixture.provider):aud": "\#(Fixture.audience)/"}}"#,
            .finalSlash(found: Fixture.audience)
        ),
        (
            #"{"StringEquals": {"\#(Fixture.provider):sub": "\#(Fixture.subject.uppercased())"}}"#,
            .letterCase(found: Fixture.subject)
        ),
        (
            #"{"StringLike": {"\#(Fixture.provider):aud": "API://*"}}"#, .letterCase(found: Fixture.audience)
        ),
        (
            #"{"StringEquals": {"\#(Fixture.provider):sub": " \#(Fixture.subject)"}}"#,
            .blanks(found: Fixture.subject)
        ),
        (
            #"{"StringEquals": {"\#(Fixture.provider):aud": "\#(other)"}}"#,
            .guidForURI(found: Fixture.audience)
        ),
        (
            #"{"StringEquals": {"\#(Fixture.provider):sub": "\#(Fixture.clientID)"}}"#,
            .clientID(found: Fixture.subject)
        ),
        (#"{"StringEquals": {"\#(Fixture.provider):aud": "api://*"}}"#, .wildcardUnderEquals),
    ]

    @Test(arguments: examples)
    func `a condition that nearly passes says what is wrong`(condition: String, nearMiss: NearMiss) throws {
        let policy = try TrustPolicy(parsing: Fixture.policy(condition: condition))
        #expect(policy.evaluate(Fixture.request()).decidingCondition?.nearMiss == nearMiss)
    }

    static let versionTwo = Fixture.token([
        "aud": .string(other), "azp": .string(Fixture.clientID), "appid": nil,
    ])

    @Test(arguments: [
        (other, NearMiss.authorizedParty(found: Fixture.clientID)),
        (Fixture.audience, .uriForGUID(found: Fixture.clientID)),
    ])
    func `a version 2 token is compared by azp`(required: String, nearMiss: NearMiss) throws {
        let condition = #"{"StringEquals": {"\#(Fixture.provider):aud": "\#(required)"}}"#
        let policy = try TrustPolicy(parsing: Fixture.policy(condition: condition))
        let verdict = policy.evaluate(Fixture.request(claims: Self.versionTwo))
        #expect(verdict.decidingCondition?.nearMiss == nearMiss)
    }

    @Test func `several values without a set operator are a near miss`() throws {
        let claims = Fixture.token(["amr": .array([.string("pwd"), .string("mfa")])])
        let policy = try TrustPolicy(
            parsing: Fixture.policy(condition: #"{"StringEquals": {"\#(Fixture.provider):amr": "mfa"}}"#)
        )
        let verdict = policy.evaluate(Fixture.request(claims: claims))
        #expect(verdict.decidingCondition?.nearMiss == .setOperatorMissing)
    }

    @Test func `a variable in an old policy is a near miss`() throws {
        let text = Fixture.policy(
            condition: #"{"StringEquals": {"sts:RoleSessionName": "${\#(Fixture.provider):sub}"}}"#,
            version: "2008-10-17"
        )
        let verdict = try TrustPolicy(parsing: text).evaluate(Fixture.request())
        #expect(verdict.decidingCondition?.nearMiss == .variableInOldVersion)
    }

    @Test func `a value that is simply another is no near miss`() throws {
        let policy = try TrustPolicy(
            parsing: Fixture.policy(
                condition: #"{"StringEquals": {"\#(Fixture.provider):sub": "\#(Self.other)"}}"#
            )
        )
        let condition = policy.evaluate(Fixture.request()).decidingCondition
        #expect(condition?.outcome == .no)
        #expect(condition?.nearMiss == nil)
    }
}
