import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// Advice on conditions that a setting of the mapping satisfies.
@Suite(.computing) struct RequiredSettingTests {
    static let patterns: [(condition: String, advice: String)] = [
        (
            #"{"StringLike":{"sts:ExternalId":"prod-*"}}"#,
            "Set external_id of `spoke` to a value that matches prod-*"
        ),
        (#"{"StringEquals":{"sts:ExternalId":"prod-*"}}"#, "Set external_id of `spoke` to prod-*"),
        (
            #"{"StringLike":{"sts:ExternalId":["one","two-?"]}}"#,
            "Set external_id of `spoke` to one or a value that matches two-?"
        ),
        (
            #"{"StringLike":{"sts:RoleSessionName":"ci-*"}}"#,
            "Set session_name of `spoke` to a value that matches ci-*"
        ),
        (
            #"{"StringLike":{"sts:SourceIdentity":"team-*"}}"#,
            "Set source_identity of `spoke` to a value that matches team-*"
        ),
        (
            #"{"StringLike":{"aws:RequestTag/Team":"red*"}}"#,
            "Set the tag Team in session_tags of `spoke` to a value that matches red*"
        ),
        (
            #"{"StringNotEquals":{"sts:RoleSessionName":"cambist-spoke"}}"#,
            "Set session_name of `spoke` to a value other than cambist-spoke"
        ),
        (
            #"{"ForAnyValue:StringEquals":{"aws:TagKeys":"Team"}}"#,
            "Correct the keys of session_tags of `spoke`"
        ),
        (#"{"Null":{"aws:TagKeys":"false"}}"#, "Set session_tags of `spoke`"),
    ]

    @Test(arguments: patterns)
    func `the advice names a pattern only under an operator with wildcards`(
        condition: String,
        advice: String
    ) throws {
        let evidence = try ChainFixture.evidence(ChainFixture.allowance(condition))
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.fix.hasPrefix("\(advice) (`cambist config edit`"), "\(cause.fix)")
    }

    static let denials: [(condition: String, advice: String)] = [
        (#"{"StringNotEquals":{"sts:ExternalId":"zz"}}"#, "Set external_id of `spoke` to zz"),
        (
            #"{"StringNotLike":{"sts:ExternalId":"prod-*"}}"#,
            "Set external_id of `spoke` to a value that matches prod-*"
        ),
        (#"{"Null":{"sts:ExternalId":"true"}}"#, "Set external_id of `spoke`"),
        (
            #"{"StringLike":{"sts:RoleSessionName":"cambist-*"}}"#,
            "Set session_name of `spoke` to a value that does not match cambist-*"
        ),
    ]

    @Test(arguments: [("2008-10-17", true), ("2012-10-17", false)])
    func `no setting has the text of a variable in the old version`(version: String, isAbsent: Bool) throws {
        let condition = #"{"StringEquals":{"sts:RoleSessionName":"${\#(EntraFixture.provider):sub}"}}"#
        let policy = try TrustPolicy(parsing: EntraFixture.policy(condition: condition, version: version))
        var request = EntraFixture.request()
        request.context["sts:RoleSessionName"] = .values(["cambist-audit"])
        let outcome = try #require(policy.evaluate(request).statements[0].conditions.first)
        let setting = RequiredSetting(of: outcome, mapping: "audit", isChained: false)
        #expect((setting == nil) == isAbsent)
    }

    @Test(arguments: [
        (
            #"{"StringEquals":{"sts:RoleSessionName":"ci"}}"#,
            "Set the role session name of the request to ci. "
        ),
        (#"{"StringEquals":{"sts:RoleSessionName":"a b"}}"#, "so no name can be a b. "),
    ])
    func `without a mapping, the advice names the role session name and no setting`(
        condition: String,
        advice: String
    ) throws {
        let cause = try #require(Explanation(EvidenceFixture.policy(condition)).causes.first)
        #expect(cause.id == "session-name-mismatch")
        #expect(cause.fix.contains(advice), "\(cause.fix)")
        #expect(!cause.fix.contains("the mapping") && !cause.fix.contains("config edit"), "\(cause.fix)")
    }

    @Test(arguments: denials)
    func `a setting that a Deny statement does not match is advised first`(
        condition: String,
        advice: String
    ) throws {
        let denial =
            #"{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":\#(condition)}"#
        let evidence = try ChainFixture.evidence("\(ChainFixture.allowance()),\(denial)")
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "denied-explicitly" && cause.evidence.hasPrefix("Statement[1]"))
        #expect(cause.fix.hasPrefix("\(advice) (`cambist config edit"), "\(cause.fix)")
        #expect(cause.fix.contains("Narrow the condition of Statement[1] only"))
    }

    @Test(arguments: [
        (":sub", EntraFixture.subject, "only in the trailing slash"),
        ("/:sub", EntraFixture.subject.uppercased(), "only in letter case"),
        ("/:sub", "1ea7e6e0*", "Use StringNotLike"),
        ("/:roles", "AssumeRoleWithWebIdentity", "no condition key for the claim roles"),
    ])
    func `a small difference in a Deny statement is named`(key: String, value: String, advice: String) throws
    {
        let statements = ["Deny", "Allow"].map { effect in
            let condition =
                effect == "Allow"
                ? EntraFixture.validCondition
                : #"{"StringNotEquals":{"sts.windows.net/\#(EntraFixture.tenant)\#(key)":"\#(value)"}}"#
            return #"{"Effect":"\#(effect)","Principal":{"Federated":"\#(EntraFixture.providerARN)"},"#
                + #""Action":"sts:AssumeRoleWithWebIdentity","Condition":\#(condition)}"#
        }
        let evidence = EvidenceFixture.evidence {
            $0.policy = PolicyEvidence(
                document: #"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#
            )
        }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "denied-explicitly")
        #expect(cause.advice.contains(advice) && cause.advice.contains("Statement[0]"), "\(cause.advice)")
    }

    @Test func `a Deny statement does not hide that no statement allows the identity`() throws {
        let subject = "\(EntraFixture.provider):sub"
        let denial =
            #"{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringNotEquals":{"\#(subject)":"\#(EvidenceFixture.other)"}}}"#
        let evidence = EvidenceFixture.evidence {
            $0.policy = PolicyEvidence(
                document: """
                    {"Version":"2012-10-17","Statement":[\(denial),{"Effect":"Allow","Principal":{"Federated":\
                    "\(EntraFixture.providerARN)"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":\
                    {"\(subject)":"\(EvidenceFixture.other)"}}}]}
                    """
            )
        }
        let explanation = Explanation(evidence)
        #expect(explanation.causes.map(\.id) == ["denied-explicitly", "sub-mismatch"])
        #expect(explanation.causes.last?.evidence.hasPrefix("Statement[1]") == true)
        #expect(explanation.causes.flatMap(\.commands) == [], "a changed policy keeps the condition")
    }

    @Test func `a Deny statement does not hide that no statement allows the hub`() throws {
        let denial = #"{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}"#
        let other = ChainFixture.allowance().replacing("role/hub", with: "role/other")
        let explanation = Explanation(try ChainFixture.evidence("\(denial),\(other)"))
        #expect(explanation.causes.map(\.id) == ["denied-explicitly", "hub-untrusted"])
    }
}
