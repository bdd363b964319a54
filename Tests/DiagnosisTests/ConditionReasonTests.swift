import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// The reasons that a condition of an Allow statement fails, and the corrections.
@Suite(.computing) struct ConditionReasonTests {
    private static let key = EntraFixture.provider
    private static let other = EvidenceFixture.other
    private static let aud = #""\#(key):aud":"\#(EntraFixture.audience)""#
    private static let sub = #""\#(key):sub":"\#(EntraFixture.subject)""#
    /// The conditions without which the correction of another condition would allow other identities.
    private static let only = #"\#(sub),\#(aud)"#
    private static let resource =
        "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/audit"

    /// A condition, the ID of the first cause, and a part of its text.
    struct Row {
        let condition: String
        let id: String
        let part: String
        var claims: [String: JSONValue?] = [:]

        init(_ condition: String, _ id: String, _ part: String, claims: [String: JSONValue?] = [:]) {
            (self.condition, self.id, self.part, self.claims) = (condition, id, part, claims)
        }
    }

    static let rows = [
        // The key.
        Row(
            #"{"Null":{"\#(key):subj":"false"},"StringEquals":{\#(only)}}"#,
            "condition-key-claim",
            "Write the key as \(key):sub"
        ),
        Row(
            #"{"Null":{"sts.windows.net/\#(other)/:sub":"false"},"StringEquals":{\#(only)}}"#,
            "condition-key-issuer",
            "Write the key as \(key):sub"
        ),
        Row(
            #"{"Null":{"sts.windows.net/\#(EntraFixture.tenant):sub":"false"},"StringEquals":{\#(only)}}"#,
            "condition-key-slash",
            "Write the key as \(key):sub"
        ),
        Row(
            #"{"Null":{"gitlab.com:user_login":"false"}}"#,
            "key-absent",
            "only for tokens of the provider gitlab.com. Use \(key):sub and :aud instead"
        ),
        Row(
            #"{"Null":{"sts.windows.net/\#(other)/:email":"false"}}"#,
            "key-absent",
            "only for tokens of the provider sts.windows.net/\(other)/. Use \(key):sub"
        ),
        Row(
            #"{"StringEquals":{"https://\#(key):sub":"\#(EntraFixture.subject)"}}"#,
            "condition-key-prefix",
            "which AWS omits in condition keys. Write the key as \(key):sub"
        ),
        Row(
            #"{"StringEquals":{"sts.windows.net/\#(EntraFixture.tenant.dropLast())/:sub":"\#(EntraFixture.subject)"}}"#,
            "condition-key-issuer",
            "no valid tenant ID: an ID has 8-4-4-4-12 hexadecimal digits"
        ),
        // A key that every token has.
        Row(
            #"{"Null":{"\#(key):aud":"true"},"StringEquals":{\#(sub)}}"#,
            "aud-excluded",
            "every token has an aud. If the token's identity may assume the role, replace the condition with StringEquals on "
                + "\(key):aud and the exact value \(EntraFixture.audience)"
        ),
        Row(#"{"Null":{"\#(key):sub":"true"}}"#, "sub-excluded", "every token has a sub"),
        Row(
            #"{"Null":{"sts:RoleSessionName":"true"}}"#,
            "key-present",
            "this request has the key"
        ),
        // A variable.
        Row(
            #"{"StringEquals":{\#(only),"sts:RoleSessionName":"${aws:username}"}}"#,
            "variable-absent",
            "only an IAM user has a user name. Replace ${aws:username}"
        ),
        Row(
            #"{"StringEquals":{\#(only),"aws:UserAgent":"${aws:PrincipalTag/x}"}}"#,
            "variable-absent",
            "no principal yet and therefore no principal tags. Replace ${aws:PrincipalTag/x}"
        ),
        // The value of another claim.
        Row(
            #"{"StringEquals":{"\#(key):sub":"Ada@Contoso.com"}}"#,
            "sub-is-other-claim",
            "the token's upn, but AWS compares the token's sub, the identity's object ID",
            claims: ["upn": .string("ada@contoso.com")]
        ),
        Row(
            #"{"StringEquals":{"\#(key):sub":"ada@contoso.com"}}"#,
            "sub-is-other-claim",
            "the token's email",
            claims: ["email": .string("ada@contoso.com"), "preferred_username": .string("ada@contoso.com")]
        ),
        Row(
            #"{"StringEquals":{"\#(key):sub":"\#(resource)"}}"#,
            "sub-is-other-claim",
            "the token's xms_mirid",
            claims: ["xms_mirid": .string(resource)]
        ),
        Row(
            #"{"StringEquals":{"\#(key):sub":"\#(EntraFixture.clientID)"}}"#,
            "sub-is-client-id",
            "the identity's client ID instead of its object ID"
        ),
        Row(
            #"{"StringEquals":{"\#(key):aud":"https://\#(key)"}}"#,
            "aud-is-other-claim",
            "The policy has the token's iss, but AWS compares the token's aud."
        ),
    ]

    private static func text(_ cause: Cause) -> String { "\(cause.summary) \(cause.advice)" }

    @Test(arguments: rows)
    func `the first cause names the mistake and the correction`(row: Row) throws {
        var evidence = EvidenceFixture.policy(row.condition)
        evidence.token = .claims(EntraFixture.token(row.claims))
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == row.id)
        #expect(Self.text(cause).contains(row.part), "\(Self.text(cause))")
        #expect(!cause.advice.contains("\(Self.other)/:sub"))
    }

