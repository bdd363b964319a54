import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// The first cause of a denial by the operator, the type, or the values of a condition, and its advice.
///
/// Source: reference on AWS, condition semantics, condition keys, and the parameters of AssumeRoleWithWebIdentity.
@Suite(.computing) struct FailedValueTests {
    private static let issuer = EntraFixture.provider
    private static let me = EntraFixture.subject
    private static let other = EvidenceFixture.other
    private static let audience = EntraFixture.audience
    private static let aud = #""\#(issuer):aud":"\#(audience)""#
    private static let own = #""StringEquals":{\#(aud),"\#(issuer):sub":"\#(me)"}"#
    private static let gitHub = "token.actions.githubusercontent.com"

    /// The conditions of the statements, the ID of the first cause, parts of its text, and texts that no cause has.
    struct Row: CustomTestStringConvertible {
        let statements: [String]
        let id: String
        let parts: [String]
        let absent: [String]
        var claims: [String: JSONValue?] = [:]

        init(
            _ statements: String...,
            id: String,
            _ parts: String...,
            absent: [String] = [],
            claims: [String: JSONValue?] = [:]
        ) {
            (self.statements, self.id, self.parts, self.absent) = (statements, id, parts, absent)
            self.claims = claims
        }

        var testDescription: String { statements.joined(separator: " ") }
    }

    private static func allow(_ conditions: String) -> String { PolicyHarmTests.statement(conditions) }
    private static func deny(_ conditions: String) -> String {
        PolicyHarmTests.statement(conditions, effect: "Deny")
    }

