import TestSupport
import Testing

@testable import Federation
@testable import TrustPolicy

@Suite(.computing) struct NearMissTests {
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
            .whitespace(
                found: EntraFixture.subject,
                character: "the required value has U+0020 (space) at character 1"
            )
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
        (
            #"{"StringEquals": {"https://\#(EntraFixture.provider):sub": "\#(EntraFixture.subject)"}}"#,
            .keyPrefix("https://", correct: "\(EntraFixture.provider):sub")
        ),
        (
            #"{"StringEquals": {"HTTPS://sts.windows.net/\#(EntraFixture.tenant):sub": "x"}}"#,
            .keyPrefix("HTTPS://", correct: "\(EntraFixture.provider):sub")
        ),
        (
            #"{"StringEquals": {"\#(EntraFixture.providerARN):sub": "x"}}"#,
            .keyPrefix(
                "arn:aws:iam::111122223333:oidc-provider/",
                correct: "\(EntraFixture.provider):sub"
            )
        ),
        (
            #"{"StringEquals": {"oidc-provider/\#(EntraFixture.provider):aud": "x"}}"#,
            .keyPrefix("oidc-provider/", correct: "\(EntraFixture.provider):aud")
        ),
        (
            #"{"StringEquals": {"https://\#(EntraFixture.provider)sub": "x"}}"#,
            .keyForm(correct: "\(EntraFixture.provider):sub")
        ),
        (
            #"{"StringEquals": {"https://login.microsoftonline.com/\#(EntraFixture.tenant)/v2.0:sub": "x"}}"#,
            .otherIssuer(correct: "\(EntraFixture.provider):sub")
        ),
        (
            #"{"StringEquals": {"\#(EntraFixture.provider):subj": "x"}}"#,
            .misspelledClaim(correct: "\(EntraFixture.provider):sub")
        ),
        (
            #"{"StringEquals": {"\#(EntraFixture.provider):Audience": "x"}}"#,
            .misspelledClaim(correct: "\(EntraFixture.provider):aud")
        ),
        // A claim of Entra's tokens is not a misspelled name, although its name is similar.
        (#"{"StringEquals": {"\#(EntraFixture.provider):acr": "1"}}"#, .unsupportedClaim(key("acr"))),
        (
            #"{"Null": {"\#(EntraFixture.provider):sbu": "false"}}"#,
            .misspelledClaim(correct: "\(EntraFixture.provider):sub")
        ),
        (
            #"{"Null": {"sts.windows.net/\#(other)/:sub": "false"}}"#,
            .otherIssuer(correct: "\(EntraFixture.provider):sub")
        ),
        (#"{"Null": {"\#(EntraFixture.provider):oid": "false"}}"#, .unsupportedClaim(key("oid"))),
        (
            #"{"StringEquals": {"\#(EntraFixture.provider):sub": "\#(EntraFixture.tenant.uppercased())"}}"#,
            .otherClaim(name: "tid", found: EntraFixture.subject)
        ),
        (
            #"{"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}"#,
            .variableAbsent(key: "aws:username")
        ),
        (
            #"{"StringLike": {"\#(EntraFixture.provider):sub": ["${aws:userid}*", "${aws:PrincipalTag/id}"]}}"#,
            .variableAbsent(key: "aws:userid")
        ),
    ]

    @Test(arguments: examples)
    func `a condition that nearly passes names the difference`(condition: String, nearMiss: NearMiss) throws {
        let policy = try TrustPolicy(parsing: EntraFixture.policy(condition: condition))
        #expect(policy.evaluate(EntraFixture.request()).decidingCondition?.nearMiss == nearMiss)
    }

    /// A Deny statement exempts the requests that a negated condition, or a condition for an absent key, does not match.
    static let exemptions: [(condition: String, version: String, nearMiss: NearMiss?)] = [
        (
            #"{"StringNotEquals": {"https://\#(EntraFixture.provider):sub": "\#(EntraFixture.subject)"}}"#,
            "2012-10-17", .keyPrefix("https://", correct: "\(EntraFixture.provider):sub")
        ),
        (
            #"{"StringNotLike": {"\#(EntraFixture.provider):sub": "\#(EntraFixture.subject.uppercased())"}}"#,
            "2012-10-17", .letterCase(found: EntraFixture.subject)
        ),
        (
            #"{"StringNotEquals": {"\#(EntraFixture.provider):sub": "\#(EntraFixture.clientID)"}}"#,
            "2012-10-17", .clientID(found: EntraFixture.subject)
        ),
        (
            #"{"StringNotEquals": {"\#(EntraFixture.provider):sub": "1ea7e6e0*"}}"#, "2012-10-17",
            .wildcardUnderEquals
        ),
        (
            #"{"StringNotEquals": {"sts:RoleSessionName": "${\#(EntraFixture.provider):sub}"}}"#,
            "2008-10-17",
            .variableInOldVersion
        ),
        (
            #"{"StringNotEquals": {"\#(EntraFixture.provider):sub": "${aws:username}"}}"#, "2012-10-17",
            .variableAbsent(key: "aws:username")
        ),
        (
            #"{"Null": {"\#(EntraFixture.provider):subj": "true"}}"#, "2012-10-17",
            .misspelledClaim(correct: "\(EntraFixture.provider):sub")
        ),
        (
            #"{"StringEqualsIfExists": {"sts.windows.net/\#(EntraFixture.tenant):sub": "x"}}"#, "2012-10-17",
            .keySlash(correct: "\(EntraFixture.provider):sub")
        ),
        (#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#, "2012-10-17", nil),
        (#"{"StringNotEquals": {"\#(EntraFixture.provider):sub": "\#(other)"}}"#, "2012-10-17", nil),
        (
            #"{"StringEquals": {"\#(EntraFixture.provider):sub": "\#(EntraFixture.subject)"}}"#, "2012-10-17",
            nil
        ),
    ]

    @Test(arguments: exemptions)
    func `a Deny statement that nearly exempts a request names the difference`(
        condition: String,
        version: String,
        nearMiss: NearMiss?
    ) throws {
        let text = EntraFixture.policy(condition: condition, version: version, effect: "Deny")
        let verdict = try TrustPolicy(parsing: text).evaluate(EntraFixture.request())
        #expect(verdict.decision == .explicitDeny)
        #expect(verdict.decidingCondition?.nearMiss == nearMiss)
    }

    /// EKS writes the ID of a cluster in uppercase; keys ignore letter case, but ARNs do not.
    @Test(arguments: [
        ("oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF/:sub", ":sub"),
        ("sub", ":sub"),
        ("https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789abcdef0123456789abcdef:aud", ":aud"),
    ])
    func `a corrected key has the letter case of the issuer`(key: String, claim: String) throws {
        let issuer = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
        let claims = Claims(
            header: [:],
            payload: [
                "iss": .string("https://\(issuer)"), "aud": .string("sts.amazonaws.com"),
                "sub": .string("system:serviceaccount:shop:web"),
            ]
        )
        let policy = try TrustPolicy(
            parsing: EntraFixture.policy(condition: #"{"StringEquals": {"\#(key)": "x"}}"#)
        )
        let nearMiss = policy.evaluate(EntraFixture.request(claims: claims)).decidingCondition?.nearMiss
        #expect(
            nearMiss?.description.hasSuffix(" it must be \(issuer)\(claim)") == true,
            "\(nearMiss as Any)"
        )
    }

    static let versionTwo = EntraFixture.token([
        "aud": .string(other), "azp": .string(EntraFixture.clientID), "appid": nil,
    ])

    @Test(arguments: [
        (other, NearMiss.authorizedParty(found: EntraFixture.clientID)),
        (EntraFixture.audience, .uriForGUID(found: EntraFixture.clientID)),
        ("api://\(EntraFixture.clientID.uppercased())", .uriForGUID(found: EntraFixture.clientID)),
        ("api://\(EntraFixture.tenant)/aws", .uriForGUID(found: EntraFixture.clientID)),
    ])
    func `a version 2 token is compared by its azp`(required: String, nearMiss: NearMiss) throws {
        let condition = #"{"StringEquals": {"\#(EntraFixture.provider):aud": "\#(required)"}}"#
        let policy = try TrustPolicy(parsing: EntraFixture.policy(condition: condition))
        let verdict = policy.evaluate(EntraFixture.request(claims: Self.versionTwo))
        #expect(verdict.decidingCondition?.nearMiss == nearMiss)
    }

    @Test func `the identifier URI of another application is not another form of a GUID`() throws {
        let application = "b22ce000-2222-4333-8444-555566667777"
        #expect(NearMiss(betweenRequired: "api://\(application)", found: EntraFixture.clientID) == nil)
        #expect(NearMiss(betweenRequired: application, found: "api://\(EntraFixture.clientID)") == nil)
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

    // Source: RFC 9562, section 4: 32 hexadecimal digits in groups of 8-4-4-4-12, with hyphens.
    @Test(arguments: [
        ("1ea7e6e0\u{2011}7876-4d1c-aec5-7b1c927ede74", "U+2011 (non-breaking hyphen) at character 9"),
        (
            "1ea7e6e0\u{2013}7876\u{2013}4d1c\u{2013}aec5\u{2013}7b1c927ede74",
            "U+2013 (en dash) at character 9"
        ),
        ("1ea7e6e078764d1caec57b1c927ede74", "lacks the hyphens"),
        ("1ea7e6e0-7876-4d1c-aec5-7b1c927ede7", "lacks a character"),
        ("1ea7e6e0-7876-4d1c-aec5-7b1c927ede744", "one character too many"),
        ("1ea7e6eO-7876-4d1c-aec5-7b1c927ede74", "does not belong in a GUID"),
        ("urn:uuid:1ea7e6e0-7876-4d1c-aec5-7b1c927ede74", "further characters"),
        ("oid:1EA7E6E0-7876-4D1C-AEC5-7B1C927EDE74", "further characters"),
        ("[\"1ea7e6e0-7876-4d1c-aec5-7b1c927ede74\"]", "further characters"),
        ("\(other),1ea7e6e0-7876-4d1c-aec5-7b1c927ede74", "a list in a single text"),
    ])
    func `a defect of a GUID is named`(required: String, defect: String) throws {
        let nearMiss = try #require(NearMiss(betweenRequired: required, found: EntraFixture.subject))
        #expect(nearMiss.description.contains(defect), "\(nearMiss)")
    }

    @Test(arguments: [
        "1ea7e6e0-7876-4d1c-aec5-7b1c927ede75", other, "system:serviceaccount:ns:sa", "", "a\u{2013}b",
    ])
    func `another ID is not a defect of a GUID`(required: String) {
        #expect(NearMiss(betweenRequired: required, found: EntraFixture.subject) == nil)
    }

    @Test(arguments: [": sub", ":sub ", ":\u{200B}sub", " :sub"])
    func `white space anywhere in a provider's key is named`(suffix: String) throws {
        let condition =
            #"{"StringEquals": {"\#(EntraFixture.provider)\#(suffix)": "\#(EntraFixture.subject)"}}"#
        let policy = try TrustPolicy(parsing: EntraFixture.policy(condition: condition), quota: nil)
        let verdict = policy.evaluate(EntraFixture.request())
        guard case .keyBlank(_, let correct) = verdict.statements[0].conditions[0].nearMiss else {
            Issue.record("\(String(describing: verdict.statements[0].conditions[0].nearMiss))")
            return
        }
        #expect(correct == "\(EntraFixture.provider):sub")
    }
}