    @Test func `a malformed tenant ID in the provider's ARN is not a domain`() throws {
        let url = "sts.windows.net/\(EntraFixture.tenant.dropLast())/"
        let evidence = EvidenceFixture.policy(
            EntraFixture.validCondition,
            principal: #"{"Federated":"arn:aws:iam::111122223333:oidc-provider/\#(url)"}"#
        )
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "principal-tenant-id")
        #expect(cause.summary.contains("8-4-4-4-12") && cause.advice.contains(EntraFixture.providerARN))
    }

    private static let absent = [
        #""aws:PrincipalOrgID":"o-1""#, #""aws:userid":"x""#, #""sts:ExternalId":"x""#,
        #""\#(key):oid":"\#(EntraFixture.subject)""#,
        #""\#(key):oaud":"x""#, #""aws:RequestTag/x":"x""#,
    ]

    @Test func `a condition on a copy of the subject is removed if sub and aud restrict the statement`()
        throws
    {
        let condition = #""\#(Self.key):oid":"\#(EntraFixture.subject)""#
        let evidence = EvidenceFixture.policy(#"{"StringEquals":{\#(Self.sub),\#(Self.aud),\#(condition)}}"#)
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.advice.contains("Remove the condition on "), "\(cause.advice)")
        #expect(cause.advice.contains("the conditions on :sub and :aud still restrict the tokens"))
        #expect(!cause.advice.contains("instead"), "\(cause.advice)")
    }

    /// Conditions by keys that AWS does not set for a token, and what the author can use instead.
    private static let keysOfOtherCalls: [(condition: String, alternative: String)] = [
        (#""StringEquals":{"aws:PrincipalOrgID":"o-1"}"#, ":aud"),
        (#""StringEquals":{"aws:userid":"x"}"#, ":aud"),
        (#""StringEquals":{"sts:ExternalId":"x"}"#, ":aud"),
        (#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#, ":aud"),
        (#""DateGreaterThan":{"aws:TokenIssueTime":"2027-01-01T00:00:00Z"}"#, "aws:CurrentTime"),
        (#""NumericLessThan":{"sts:DurationSeconds":"3601"}"#, "MaxSessionDuration"),
    ]

    @Test(arguments: keysOfOtherCalls)
    func `a condition that no token meets is the author's decision`(
        condition: String,
        alternative: String
    ) throws {
        let subjects = [
            #""StringLike":{\#(Self.sub),\#(Self.aud)}"#, #""StringLike":{\#(Self.aud)}"#,
            #""StringLike":{"\#(Self.key):sub":"*"}"#,
        ]
        for subject in subjects {
            let evidence = EvidenceFixture.policy("{\(subject),\(condition)}")
            let cause = try #require(Explanation(evidence).causes.first)
            #expect(cause.id == "key-absent")
            #expect(cause.advice.contains("The author of the policy decides whether"), "\(cause.advice)")
            #expect(cause.advice.contains(alternative), "\(cause.advice)")
            let harmful = ["Remove", "no longer allow"].filter(cause.advice.contains)
            #expect(harmful.isEmpty, "\(cause.advice)")
        }
    }

    @Test func `an error that was saved as a trust policy is named`() throws {
        let text =
            "An error occurred (NoSuchEntity) when calling the GetRole operation: The role with name app cannot be found."
        let evidence = EvidenceFixture.evidence { $0.policy = PolicyEvidence(document: text) }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "not-found" && cause.evidence.contains(text), "\(cause.id): \(cause.evidence)")
        #expect(cause.fix.contains("Check the account and the name"), "\(cause.fix)")
    }

    @Test(arguments: absent)
    func `a condition is not removed without another restriction`(condition: String) throws {
        for rest in [#"\#(Self.sub),"#, #"\#(Self.aud),"#, ""] {
            let evidence = EvidenceFixture.policy(#"{"StringEquals":{\#(rest)\#(condition)}}"#)
            let cause = try #require(Explanation(evidence).causes.first)
            #expect(!cause.advice.lowercased().contains("remove"), "\(cause.advice)")
        }
    }

    @Test func `a condition for AWS principals stays in a statement of its kind`() throws {
        let evidence = EvidenceFixture.policy(
            #"{"StringEquals":{\#(Self.sub),\#(Self.aud),"sts:ExternalId":"x"}}"#,
            principal:
                #"{"Federated":"\#(EntraFixture.providerARN)","AWS":"arn:aws:iam::111122223333:role/hub"}"#,
            action: #""Action": ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"]"#
        )
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.advice.contains("Put the OIDC provider into a separate statement"), "\(cause.advice)")
        #expect(!cause.advice.contains("Remove"))
    }

    // The role's tags.

    private static func tagged(_ tags: [String: String]?) throws -> Cause {
        var evidence = EvidenceFixture.policy(#"{"StringEquals":{"aws:ResourceTag/team":"red"}}"#)
        evidence.role = .found(RoleFacts(tags: tags))
        return try #require(Explanation(evidence).causes.first)
    }

    @Test(
        arguments: [
            ([:], "key-absent", "Add the tag team to the role"),
            (["team": "blue"], "role-tag-mismatch", "Set the tag team of the role to red"),
            (nil, "depends-on-unknown", "The key is a tag of the role, not of the caller"),
        ] as [([String: String]?, String, String)]
    )
    func `a resource tag is a tag of the role`(tags: [String: String]?, id: String, part: String) throws {
        let cause = try Self.tagged(tags)
        #expect(cause.id == id && cause.advice.contains(part), "\(cause.advice)")
    }

    // An audience on which the provider and the policy agree.

    private static func audience(_ audience: String, listed: [String], subject: String = EntraFixture.subject)
        -> Evidence
    {
        var evidence = EvidenceFixture.policy(
            #"{"StringEquals":{"\#(key):aud":"\#(audience)","\#(key):sub":"\#(subject)"}}"#
        )
        evidence.request.mapping = "audit"
        evidence.providers = [
            OIDCProvider(arn: EntraFixture.providerARN, url: key, clientIDs: listed)
        ]
        return evidence
    }

    @Test func `the token changes if the provider and the policy agree on its audience`() {
        let explanation = Explanation(Self.audience("api://aws", listed: ["api://aws"]))
        #expect(explanation.causes.map(\.id) == ["audience-unexpected", "aud-mismatch"])
        #expect(explanation.settledBySetup.isEmpty)
        #expect(explanation.causes[0].advice.hasPrefix("Set audience of `audit` to api://aws"))
        #expect(explanation.causes.flatMap(\.commands) == [])
    }

    @Test(arguments: [
        audience("api://aws", listed: ["api://azure"]),
        audience("api://aws", listed: ["api://aws"], subject: other),
        audience(EntraFixture.audience + "/", listed: [EntraFixture.audience + "/"]),
    ])
    func `the provider changes if the policy does not agree with it, or has the same mistake`(
        evidence: Evidence
    ) {
        let id = Explanation(evidence).causes.first?.id
        #expect(id == "audience-not-registered" || id == "audience-form")
    }
}
