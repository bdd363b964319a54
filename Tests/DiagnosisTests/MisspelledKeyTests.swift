import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// A misspelled key is named with the correct key, and with the outcome of the corrected condition.
@Suite(.computing) struct MisspelledKeyTests {
    private static let key = EntraFixture.provider
    private static let other = EvidenceFixture.other
    private static let tags: [String: JSONValue?] = [
        "https://aws.amazon.com/tags": .object(["principal_tags": .object(["Dept": .array([.string("hr")])])])
    ]
    private static let full =
        #""StringEquals":{"\#(key):aud":"\#(EntraFixture.audience)","\#(key):sub":"\#(EntraFixture.subject)"}"#

    private static func explanation(_ statements: String...) -> Explanation {
        Explanation(
            EvidenceFixture.evidence {
                let list = statements.joined(separator: ",")
                $0.policy = PolicyEvidence(document: #"{"Version":"2012-10-17","Statement":[\#(list)]}"#)
                $0.request.sourceIP = "198.51.100.7"
                $0.token = .claims(EntraFixture.token(tags))
            }
        )
    }

    private static func statement(_ condition: String, effect: String = "Allow") -> String {
        """
        {"Effect":"\(effect)","Principal":{"Federated":"\(EntraFixture.providerARN)"},\
        "Action":["sts:AssumeRoleWithWebIdentity","sts:TagSession"],"Condition":{\(condition)}}
        """
    }

    /// A further condition, the correct key, and whether the request meets the corrected condition.
    ///
    /// Source: IAM user guide, AWS global condition context keys, and condition keys for web identity federation.
    static let conditions: [(condition: String, key: String, isMet: Bool)] = [
        (#""IpAddress":{"aws:SourceIpp":"203.0.113.0/24"}"#, "aws:SourceIp", false),
        (#""IpAddress":{"aws:SourceIpp":"198.51.100.0/24"}"#, "aws:SourceIp", true),
        (#""IpAddress":{"aws:SourceIp ":"203.0.113.0/24"}"#, "aws:SourceIp", false),
        (#""IpAddress":{"aws:Sourcelp":"203.0.113.0/24"}"#, "aws:SourceIp", false),
        (#""IpAddress":{"aws:SourceIPAddress":"203.0.113.0/24"}"#, "aws:SourceIp", false),
        (#""IpAddress":{"sts:SourceIp":"203.0.113.0/24"}"#, "aws:SourceIp", false),
        (#""StringLike":{"sts:RoleSesionName":"prod-*"}"#, "sts:RoleSessionName", false),
        (
            #""ArnEquals":{"aws:FederatedProvidr":"arn:aws:iam::1:oidc-provider/x"}"#,
            "aws:FederatedProvider", false
        ),
        (#""StringLike":{"aws:RequestTags/Dept":"eng"}"#, "aws:RequestTag/Dept", false),
        (#""StringLike":{"aws:RequestTag/Dpet":"eng"}"#, "aws:RequestTag/Dept", false),
        (#""StringLike":{"aws:RequestTag/Dpet":"hr"}"#, "aws:RequestTag/Dept", true),
    ]

    @Test(arguments: conditions)
    func `a misspelled key of AWS in an Allow statement is corrected and never removed`(
        condition: String,
        key: String,
        isMet: Bool
    ) throws {
        let explanation = Self.explanation(Self.statement("\(Self.full),\(condition)"))
        #expect(explanation.decision == .deny)
        let cause = try #require(explanation.causes.first)
        #expect(["condition-key-name", "condition-key-blank"].contains(cause.id), "\(cause.id)")
        #expect(cause.evidence.contains("it must be \(key)"), "\(cause.evidence)")
        #expect(!cause.fix.contains("Remove the condition"), "\(cause.fix)")
        #expect(
            cause.fix.contains(isMet ? "Write the key as \(key)" : "does not meet the condition"),
            "\(cause.fix)"
        )
        #expect(!cause.commands.contains { $0.contains("update-assume-role-policy") })
    }

    static let denials: [(condition: String, key: String, isDenied: Bool)] = [
        (#""NotIpAddress":{"aws:SourceIpp":"203.0.113.0/24"}"#, "aws:SourceIp", true),
        (#""NotIpAddress":{"aws:SourceIpp":"198.51.100.0/24"}"#, "aws:SourceIp", false),
        (#""StringNotLike":{"sts:RoleSesionName":"prod-*"}"#, "sts:RoleSessionName", true),
        (#""StringNotEquals":{"aws:RequestTag/Dpet":"eng"}"#, "aws:RequestTag/Dept", true),
        (#""StringNotEquals":{"aws:PrincipalTag/Dept":"eng"}"#, "aws:RequestTag/Dept", true),
        (#""StringNotEquals":{"aws:PrincipalTag/Dept":"hr"}"#, "aws:RequestTag/Dept", false),
    ]

    @Test(arguments: denials)
    func `a misspelled key of AWS in a Deny statement is named and the action stays denied`(
        condition: String,
        key: String,
        isDenied: Bool
    ) throws {
        let explanation = Self.explanation(
            Self.statement(Self.full),
            Self.statement(condition, effect: "Deny")
        )
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "denied-explicitly")
        #expect(cause.fix.contains(key), "\(cause.fix)")
        #expect(!cause.fix.contains("from its actions"), "\(cause.fix)")
        let says = cause.fix.contains("does not allow this request") || cause.fix.contains("still denies")
        #expect(says == isDenied, "\(cause.fix)")
    }

    @Test(arguments: [
        "\(key):oid", "\(key):appid", "\(key):sbu", "\(key.dropLast()):sub",
        "sts.windows.net/\(other)/:sub",
    ])
    func `a Deny statement that exempts another identity by a mistaken key is not corrected`(key: String)
        throws
    {
        let explanation = Self.explanation(
            Self.statement(Self.full),
            Self.statement(#""StringNotEquals":{"\#(key)":"\#(Self.other)"}"#, effect: "Deny")
        )
        let cause = try #require(explanation.causes.first)
        #expect(cause.fix.contains("Correcting the key does not allow this request."), "\(cause.fix)")
        #expect(cause.fix.contains("Decide whether the token's identity may assume the role"), "\(cause.fix)")
        #expect(!cause.fix.contains("Correct Statement"), "\(cause.fix)")
    }

    @Test(arguments: [("dev", "dev"), (nil, "absent")])
    func `a misspelled claim of GitHub is compared with the token's claim`(value: String?, found: String)
        throws
    {
        let issuer = "token.actions.githubusercontent.com"
        let payload: [String: JSONValue] = [
            "iss": .string("https://\(issuer)"), "aud": .string("a"), "sub": .string("repo:o/a"),
        ]
        let environment: [String: JSONValue] = value.map { ["environment": .string($0)] } ?? [:]
        let claims = Claims(header: [:], payload: payload.merging(environment) { $1 })
        let condition = try #require(ConditionOperator("StringEquals")).condition(
            "\(issuer):enviroment",
            "prod"
        )
        let verdict = condition.evaluate(in: RequestContext(claims: claims))
        #expect(verdict.nearMiss == .misspelledClaim(correct: "\(issuer):environment"))
        #expect(verdict.refusedClaim?.name == "environment")
        #expect((verdict.refusedClaim?.found.first ?? "absent") == found)
    }

    @Test(arguments: [
        (#""NotIpAddress":{"aws:SourceIPAddress":"203.0.113.0/24"}"#, "matches every request"),
        (#""IpAddressIfExists":{"aws:SourceIpp":"203.0.113.0/24"}"#, "matches every request"),
        (#""IpAddress":{"aws:SourceIpp":"203.0.113.0/24"}"#, "matches no request"),
        (#""IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#, nil),
        (#""StringEquals":{"aws:PrincipalTag/Dept":"hr","ec2:SourceInstanceARN":"x"}"#, nil),
    ])
    func `a condition that never restricts by a misspelled key is a weakness`(
        condition: String,
        text: String?
    )
        throws
    {
        let policy = try TrustPolicy(
            parsing: #"{"Version":"2012-10-17","Statement":[\#(Self.statement(condition))]}"#
        )
        let finding = policy.lint().first { $0.id == "unknown-key" }
        #expect((finding == nil) == (text == nil))
        if let text { #expect(finding?.message.contains(text) == true) }
    }

    @Test(arguments: [
        "oid": EntraFixture.subject, "appid": EntraFixture.clientID, "sbu": EntraFixture.subject,
    ])
    func `an exclusion by a key that no request has is a cause`(claim: String, value: String) {
        let explanation = Self.explanation(
            Self.statement(
                #""StringEquals":{"\#(Self.key):aud":"\#(EntraFixture.audience)/"},"#
                    + #""StringNotEquals":{"\#(Self.key):\#(claim)":"\#(value)"}"#
            )
        )
        let cause = explanation.causes.first { $0.id == "sub-excluded" }
        #expect(cause?.evidence.contains("\(Self.key):\(claim)") == true, "\(explanation.causes)")
    }

    @Test func `the advice on a misspelled claim that AWS cannot test names the claim of the token`() throws {
        let explanation = Explanation(
            EvidenceFixture.evidence {
                let condition =
                    #"\#(Self.full),"StringLike":{"\#(Self.key):role":"AssumeRoleWithWebIdentity"}"#
                $0.policy = PolicyEvidence(
                    document: #"{"Version":"2012-10-17","Statement":[\#(Self.statement(condition))]}"#
                )
                $0.token = .claims(
                    EntraFixture.token(["roles": .array([.string("AssumeRoleWithWebIdentity")])])
                )
            }
        )
        let cause = try #require(explanation.causes.first { $0.id == "condition-key-unsupported" })
        #expect(
            cause.fix.contains(
                "AWS cannot test the claim roles, so no request meets the condition on \(Self.key):role."
            ),
            "\(cause.fix)"
        )
        #expect(cause.fix.contains("appRoleAssignmentRequired"), "\(cause.fix)")
    }

    @Test func `misspelled claims of Entra are recognized`() throws {
        let context = RequestContext(
            claims: EntraFixture.token(["roles": .array([.string("AssumeRoleWithWebIdentity")])])
        )
        let equals = try #require(ConditionOperator("StringEquals"))
        let amr = equals.condition("\(Self.key):arm", "mfa").evaluate(in: context)
        #expect(amr.nearMiss == .misspelledClaim(correct: "\(Self.key):amr"))
        let role = equals.condition("\(Self.key):role", "AssumeRoleWithWebIdentity").evaluate(in: context)
        #expect(role.refusedClaim == nil)
        let other = equals.condition("\(Self.key):role", "Admin").evaluate(in: context)
        #expect(other.refusedClaim?.name == "roles")
    }
}

extension ConditionOperator {
    fileprivate func condition(_ key: String, _ value: String) -> Condition {
        Condition(operator: self, key: key, values: [value], version: .v2012)
    }
}