    private static func explanation(
        _ statements: [String],
        _ claims: Claims,
        _ change: (inout Evidence) -> Void = { _ in }
    ) -> Explanation {
        Explanation(
            EvidenceFixture.evidence {
                let list = statements.joined(separator: ",")
                $0.policy = PolicyEvidence(document: #"{"Version":"2012-10-17","Statement":[\#(list)]}"#)
                $0.request.mapping = "audit"
                $0.request.sourceIP = "198.51.100.7"
                $0.token = .claims(claims)
                change(&$0)
            }
        )
    }

    private static func check(_ row: Row, _ explanation: Explanation) throws {
        let cause = try #require(explanation.causes.first)
        let text = "\(cause.summary) \(cause.evidence) \(cause.fix)"
        #expect(cause.id == row.id, "\(explanation.causes.map(\.id)): \(text)")
        for part in row.parts { #expect(text.contains(part), "\(text)") }
        for cause in explanation.causes {
            for part in row.absent { #expect(!cause.fix.contains(part), "\(cause.fix)") }
        }
    }

    // Negated operators: the author excluded the value.

    private static let decision =
        "The author of the policy excluded this value and decides whether to allow it."

    static let exclusions = [
        Row(
            allow(#"\#(own),"NotIpAddress":{"aws:SourceIp":"198.51.100.0/24"}"#),
            id: "source-ip-mismatch",
            "excludes 198.51.100.0/24",
            "Run the exchange from an address outside 198.51.100.0/24. AWS sees",
            "is 198.51.100.7.",
            decision,
            absent: ["an address in", "add 198.51.100.7"]
        ),
        Row(
            allow(#"\#(own),"StringNotEquals":{"sts:RoleSessionName":"cambist-audit"}"#),
            id: "session-name-mismatch",
            "Set session_name of `audit` to a value other than cambist-audit",
            decision,
            absent: ["add cambist-audit"]
        ),
        Row(
            allow(#"\#(own),"StringNotLike":{"sts:RoleSessionName":"cambist-*"}"#),
            id: "session-name-mismatch",
            "that does not match cambist-*",
            absent: ["add cambist-audit"]
        ),
        Row(
            allow(#""StringEquals":{"\#(issuer):sub":"\#(me)"},"StringNotEquals":{\#(aud)}"#),
            id: "aud-excluded",
            decision,
            absent: ["add \(audience)"]
        ),
        Row(
            allow(#"\#(own),"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}"#),
            id: "condition-failed",
            "excludes the request's value of aws:RequestedRegion",
            decision,
            absent: ["Change the request's value"]
        ),
        Row(
            allow(#"\#(own),"ArnNotLike":{"aws:FederatedProvider":"\#(EntraFixture.providerARN)"}"#),
            id: "condition-failed",
            "excludes \(EntraFixture.providerARN)",
            decision
        ),
        Row(
            allow(#"\#(own),"NumericNotEquals":{"aws:EpochTime":"\#(EntraFixture.issued + 3600)"}"#),
            id: "outside-dates",
            "excludes the time",
            decision
        ),
        Row(
            allow(#"\#(own),"DateNotEquals":{"aws:EpochTime":"\#(EntraFixture.issued + 3600)"}"#),
            id: "outside-dates",
            "Run the exchange again.",
            decision
        ),
    ]

    @Test(arguments: exclusions)
    func `a negated operator states a decision of the policy's author`(row: Row) throws {
        let explanation = Self.explanation(row.statements, EntraFixture.token())
        try Self.check(row, explanation)
        #expect(explanation.causes.flatMap(\.commands).isEmpty)
    }

    // Operators of another type.

    @Test(
        arguments: [
            "NumericEquals", "Bool", "IpAddress", "DateEquals", "BinaryEquals", "ArnEquals", "ArnLike",
        ],
        ["sub", "aud"]
    )
    func `an operator that cannot compare a text is the first cause`(name: String, claim: String) throws {
        let value = claim == "sub" ? Self.me : Self.audience
        let rest = claim == "sub" ? Self.aud : #""\#(Self.issuer):sub":"\#(Self.me)""#
        for (values, isNamed) in [(value, true), (Self.other, false)] {
            let statement = Self.allow(
                #""StringEquals":{\#(rest)},"\#(name)":{"\#(Self.issuer):\#(claim)":"\#(values)"}"#
            )
            let explanation = Self.explanation([statement], EntraFixture.token())
            let cause = try #require(explanation.causes.first)
            #expect(cause.id == "operator-type", "\(cause.fix)")
            #expect(cause.fix.contains("Replace \(name) with StringEquals") == isNamed, "\(cause.fix)")
        }
    }

    static let types = [
        Row(
            allow(#"\#(own),"StringEqualsIgnoreCase":{"aws:CurrentTime":"2026-12-31T00:00:00Z"}"#),
            id: "operator-type",
            "StringEqualsIgnoreCase cannot compare a date",
            "a date operator, such as DateLessThan",
            absent: ["allowed period"]
        ),
        Row(
            allow(#"\#(own),"NumericLessThan":{"aws:CurrentTime":"1"}"#),
            id: "operator-type",
            "NumericLessThan cannot compare a date",
            "a date operator, such as DateLessThan"
        ),
        Row(
            allow(#"\#(own),"Bool":{"aws:SourceIp":"true"}"#),
            id: "operator-type",
            "The key needs IpAddress or NotIpAddress"
        ),
        Row(
            allow(#"\#(own),"StringLike":{"aws:SourceIp":"198.51.100.0/24"}"#),
            id: "operator-type",
            "a range of addresses never matches"
        ),
        Row(
            allow(#""StringEquals":{\#(aud)},"NumericNotEquals":{"\#(issuer):sub":"\#(me)"}"#),
            id: "sub-excluded",
            "excludes \(me)",
            absent: ["StringNotEquals"]
        ),
    ]

    @Test(arguments: types)
    func `the type of a key's value decides which operators compare it`(row: Row) throws {
        try Self.check(row, Self.explanation(row.statements, EntraFixture.token()))
    }

    // Keys that AWS does not have, and keys that depend on the token.

    private static let author = ConditionVerdict.authorDecides
    private static let tags: JSONValue = .object([
        "principal_tags": .object(["team": .array([.string("red")])])
    ])

    static let keys = [
        Row(
            allow(#"\#(own),"StringLike":{"sts:RoleSessionName":"${\#(issuer):oid}"}"#),
            id: "variable-absent",
            "AWS has no condition key for the claim oid of Entra, whatever the token contains",
            absent: ["the token has no claim oid"]
        ),
        Row(
            allow(#"\#(own),"StringLike":{"sts:RoleSessionName":"${\#(issuer):appid}-*"}"#),
            id: "variable-absent",
            "AWS has no condition key for the claim appid"
        ),
        Row(
            allow(#"\#(own),"StringLike":{"sts:RoleSessionName":"${\#(issuer.dropLast()):sub}"}"#),
            id: "variable-absent",
            "the key of the token's provider is \(issuer):sub"
        ),
        Row(
            allow(#"\#(own),"Null":{"aws:TagKeys":"false"}"#),
            id: "key-absent",
            "Entra does not put the claim https://aws.amazon.com/tags into tokens",
            author,
            absent: ["ForAllValues", "Remove"]
        ),
        Row(
            allow(#"\#(own),"Null":{"sts:TransitiveTagKeys":"false"}"#),
            id: "key-absent",
            author,
            absent: ["Remove"]
        ),
        Row(
            allow(#"\#(own),"Null":{"aws:RequestTag/team":"false"}"#),
            id: "key-absent",
            "no parameter of AssumeRoleWithWebIdentity sets aws:RequestTag/team",
            author,
            absent: ["Remove"]
        ),
        Row(
            allow(#"\#(own),"Null":{"sts:SourceIdentity":"false"}"#),
            id: "key-absent",
            "https://aws.amazon.com/source_identity into tokens for managed identities",
            author,
            absent: ["Configure the issuer", "Remove", "instead"]
        ),
        Row(
            allow(#"\#(own),"Null":{"aws:TagKeys":"true"}"#),
            id: "key-present",
            "The token's claim https://aws.amazon.com/tags sets session tags (team)",
            absent: ["StringEquals on aws:TagKeys"],
            claims: ["https://aws.amazon.com/tags": tags]
        ),
        Row(
            allow(#"\#(own),"Null":{"\#(issuer):email":"true"}"#),
            id: "key-present",
            "the condition needs a token without the claim",
            absent: ["with StringEquals"],
            claims: ["email": .string("a@b.example")]
        ),
        Row(
            allow(#"\#(own),"Null":{"sts:RoleSessionName":"true"}"#),
            id: "key-present",
            "Every request has sts:RoleSessionName"
        ),
        Row(
            allow(#"\#(own),"StringLike":{"\#(issuer):email":"a@b.example"}"#),
            id: "key-absent",
            "The condition needs a user's token. \(author)",
            absent: ["Remove"]
        ),
        Row(
            allow(#"\#(own),"ForAnyValue:StringEquals":{"\#(issuer):amr":"mfa"}"#),
            id: "key-absent",
            "The condition needs a user's token. \(author)",
            absent: ["Remove"]
        ),
        Row(
            allow(#"\#(own),"ForAnyValue:StringEquals":{"\#(issuer):roles":"AssumeRoleWithWebIdentity"}"#),
            id: "condition-key-unsupported",
            "AWS cannot test the claim roles",
            "appRoleAssignmentRequired",
            author,
            absent: ["Remove"]
        ),
    ]

    @Test(arguments: keys)
    func `a condition on a key that the request lacks or has names its origin`(row: Row) throws {
        try Self.check(row, Self.explanation(row.statements, EntraFixture.token(row.claims)))
    }

    // Session names.

    private static let rule = "A role session name has 2 to 64 characters"

    static let names = [
        Row(
            allow(#"\#(own),"StringLike":{"sts:RoleSessionName":"a b/c"}"#),
            id: "session-name-mismatch",
            rule,
            "so no name can be a b/c",
            absent: ["Set session_name"]
        ),
        Row(
            allow(#"\#(own),"StringLike":{"sts:RoleSessionName":["a b/c","prod-*"]}"#),
            id: "session-name-mismatch",
            "Set session_name of `audit` to a value that matches prod-* "
        ),
        Row(
            allow(#"\#(own),"StringLike":{"sts:RoleSessionName":"${\#(issuer):sub}-*"}"#),
            id: "session-name-mismatch",
            "Set session_name of `audit` to a value that matches \(me)-* "
        ),
        Row(
            allow(#"\#(own),"StringLike":{"sts:RoleSessionName":"Cambist-audit"}"#),
            id: "value-case",
            "Set session_name of `audit` to Cambist-audit"
        ),
        Row(
            allow(#"\#(own),"StringLike":{"sts:RoleSessionName":"a"}"#),
            id: "session-name-mismatch",
            rule
        ),
        Row(
            allow(own),
            deny(#""StringLike":{"sts:RoleSessionName":"*"}"#),
            id: "denied-explicitly",
            "Every role session name matches *",
            absent: ["Set session_name"]
        ),
        Row(
            allow(own),
            deny(#""StringNotEquals":{"sts:RoleSessionName":"a b/c"}"#),
            id: "denied-explicitly",
            "no name can be a b/c",
            absent: ["Set session_name"]
        ),
        Row(
            allow(own),
            deny(#""StringNotEquals":{"sts:RoleSessionName":"Cambist-audit"}"#),
            id: "denied-explicitly",
            "Set session_name of `audit` to Cambist-audit"
        ),
    ]

    @Test(arguments: names)
    func `the advice on a session name names only possible names`(row: Row) throws {
        try Self.check(row, Self.explanation(row.statements, EntraFixture.token()))
    }

    // White space and invisible characters.

    @Test(arguments: [
        ("\u{200B}", "U+200B (zero width space)"), ("\u{A0}", "U+00A0 (no-break space)"),
        ("\u{FEFF}", "U+FEFF (zero width no-break space)"), ("\r", "U+000D"), ("\t", "U+0009"),
        (" ", "U+0020 (space)"),
    ])
    func `an invisible character in a value or a key is named with its position`(
        character: String,
        name: String
    ) throws {
        let escaped = character.unicodeScalars.map {
            #"\u"# + String(0x10000 + $0.value, radix: 16).dropFirst()
        }
        .joined()
        let value = Self.allow(
            #""StringEquals":{\#(Self.aud),"\#(Self.issuer):sub":"\#(Self.me)\#(escaped)"}"#
        )
        let cause = try #require(Self.explanation([value], EntraFixture.token()).causes.first)
        #expect(cause.id == "value-blanks")
        #expect(cause.summary.contains("\(name)") && cause.summary.contains("at character 37, the last"))
        #expect(cause.fix.contains("Write the value as \(Self.me)"), "\(cause.fix)")
        let key = Self.allow(
            #""StringEquals":{\#(Self.aud),"\#(Self.issuer):sub\#(escaped)":"\#(Self.me)"}"#
        )
        let mistake = try #require(Self.explanation([key], EntraFixture.token()).causes.first)
        #expect(mistake.id == "condition-key-blank" && mistake.summary.contains(name), "\(mistake)")
        #expect(mistake.fix.contains("Write the key as \(Self.issuer):sub"), "\(mistake.fix)")
    }

    // The nearest statement and its first condition.

    static let statements = [
        Row(
            allow(#""StringEquals":{\#(aud),"\#(issuer):sub":"\#(other)"}"#),
            allow(#""StringEquals":{\#(aud)},"StringNotEquals":{"\#(issuer):sub":"\#(me)"}"#),
            id: "sub-excluded",
            "Statement[1]"
        ),
        Row(
            allow(
                #""StringEquals":{\#(aud),"\#(issuer):sub":"\#(other)"},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#
            ),
            id: "sub-mismatch",
            "Statement[0]"
        ),
        Row(
            allow(#""StringEquals":{\#(aud)},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#),
            allow(#"\#(own),"StringLike":{"sts:RoleSessionName":"prod"}"#),
            id: "session-name-mismatch",
            "Statement[1]"
        ),
        Row(
            allow(
                #""StringEquals":{"\#(issuer):aud":"api://old","\#(issuer):sub":"\#(other)"},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#
            ),
            allow(#"\#(own),"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}"#),
            id: "source-ip-mismatch",
            "Statement[1]",
            "192.0.2.0/24"
        ),
    ]

    @Test(arguments: statements)
    func `the first cause is in the statement that names this identity`(row: Row) throws {
        let explanation = Self.explanation(row.statements, EntraFixture.token())
        try Self.check(row, explanation)
        let key = explanation.condition?.key ?? ""
        #expect(explanation.causes.first?.evidence.contains(key) == true)
    }

    // A user's token.

    @Test func `a cause in a statement that names the user precedes the kind of the token`() throws {
        let user: [String: JSONValue?] = [
            "idtyp": .string("user"), "sub": .string("pairwise"), "amr": .array([.string("pwd")]),
        ]
        for (condition, id) in [
            (#""ForAnyValue:StringEquals":{"\#(Self.issuer):amr":"mfa"}"#, "condition-failed"),
            (#""StringLike":{"sts:RoleSessionName":"prod"}"#, "session-name-mismatch"),
        ] {
            let statement = Self.allow(
                #""StringEquals":{\#(Self.aud),"\#(Self.issuer):sub":"pairwise"},\#(condition)"#
            )
            let causes = Self.explanation([statement], EntraFixture.token(user)).causes
            #expect(
                causes.first?.id == id && causes.contains { $0.id == "user-token" },
                "\(causes.map(\.id))"
            )
            let elsewhere = Self.allow(
                #""StringEquals":{\#(Self.aud),"\#(Self.issuer):sub":"\#(Self.me)"},\#(condition)"#
            )
            #expect(Self.explanation([elsewhere], EntraFixture.token(user)).causes.first?.id == "user-token")
        }
    }

    // Deny statements.

    static let denials = [
        Row(
            allow(own),
            deny(#""IpAddress":{"aws:SourceIp":"198.51.100.0/24"}"#),
            id: "denied-explicitly",
            "Make the call from another address. AWS sees",
            "which is 198.51.100.7"
        ),
        Row(
            allow(own),
            deny(#""DateLessThan":{"aws:CurrentTime":"2099-01-01T00:00:00+01:00"}"#),
            id: "denied-explicitly",
            "The denial ends at 2098-12-31T23:00:00Z: wait until then."
        ),
        Row(
            allow(own),
            deny(
                #""DateGreaterThan":{"aws:CurrentTime":"2020-01-01"},"DateLessThan":{"aws:CurrentTime":"2099-01-01"}"#
            ),
            id: "denied-explicitly",
            "The denial ends at 2099-01-01T00:00:00Z"
        ),
        Row(
            allow(own),
            deny(#""NumericGreaterThan":{"aws:EpochTime":"1577836800"}"#),
            id: "denied-explicitly",
            "The denial began at 2020-01-01T00:00:00Z."
        ),
        Row(
            allow(#"\#(own),"DateGreaterThan":{"aws:CurrentTime":"2099-01-01"}"#),
            id: "outside-dates",
            "The allowed period begins at 2099-01-01T00:00:00Z: wait until then."
        ),
        Row(
            allow(#"\#(own),"DateLessThan":{"aws:CurrentTime":["2020-01-01","2021-01-01"]}"#),
            id: "outside-dates",
            "The allowed period ended at 2021-01-01T00:00:00Z."
        ),
    ]

    @Test(arguments: denials)
    func `the advice states the address, and when a period begins or ends`(row: Row) throws {
        try Self.check(row, Self.explanation(row.statements, EntraFixture.token()))
    }

    // GitHub.

    private static let job =
        #""\#(gitHub):aud":"sts.amazonaws.com","\#(gitHub):sub":"repo:acme/app:ref:refs/heads/dev""#

    static let jobs: [Row] = [
        Row(
            #""StringEquals":{\#(job),"\#(gitHub):repository":"acme/lib"}"#,
            id: "condition-failed",
            "The token's repository is acme/app; the policy requires acme/lib. Run the workflow in the repository acme/lib."
        ),
        Row(
            #""StringEquals":{\#(job),"\#(gitHub):ref":"refs/heads/main"}"#,
            id: "condition-failed",
            "The token's ref is refs/heads/dev; the policy requires refs/heads/main. Run the workflow on the branch or tag"
        ),
        Row(
            #""StringEquals":{\#(job)},"StringLike":{"\#(gitHub):job_workflow_ref":"acme/ci/*"}"#,
            id: "condition-failed",
            "Call the reusable workflow acme/ci/*"
        ),
        Row(
            #""StringEquals":{\#(job),"\#(gitHub):environment":"prod"}"#,
            id: "key-absent",
            "Set environment of the workflow's job."
        ),
        Row(
            #""StringEquals":{"\#(gitHub):aud":"sts.amazonaws.com","\#(gitHub):sub":"repo:acme/app:environment:prod"}"#,
            id: "sub-mismatch",
            "The token comes from the ref refs/heads/dev of the repository acme/app",
            "the policy requires the environment prod of the repository acme/app"
        ),
        Row(
            #""StringEquals":{"\#(gitHub):aud":"sts.amazonaws.com"},"StringLike":{"\#(gitHub):sub":"repo:acme/app:${*}"}"#,
            id: "sub-mismatch",
            "${*} is the character *"
        ),
    ]

    @Test(arguments: jobs)
    func `the advice states from which job the token comes and which the policy requires`(row: Row) throws {
        let principal = #"{"Federated":"arn:aws:iam::111122223333:oidc-provider/\#(Self.gitHub)"}"#
        let statements = row.statements.map { PolicyHarmTests.statement($0, principal: principal) }
        let claims = Claims(
            header: ["alg": .string("RS256"), "kid": .string("k1")],
            payload: [
                "iss": .string("https://\(Self.gitHub)"), "aud": .string("sts.amazonaws.com"),
                "sub": .string("repo:acme/app:ref:refs/heads/dev"), "ref": .string("refs/heads/dev"),
                "repository": .string("acme/app"),
                "job_workflow_ref": .string("acme/app/.github/workflows/a.yml@refs/heads/dev"),
                "iat": .integer(EntraFixture.issued), "exp": .integer(EntraFixture.issued + 7200),
            ]
        )
        let explanation = Self.explanation(statements, claims) {
            $0.providers = nil
            $0.identity = nil
            $0.request.audience = nil
            $0.request.appRole = nil
        }
        try Self.check(row, explanation)
    }

    // URLs that IAM cannot have.

    @Test(arguments: [
        ("sts.windows.net:443/\(EntraFixture.tenant)/", "a port (:443)"),
        ("\(issuer)?x=1", "a query (?x=1)"), ("\(issuer)#a", "a fragment (#a)"),
        (#"'\#(issuer)'"#, "quotation marks"), (#"sts.windows.net/\u200b\#(EntraFixture.tenant)/"#, "U+200B"),
    ])
    func `a URL that IAM cannot have is one cause`(url: String, part: String) throws {
        let principal = PolicyHarmTests.statement(
            Self.own,
            principal: #"{"Federated":"arn:aws:iam::111122223333:oidc-provider/\#(url)"}"#
        )
        let causes = Self.explanation([principal], EntraFixture.token()).causes
        #expect(causes.map(\.id).filter { $0.hasPrefix("principal") } == ["principal-url-invalid"])
        #expect(causes.first?.summary.contains(part) == true, "\(causes)")
        let key = Self.allow(#""StringEquals":{\#(Self.aud),"\#(url):sub":"\#(Self.me)"}"#)
        let mistake = try #require(Self.explanation([key], EntraFixture.token()).causes.first)
        #expect(mistake.summary.contains(part), "\(mistake)")
    }

    // Source: reference on AWS, condition semantics: all conditions of a statement must hold.
    @Test(arguments: [
        #""Bool":{"aws:SecureTransport":"true"}"#, #""Null":{"\#(issuer):sub":"false"}"#,
        #""IpAddress":{"aws:SourceIp":"198.51.100.0/24"}"#,
        #""StringEquals":{"aws:RequestedRegion":"eu-west-1"}"#,
    ])
    func `a subject can be added to a list beside a further condition`(further: String) throws {
        let names =
            #""StringEqualsIfExists":{\#(Self.aud)},"StringLike":{"\#(Self.issuer):sub":"\#(Self.other)"}"#
        let statement = Self.allow("\(names),\(further)")
        let evidence = EvidenceFixture.evidence {
            $0.policy = PolicyEvidence(document: #"{"Version":"2012-10-17","Statement":[\#(statement)]}"#)
        }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "sub-mismatch")
        #expect(cause.fix.contains("add its sub \(Self.me)"), "\(cause.fix)")
        #expect(!cause.fix.contains("would also allow other identities"), "\(cause.fix)")
    }

    // Source: reference on AWS, condition keys: `xms_mirid` is not a key.
    @Test(arguments: ["xms_mirid", "upn", "email"])
    func `a claim that the token lacks does not show that a statement means another identity`(
        claim: String
    ) throws {
        let evidence = EvidenceFixture.policy(
            #"{"StringEquals":{\#(Self.aud),"\#(Self.issuer):sub":"\#(Self.me)","\#(Self.issuer):\#(claim)":"/logging"}}"#
        )
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(["condition-key-unsupported", "key-absent"].contains(cause.id), "\(cause.id)")
        #expect(!cause.summary.contains("another identity"))
    }

    // Source: Microsoft Entra, "Access token claims reference": the forms of `sub`.
    @Test(arguments: [
        (
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/l",
            "resource ID"
        ),
        ("AssumeRoleWithWebIdentity", "the token's app role"),
        ("system:serviceaccount:ns:sa", "Kubernetes service account"), ("repo:org/shop:ref:main", "GitHub"),
        ("rahel@example.com", "a user name"),
    ])
    func `a sub in a form that no identity of Entra has is named`(value: String, form: String) throws {
        let evidence = EvidenceFixture.policy(
            #"{"StringEquals":{\#(Self.aud),"\#(Self.issuer):sub":"\#(value)"}}"#
        )
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(
            cause.summary.contains(form) && !cause.summary.contains("another identity"),
            "\(cause.summary)"
        )
        let replacement =
            "replace \(value) in the condition with its sub \(Self.me), but only if no other caller uses the statement."
        #expect(cause.fix.contains(replacement), "\(cause.fix)")
        #expect(cause.fix.contains("Preferably, add a statement that allows only"), "\(cause.fix)")
        #expect(!cause.fix.contains("add its sub") && !cause.commands.isEmpty, "\(cause.fix)")
    }

    /// Values of `sub` that are the ID of an application, and a part of the cause's text.
    @Test(arguments: [
        (other, "application ID of the audience", nil as String?, [] as [String]),
        (other.uppercased(), "application ID of the audience", nil, []),
        (application, "application ID of the audience", application, []),
        (other, "object ID of an application", nil, [other]),
    ])
    func `the ID of an application is replaced only if no other caller uses the statement`(
        value: String,
        part: String,
        assigned: String?,
        objects: [String]
    ) throws {
        let evidence = EvidenceFixture.evidence {
            let audience = objects.isEmpty && assigned == nil ? "api://\(Self.other)" : Self.audience
            $0.token = .claims(EntraFixture.token(["aud": .string(audience)]))
            $0.request.audience = audience
            $0.providers = nil
            $0.applicationIDs = Set(objects)
            if let assigned {
                $0.assignment = AssignmentFacts(isRequired: false, assigned: $0.now)
                $0.assignment?.applicationID = assigned
            }
            let aud = #""\#(Self.issuer):aud":"\#(audience)""#
            $0.policy = PolicyEvidence(
                document: EntraFixture.policy(
                    condition: #"{"StringEquals":{\#(aud),"\#(Self.issuer):sub":"\#(value)"}}"#
                )
            )
        }
        let cause = try #require(Explanation(evidence).causes.first { $0.id.hasPrefix("sub-") })
        #expect(cause.summary.contains(part), "\(cause.summary)")
        #expect(cause.fix.contains("but only if no other caller uses the statement."), "\(cause.fix)")
        #expect(cause.fix.contains("Preferably, add a statement that allows only"), "\(cause.fix)")
    }

    private static let application = "12121212-3434-5656-7878-909090909090"

    /// Values of `sub` in a statement for GitHub that have the form of another issuer's subjects, and their noun.
    ///
    /// Source: GitHub, "OpenID Connect reference": subjects begin with `repo:` unless they are customized.
    @Test(arguments: [
        ("system:serviceaccount:ns:sa", "the name of a Kubernetes service account"),
        (other, "an object ID of Entra"), ("repo:acme/lib:ref:refs/heads/main", nil as String?),
        ("environment:prod", nil),
    ])
    func `a sub of another issuer in a statement for GitHub is named`(value: String, noun: String?) throws {
        let principal = #"{"Federated":"arn:aws:iam::111122223333:oidc-provider/\#(Self.gitHub)"}"#
        let condition =
            #""StringEquals":{"\#(Self.gitHub):aud":"sts.amazonaws.com","\#(Self.gitHub):sub":"\#(value)"}"#
        let claims = Claims(
            header: ["alg": .string("RS256"), "kid": .string("k1")],
            payload: [
                "iss": .string("https://\(Self.gitHub)"), "aud": .string("sts.amazonaws.com"),
                "sub": .string("repo:acme/app:ref:refs/heads/dev"), "iat": .integer(EntraFixture.issued),
                "exp": .integer(EntraFixture.issued + 7200),
            ]
        )
        let explanation = Self.explanation(
            [PolicyHarmTests.statement(condition, principal: principal)],
            claims
        ) {
            $0.providers = nil
            $0.identity = nil
            $0.request.audience = nil
            $0.request.appRole = nil
        }
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "sub-mismatch")
        #expect(
            cause.fix.contains("but only if no other caller uses the statement") == (noun != nil),
            "\(cause.fix)"
        )
        if let noun { #expect(cause.summary.contains(noun), "\(cause.summary)") }
    }
}
