import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// The reasons that a Deny statement matches a token, and the changes that exempt it.
@Suite(.computing) struct ExplicitDenialTests {
    private static let key = EntraFixture.provider

    /// Returns the evidence of a policy that allows the token, with a Deny statement.
    private static func evidence(
        _ condition: String?,
        principal: String = #""*""#,
        action: String = "sts:*",
        version: String = "2012-10-17",
        allowance: String = EntraFixture.validCondition
    ) -> Evidence {
        let condition = condition.map { #","Condition":\#($0)"# } ?? ""
        return EvidenceFixture.evidence {
            $0.request.sourceIP = "198.51.100.7"
            $0.policy = PolicyEvidence(
                document: """
                    {"Version":"\(version)","Statement":[
                      {"Effect":"Allow","Principal":{"Federated":"\(EntraFixture.providerARN)"},\
                    "Action":"sts:AssumeRoleWithWebIdentity","Condition":\(allowance)},
                      {"Effect":"Deny","Principal":\(principal),"Action":"\(action)"\(condition)}]}
                    """
            )
        }
    }

    /// Conditions that match because the request lacks the key.
    static let absent: [(condition: String, key: String, reason: String)] = [
        (
            #"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#, "aws:MultiFactorAuthPresent",
            "only a request that is signed with AWS credentials"
        ),
        (#"{"Null":{"aws:MultiFactorAuthAge":"true"}}"#, "aws:MultiFactorAuthAge", "AWS credentials"),
        (#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#, "aws:PrincipalOrgID", "AWS credentials"),
        (
            #"{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}}"#, "aws:PrincipalOrgID",
            "AWS credentials"
        ),
        (
            #"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}"#, "aws:PrincipalArn",
            "AWS credentials"
        ),
        (#"{"ForAllValues:StringNotEquals":{"aws:TagKeys":"team"}}"#, "aws:TagKeys", "no session tags"),
        (#"{"Null":{"aws:RequestTag/team":"true"}}"#, "aws:RequestTag/team", "no session tag team"),
        (#"{"StringNotEquals":{"sts:ExternalId":"x"}}"#, "sts:ExternalId", "parameter ExternalId"),
    ]

    /// Conditions of a Deny statement that are about tokens, its actions, and the change besides the exemption, if any.
    static let aboutTokens: [(condition: String, action: String, change: String?)] = [
        (
            #"{"StringNotLike":{"token.actions.githubusercontent.com:sub":"repo:a/*"}}"#, "sts:*", nil
        ),
        (
            #"{"ForAllValues:StringEquals":{"\#(key):amr":["pwd"]}}"#, "sts:AssumeRoleWithWebIdentity",
            "add the condition Null on \(key):amr with false"
        ),
        (
            #"{"ForAllValues:StringEquals":{"\#(key):amr":["pwd"]}}"#, "sts:*",
            "add the condition Null on \(key):amr with false"
        ),
        (#"{"Null":{"\#(key):amr":"true"}}"#, "sts:AssumeRoleWithWebIdentity", nil),
        (#"{"Null":{"\#(key):email":"true"}}"#, "sts:*", nil),
        (#"{"Null":{"aws:RequestTag/team":"true"}}"#, "sts:AssumeRoleWithWebIdentity", nil),
        (
            #"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#, "sts:AssumeRoleWithWebIdentity", nil
        ),
    ]

    @Test(arguments: aboutTokens)
    func `the action of tokens is not excluded from a Deny statement that is about tokens`(
        condition: String,
        action: String,
        change: String?
    ) throws {
        let cause = try #require(Explanation(Self.evidence(condition, action: action)).causes.first)
        #expect(cause.id == "denied-explicitly")
        #expect(!cause.advice.contains("exclude sts:"), "\(cause.advice)")
        #expect(cause.advice.contains("StringNotEquals on \(Self.key):sub with \(EntraFixture.subject)"))
        let decision = "Decide which callers Statement[1] must deny"
        #expect(cause.advice.contains(change ?? decision), "\(cause.advice)")
    }

    @Test(arguments: absent)
    func `a Deny statement on a key that no token has is named`(
        condition: String,
        key: String,
        reason: String
    )
        throws
    {
        let cause = try #require(Explanation(Self.evidence(condition)).causes.first)
        #expect(cause.id == "denied-explicitly")
        #expect(cause.evidence.hasPrefix("Statement[1] denies requests w"), "\(cause.evidence)")
        #expect(cause.evidence.contains("\(key) "), "\(cause.evidence)")
        #expect(cause.evidence.contains("; the request has no value"), "\(cause.evidence)")
        #expect(cause.advice.hasPrefix("The request has no \(key): "), "\(cause.advice)")
        #expect(cause.advice.contains(reason), "\(cause.advice)")
        #expect(cause.advice.contains("exclude sts:AssumeRoleWithWebIdentity from its actions"))
        #expect(cause.advice.contains("StringNotEquals on \(Self.key):sub with \(EntraFixture.subject)"))
    }

    /// Statements that are meant to exempt the token.
    static let mistakes: [(condition: String, version: String, part: String)] = [
        (
            #"{"StringNotEquals":{"https://\#(key):sub":"\#(EntraFixture.subject)"}}"#, "2012-10-17",
            "AWS omits in condition keys: it must be \(key):sub"
        ),
        (
            #"{"StringNotEquals":{"\#(key):subject":"\#(EntraFixture.subject)"}}"#, "2012-10-17",
            "misspelled, so no request has the key: it must be \(key):sub"
        ),
        (
            #"{"StringNotEquals":{"\#(key):sub":"\#(EntraFixture.clientID)"}}"#, "2012-10-17",
            "the identity's client ID, but sub is its object ID"
        ),
        (
            #"{"StringNotEquals":{"\#(key):sub":"\#(EntraFixture.tenant)"}}"#, "2012-10-17",
            "the required value is the token's tid"
        ),
        (
            #"{"StringNotEquals":{"\#(key):aud":"\#(EntraFixture.audience)/"}}"#, "2012-10-17",
            "only in the trailing slash"
        ),
        (
            #"{"StringNotEquals":{"sts:RoleSessionName":"${\#(key):sub}"}}"#, "2008-10-17",
            "policy variables require"
        ),
        (
            #"{"StringNotEquals":{"\#(key):sub":"${\#(key):sub}"}}"#, "2008-10-17",
            #"policy variables require "Version": "2012-10-17""#
        ),
        (#"{"Null":{"\#(key):subj":"true"}}"#, "2012-10-17", "it must be \(key):sub"),
    ]

    @Test(arguments: mistakes)
    func `a mistake in the exemption of a Deny statement is named`(
        condition: String,
        version: String,
        part: String
    ) throws {
        let cause = try #require(Explanation(Self.evidence(condition, version: version)).causes.first)
        #expect(cause.id == "denied-explicitly")
        #expect(cause.advice.hasPrefix("Correct Statement[1], which does not exempt"))
        #expect(cause.advice.contains(part), "\(cause.advice)")
    }

    // Changes that would also allow other identities.

    /// The condition of an Allow statement for every identity with the token's audience.
    private static let anyIdentity = #"{"StringEquals":{"\#(key):aud":"\#(EntraFixture.audience)"}}"#

    /// Conditions of a Deny statement, the version, and whether the described change exempts other identities.
    static let changes: [(condition: String, version: String, allowsOthers: Bool)] =
        [
            (#"{"StringNotEquals":{"https://\#(key):sub":"\#(EntraFixture.subject)"}}"#, "2012-10-17", false),
            (#"{"StringNotEquals":{"\#(key):sub":"\#(EntraFixture.clientID)"}}"#, "2012-10-17", false),
            (#"{"StringNotEquals":{"\#(key):sub":"\#(EntraFixture.subject) "}}"#, "2012-10-17", false),
            (#"{"StringNotEquals":{"\#(key):sub":"\#(EvidenceFixture.other)"}}"#, "2012-10-17", false),
            (
                #"{"StringNotEquals":{"https://\#(key):sub":["\#(EntraFixture.subject)","\#(EvidenceFixture.other)"]}}"#,
                "2012-10-17", true
            ),
            (
                #"{"StringNotEquals":{"\#(key):aud":"\#(EntraFixture.audience)/"}}"#, "2012-10-17", true
            ),
            (#"{"StringNotEquals":{"sts:RoleSessionName":"${\#(key):sub}"}}"#, "2008-10-17", true),
            (#"{"Null":{"\#(key):subj":"true"}}"#, "2012-10-17", true),
            (#"{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, "2012-10-17", true),
            (#"{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}"#, "2012-10-17", true),
        ] + absent.map { ($0.condition, "2012-10-17", true) }

    @Test(arguments: changes)
    func `a change that would also allow other identities is a decision`(
        condition: String,
        version: String,
        allowsOthers: Bool
    ) throws {
        let evidence = Self.evidence(condition, version: version, allowance: Self.anyIdentity)
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "denied-explicitly")
        let text = cause.advice
        #expect(text.contains("would also allow other identities") == allowsOthers, "\(text)")
        #expect(text.contains("Decide which callers Statement[1] must deny") == allowsOthers)
        let exemption =
            "To exempt only the token's identity, add the condition StringNotEquals on \(Self.key):sub"
        #expect(!allowsOthers || text.contains(exemption), "\(text)")
        let words = [
            "Correct Statement", "exclude sts:", "Set \"Version\"", "Add this", "Narrow", "Use String",
        ]
        #expect(!allowsOthers || !words.contains(where: text.contains), "\(text)")
    }

    @Test func `a Deny statement that also denies others is not removed`() throws {
        let cause = try #require(
            Explanation(Self.evidence(nil, allowance: Self.anyIdentity)).causes.first
        )
        #expect(cause.advice.contains("If so, add the condition StringNotEquals"), "\(cause.advice)")
        #expect(cause.advice.contains("Do not remove the statement: the change would also allow"))
    }

    @Test func `AWS principals stay denied if the action of tokens is excluded`() throws {
        let user =
            #"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}"#
        var evidence = Self.evidence(#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#)
        guard case .parsed(let policy) = evidence.policy else { return }
        let list = (policy.statements.map(\.document.compactText) + [user]).joined(separator: ",")
        evidence.policy = PolicyEvidence(document: #"{"Version":"2012-10-17","Statement":[\#(list)]}"#)
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.advice.contains("exclude sts:AssumeRoleWithWebIdentity"), "\(cause.advice)")
    }

    @Test func `the address list of a Deny statement is named`() throws {
        let condition = #"{"NotIpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]}}"#
        let cause = try #require(Explanation(Self.evidence(condition)).causes.first)
        #expect(cause.advice.hasPrefix("Make the call from an address in 203.0.113.0/24 or 2001:db8::/32"))
        #expect(cause.advice.contains("egress address), which is 198.51.100.7"), "\(cause.advice)")
        var unknown = Self.evidence(condition)
        unknown.request.sourceIP = nil
        let open = try #require(Explanation(unknown).causes.first)
        #expect(open.id == "depends-on-unknown" && open.evidence.hasPrefix("Statement[1] denies requests "))
        #expect(open.evidence.contains("203.0.113.0/24") && open.advice.contains("(its egress address)"))
    }

    /// Source: AWS re:Post, "How do I restrict access to AWS resources": "Only public IP addresses or public IP ranges are
    /// supported".
    @Test(arguments: ["20.1.2.3", "10.1.2.3", nil])
    func `a Deny statement that exempts only private addresses denies every request`(address: String?) throws
    {
        var evidence = Self.evidence(#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#)
        evidence.request.sourceIP = address
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "denied-explicitly")
        #expect(cause.advice.contains("10.0.0.0/8 is private, so the condition exempts no request"))
        #expect(cause.advice.contains("aws:VpcSourceIp") && !cause.advice.contains("from an address in"))
    }

    @Test func `only the public ranges of a Deny statement are advised`() throws {
        let condition = #"{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","203.0.113.0/24"]}}"#
        let cause = try #require(Explanation(Self.evidence(condition)).causes.first)
        let advice = "Make the call from an address in 203.0.113.0/24: "
        #expect(cause.advice.hasPrefix(advice), "\(cause.advice)")
    }

    @Test(arguments: ["20.1.2.3", "10.1.2.3", nil])
    func `an Allow statement for private addresses is never met`(address: String?) throws {
        let addresses = #","IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#
        let condition = EntraFixture.validCondition.dropLast() + addresses
        var evidence = Self.evidence(nil)
        evidence.policy = PolicyEvidence(document: EntraFixture.policy(condition: String(condition)))
        evidence.request.sourceIP = address
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.summary == "The policy requires a private source address, which no request has.")
        #expect(cause.advice.contains("10.0.0.0/8 is private, so no request meets the condition"))
        let impossible = ["add ", "from an address in"].filter(cause.advice.contains)
        #expect(impossible.isEmpty, "\(cause.advice)")
    }

    @Test func `a private source address is not evaluated`() throws {
        var evidence = Self.evidence(#"{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#)
        evidence.request.sourceIP = "10.1.2.3"
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "depends-on-unknown")
        #expect(cause.advice.contains("not the private address 10.1.2.3"), "\(cause.advice)")
    }

    /// Private addresses and addresses behind a carrier's NAT, and a public address.
    ///
    /// Sources: RFC 1918, section 3; RFC 6598, section 7; RFC 4193, section 3.1; IAM user guide, `aws:VpcSourceIp`.
    static let addresses: [(address: String, isPrivate: Bool)] = [
        ("10.1.2.3", true), ("172.16.0.1", true), ("172.31.255.254", true), ("192.168.0.9", true),
        ("100.64.0.1", true), ("100.127.255.254", true), ("fd00::1", true), ("172.32.0.1", false),
        ("100.128.0.1", false), ("203.0.113.9", false), ("2001:db8::1", false),
    ]

    @Test(arguments: addresses, ["aws:SourceIp", "AWS:sourceip"])
    func `a private source address among the condition keys is not evaluated`(
        value: (address: String, isPrivate: Bool),
        key: String
    ) throws {
        for effect in [#""Allow""#, #""Deny""#] {
            let isDenial = effect.contains("Deny")
            let name = isDenial ? "NotIpAddress" : "IpAddress"
            var evidence = EvidenceFixture.evidence {
                let own = EntraFixture.validCondition.trimmed.dropFirst().dropLast()
                let test =
                    #""\#(name)":{"aws:SourceIp":["203.0.113.0/24","172.32.0.0/16","100.128.0.0/16","2001:db8::/32","\#(value.address)"]}"#
                let first = PolicyHarmTests.statement(isDenial ? String(own) : "\(own),\(test)")
                let second = isDenial ? [PolicyHarmTests.statement(test, effect: "Deny")] : []
                let list = ([first] + second).joined(separator: ",")
                $0.policy = PolicyEvidence(document: #"{"Version":"2012-10-17","Statement":[\#(list)]}"#)
            }
            evidence.request.context = [key: [value.address]]
            let explanation = Explanation(evidence)
            guard value.isPrivate else {
                #expect(explanation.decision == .allow)
                continue
            }
            #expect(explanation.decision == .undetermined)
            let cause = try #require(explanation.causes.first)
            #expect(cause.id == "depends-on-unknown")
            #expect(cause.advice.contains("not the private address \(value.address)."), "\(cause.advice)")
            #expect(cause.advice.contains("Only a request through a VPC endpoint has a private address"))
            #expect(cause.advice.contains("aws:VpcSourceIp"))
        }
    }

    /// Negated operators on a date in a Deny statement, and the reason that no list of values exempts a request.
    ///
    /// Source: IAM user guide, "IAM JSON policy elements: Condition operators".
    static let dates: [(condition: String, reason: String)] = [
        (
            #"{"StringNotEquals":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}}"#,
            "StringNotEquals compares texts, but the value of aws:CurrentTime is a date."
        ),
        (
            #"{"StringNotLike":{"aws:CurrentTime":"2026-*"}}"#,
            "StringNotLike compares texts, but the value of aws:CurrentTime is a date."
        ),
        (
            #"{"StringNotEqualsIgnoreCase":{"aws:CurrentTime":["2026-01-01","2026-01-02"]}}"#,
            "StringNotEqualsIgnoreCase compares texts"
        ),
        (#"{"StringNotEquals":{"aws:CurrentTime":"2026-*"}}"#, "StringNotEquals compares texts"),
        (#"{"StringNotEquals":{"aws:EpochTime":"1767225600"}}"#, "the value of aws:EpochTime is a date."),
        (
            #"{"DateNotEquals":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}}"#,
            "DateNotEquals compares single instants."
        ),
        (
            #"{"NumericNotEquals":{"aws:EpochTime":"1767225600"}}"#,
            "NumericNotEquals compares single instants."
        ),
    ]

    @Test(arguments: dates)
    func `the time of a request is not added to the values of a Deny statement`(
        condition: String,
        reason: String
    ) throws {
        let cause = try #require(Explanation(Self.evidence(condition)).causes.first)
        #expect(cause.id == "denied-explicitly")
        #expect(cause.advice.contains("\(reason)"), "\(cause.advice)")
        #expect(cause.advice.contains("needs a date operator, such as DateLessThan"), "\(cause.advice)")
        #expect(cause.advice.contains("Decide which callers Statement[1] must deny"), "\(cause.advice)")
        let additions = ["to the values of aws:", "Use StringNotLike", "Write the value"]
        #expect(!additions.contains(where: cause.advice.contains), "\(cause.advice)")
    }

    /// Deny statements and Allow statements that exclude the token, and the name of the statement in the reason.
    static let withoutProposal: [(statements: [String], name: String)] = [
        (
            [denial(sid: "Quarantine")],
            "the Deny statement Statement[1] (Sid Quarantine) would still deny the request"
        ),
        ([denial(sid: nil)], "the Deny statement Statement[1] would still deny the request"),
        (
            [
                PolicyHarmTests.statement(#""StringEquals":{"\#(key):sub":"\#(EvidenceFixture.other)"}"#),
                denial(sid: "Old"),
            ],
            "the Deny statement Statement[2] (Sid Old) would still deny the request"
        ),
        (
            [PolicyHarmTests.statement(#""StringNotEquals":{"\#(key):sub":"\#(EntraFixture.subject)"}"#)],
            "because Statement[1] excludes the token's subject or audience"
        ),
    ]

    private static func denial(sid: String?) -> String {
        let name = sid.map { #""Sid":"\#($0)","# } ?? ""
        return #"{\#(name)"Effect":"Deny","Principal":"*","Action":"sts:*","Condition":{"StringEquals":{"#
            + #""\#(key):sub":"\#(EntraFixture.subject)"}}}"#
    }

    @Test(arguments: withoutProposal, [true, false])
    func `the reason that there is no proposal names the statement`(
        row: (statements: [String], name: String),
        hasDeletedPrincipal: Bool
    ) throws {
        let principal =
            hasDeletedPrincipal ? #"{"AWS":"AROA1EXAMPLEEXAMPLE1"}"# : #"{"AWS":"111122223333"}"#
        let user = #"{"Effect":"Allow","Principal":\#(principal),"Action":"sts:AssumeRole"}"#
        let evidence = EvidenceFixture.evidence {
            let list = ([user] + row.statements).joined(separator: ",")
            $0.policy = PolicyEvidence(document: #"{"Version":"2012-10-17","Statement":[\#(list)]}"#)
        }
        let causes = Explanation(evidence).causes
        #expect(causes.contains { $0.fix.contains(row.name) }, "\(causes.map(\.fix))")
        #expect(!causes.flatMap(\.commands).contains { $0.contains("update-assume-role-policy") })
    }

    @Test(arguments: [
        (#""*""#, "sts:*", "Statement[1] denies sts:* to every principal"),
        (
            #"{"Federated":"\#(EntraFixture.providerARN)"}"#, "sts:AssumeRoleWithWebIdentity",
            "Statement[1] denies sts:AssumeRoleWithWebIdentity to \(EntraFixture.providerARN)"
        ),
    ])
    func `a Deny statement without a condition is not narrowed`(
        principal: String,
        action: String,
        advice: String
    ) throws {
        let evidence = Self.evidence(nil, principal: principal, action: action)
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.advice.hasPrefix(advice), "\(cause.advice)")
        #expect(cause.advice.contains("Decide whether") && !cause.advice.contains("narrow"))
        #expect(cause.advice.contains("If so, add the condition StringNotEquals"), "\(cause.advice)")
        #expect(!cause.advice.lowercased().contains("remove the statement"), "\(cause.advice)")
        #expect(cause.evidence.hasPrefix("Statement[1] has no condition"))
    }

    @Test(arguments: [
        #"{"StringEquals":{"\#(key):sub":["x","\#(EntraFixture.subject)"]}}"#,
        #"{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}"#,
    ])
    func `the values that a Deny statement denies are named`(condition: String) throws {
        let cause = try #require(Explanation(Self.evidence(condition)).causes.first)
        #expect(
            cause.advice.hasPrefix("Statement[1] denies requests whose "),
            "\(cause.advice)"
        )
        #expect(cause.advice.hasSuffix("only if the token's identity may assume the role."))
    }

    /// The conditions of a Deny statement, and the part of the advice that limits one condition to the requests that meet
    /// the others.
    static let severalConditions: [(conditions: String, limit: String)] = [
        (
            #"{"StringLike":{"\#(key):sub":"*"},"StringEquals":{"\#(key):aud":"\#(EntraFixture.audience)"}}"#,
            " and that meet the condition on \(key):sub. This request has "
        ),
        (
            #"{"StringNotEquals":{"\#(key):sub":"x"},"StringLike":{"\#(key):aud":"*","sts:RoleSessionName":"*"}}"#,
            "Of the requests that meet the conditions on \(key):aud and on sts:RoleSessionName, Statement[1] exempts only x."
        ),
        (
            #"{"StringNotEquals":{"\#(key):sub":"x"},"StringLike":{"\#(key):sub":"*"}}"#,
            "Of the requests that meet the condition StringLike on \(key):sub, Statement[1] exempts only x."
        ),
        (
            #"{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"},"StringLike":{"\#(key):aud":"*"}}"#,
            "denies requests whose aws:SourceIp is not in 203.0.113.0/24 and that meet the condition on \(key):aud."
        ),
        (
            #"{"StringNotEquals":{"\#(key):oid":"x"},"StringLike":{"\#(key):aud":"*"}}"#,
            "Every request lacks the key, so the condition matches every request: use "
        ),
    ]

    @Test(arguments: severalConditions)
    func `the advice on one of several conditions covers only requests that meet the others`(
        conditions: String,
        limit: String
    ) throws {
        let cause = try #require(Explanation(Self.evidence(conditions)).causes.first)
        #expect(cause.id == "denied-explicitly")
        #expect(cause.advice.contains(limit), "\(cause.advice)")
    }

    /// Conditions of a Deny statement, the evidence after the key, and the label of the values.
    ///
    /// Reference: IAM user guide, "Condition operators".
    static let evidence: [(condition: String, text: String, label: ConditionValueRole)] = [
        (
            #"{"StringLike":{"\#(key):sub":"*"}}"#,
            "whose \(key):sub matches * (StringLike); the request's value is \(EntraFixture.subject), which matches",
            .denied
        ),
        (
            #"{"StringEquals":{"\#(key):sub":["x","\#(EntraFixture.subject)"]}}"#,
            "whose \(key):sub is x or \(EntraFixture.subject) (StringEquals); the request's value is "
                + "\(EntraFixture.subject), which matches", .denied
        ),
        (
            #"{"StringNotEquals":{"\#(key):sub":"x"}}"#,
            "whose \(key):sub is not x (StringNotEquals); the request's value is \(EntraFixture.subject)",
            .exempted
        ),
        (
            #"{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#,
            "whose aws:SourceIp is not in 203.0.113.0/24 (NotIpAddress); the request's value is 198.51.100.7",
            .exempted
        ),
        (
            #"{"DateGreaterThan":{"aws:CurrentTime":"2001-01-01T00:00:00Z"}}"#,
            "whose aws:CurrentTime is after 2001-01-01T00:00:00Z (DateGreaterThan); the request's value is ",
            .denied
        ),
        (
            #"{"Null":{"aws:MultiFactorAuthAge":"true"}}"#,
            "without aws:MultiFactorAuthAge (Null); the request has no value", .denied
        ),
        (
            #"{"Null":{"\#(key):sub":"false"}}"#,
            "with \(key):sub (Null); the request's value is \(EntraFixture.subject)", .denied
        ),
        (
            #"{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}}"#,
            "whose aws:PrincipalOrgID is not o-1 (StringNotEqualsIfExists); the request has no value, and "
                + "StringNotEqualsIfExists matches requests without the key", .exempted
        ),
        (
            #"{"StringLike":{"\#(key):sub":"*"},"StringEquals":{"\#(key):aud":"\#(EntraFixture.audience)"}}"#,
            " and that meet the condition on \(key):sub; ", .denied
        ),
    ]

    @Test(arguments: evidence)
    func `the evidence of a Deny statement states which requests it denies`(
        condition: String,
        text: String,
        label: ConditionValueRole
    ) throws {
        let explanation = Explanation(Self.evidence(condition))
        let cause = try #require(explanation.causes.first)
        #expect(cause.evidence.hasPrefix("Statement[1] denies requests "), "\(cause.evidence)")
        #expect(cause.evidence.contains(text), "\(cause.evidence)")
        #expect(!cause.evidence.contains("requires"))
        #expect(explanation.condition?.role == label)
        #expect(explanation.text().contains("\n   \(label.rawValue) "), "\(explanation.text())")
    }

    @Test(arguments: [
        (
            #"{"StringLike":{"\#(key):sub":"*"}}"#,
            "The trust policy denies this token: Statement[1] denies requests whose \(key):sub matches * (StringLike); "
                + "the request's value is \(EntraFixture.subject), which matches"
        ),
        (nil, "The trust policy denies this token: Statement[1] has no condition"),
    ])
    func `the predicted denial states what the Deny statement denies`(condition: String?, text: String) throws
    {
        let verdict = try #require(Explanation(Self.evidence(condition)).verdict)
        #expect(verdict.denialText(of: "this token") == text)
    }

    @Test func `a predicted denial without a Deny statement states what is required`() throws {
        let evidence = EvidenceFixture.policy(#"{"StringLike":{"\#(Self.key):sub":"x*"}}"#)
        let verdict = try #require(Explanation(evidence).verdict)
        let text =
            "The trust policy does not allow the role of hub: StringLike \(Self.key):sub requires x*, found "
            + EntraFixture.subject
        #expect(verdict.denialText(of: "the role of hub") == text)
    }

    @Test(arguments: [("StringEquals", ConditionValueRole.required), ("StringNotEquals", .excluded)])
    func `an Allow statement requires values, or excludes them with a negated operator`(
        name: String,
        role: ConditionValueRole
    ) throws {
        let value = role == .required ? EvidenceFixture.other : EntraFixture.subject
        let condition = #"{"\#(name)":{"\#(Self.key):sub":"\#(value)"}}"#
        let explanation = Explanation(EvidenceFixture.policy(condition))
        #expect(explanation.condition?.role == role)
        #expect(explanation.causes.first?.evidence.contains(role.verb) == true)
    }

    @Test func `the values that a Deny statement exempts are named`() throws {
        let condition = #"{"StringNotEquals":{"\#(Self.key):sub":"\#(EvidenceFixture.other)"}}"#
        let cause = try #require(Explanation(Self.evidence(condition)).causes.first)
        #expect(cause.advice.contains("exempts only \(EvidenceFixture.other)"), "\(cause.advice)")
        #expect(cause.advice.contains("add \(EntraFixture.subject) to the values of \(Self.key):sub"))
    }
}
