import TestSupport
import Testing

@testable import Federation
@testable import TrustPolicy

@Suite(.computing) struct PolicyLintTests {
    static let aud = #""\#(EntraFixture.provider):aud": "\#(EntraFixture.audience)""#
    static let sub = #""\#(EntraFixture.provider):sub": "\#(EntraFixture.subject)""#

    private func lint(_ text: String, provider: String? = nil) throws -> [String] {
        try TrustPolicy(parsing: text, quota: nil).lint(provider: provider).map(\.id)
    }

    static let conditions: [(condition: String?, ids: [String])] = [
        (EntraFixture.validCondition, []),
        (#"{"StringEquals": {\#(sub)}}"#, []),
        (nil, ["no-condition", "no-sub"]),
        (#"{"StringEquals": {\#(aud)}}"#, ["no-sub", "only-aud"]),
        // The provider's client IDs restrict aud, so a condition on aud is not required. A negated condition, a
        // condition for the key's presence, and a pattern that every audience matches require no audience.
        (#"{"StringNotEquals": {\#(aud)}}"#, ["negated-guard", "no-sub"]),
        (#"{"StringNotLike": {\#(aud)}}"#, ["negated-guard", "no-sub"]),
        (#"{"Null": {"\#(EntraFixture.provider):aud": "false"}}"#, ["no-sub"]),
        (#"{"StringLike": {"\#(EntraFixture.provider):aud": "*"}}"#, ["no-sub"]),
        (#"{"StringEqualsIfExists": {\#(aud)}}"#, ["if-exists-guard", "no-sub", "only-aud"]),
        (
            #"{"StringEquals": {\#(aud)}, "StringNotEquals": {"\#(EntraFixture.provider):aud": "x"}}"#,
            ["no-sub", "only-aud"]
        ),
        (#"{"StringEquals": {"sts:RoleSessionName": "x"}}"#, ["no-sub"]),
        (#"{"StringLike": {\#(aud), "\#(EntraFixture.provider):sub": "*"}}"#, ["no-sub"]),
        (#"{"ForAllValues:StringEquals": {\#(sub)}}"#, ["for-all-values-guard", "no-sub"]),
        (
            #"{"ForAllValues:StringEquals": {\#(sub)}, "Null": {"\#(EntraFixture.provider):sub": "false"}}"#,
            []
        ),
        (#"{"StringEqualsIfExists": {\#(sub)}}"#, ["if-exists-guard", "no-sub"]),
        (#"{"StringNotEquals": {\#(sub)}}"#, ["negated-guard", "no-sub"]),
        (#"{"StringEquals": {\#(aud)}, "StringNotEquals": {\#(sub)}}"#, ["no-sub"]),
        (
            #"{"StringEquals": {\#(sub), "sts.windows.net/\#(EntraFixture.tenant):aud": "\#(EntraFixture.audience)"}}"#,
            ["key-slash"]
        ),
        (#"{"StringEquals": {\#(sub), "https://\#(EntraFixture.provider):aud": "x"}}"#, ["key-prefix"]),
        (
            #"{"StringEquals": {\#(sub), "login.microsoftonline.com/t/v2.0/:aud": "x"}}"#, ["key-slash"]
        ),
        (#"{"StringEquals": {\#(sub), "login.microsoftonline.com/t/v2.0:aud": "x"}}"#, []),
        (#"{"StringEquals": {\#(sub), "sts.windows.net:aud": "x"}}"#, ["key-tenant"]),
        (#"{"StringEquals": {\#(sub), "sts.windows.net/:aud": "x"}}"#, ["key-tenant"]),
        (#"{"StringEquals": {\#(sub), "\#(EntraFixture.provider): aud": "x"}}"#, ["key-blank"]),
        (#"{"StringEquals": {\#(sub), "\#(EntraFixture.provider):aud ": "x"}}"#, ["key-blank"]),
        (#"{"StringEquals": {\#(sub), "\#(EntraFixture.provider):oid": "x"}}"#, ["unsupported-claim"]),
        (#"{"StringEquals": {\#(sub), "token.actions.githubusercontent.com:actor": "x"}}"#, []),
        (
            #"{"StringEquals": {"\#(EntraFixture.provider):sub": "\#(EntraFixture.subject.uppercased())"}}"#,
            ["guid-upper-case"]
        ),
        (
            #"{"StringEquals": {\#(sub), "\#(EntraFixture.provider):aud": "api://*"}}"#,
            ["wildcard-under-equals"]
        ),
        (#"{"StringEquals": {\#(sub)}, "IpAddress": {"aws:SourceIp": "10.0.0.0/99"}}"#, ["value-unreadable"]),
    ]

    /// Conditions and their finding, as the operator reads it.
    static let messages: [(condition: String, message: String)] = [
        (
            #"{"StringEquals": {\#(sub), "sts.windows.net/t:aud": "x"}}"#,
            "Statement[0] has the condition key sts.windows.net/t:aud (StringEquals). The key must be "
                + "sts.windows.net/t/:aud, with the trailing slash, as in the issuer's URL."
        ),
        (
            #"{"StringEquals": {\#(sub), "https://\#(EntraFixture.provider):aud": "x"}}"#,
            "Statement[0] has the condition key https://\(EntraFixture.provider):aud (StringEquals). AWS omits https:// "
                + "in condition keys."
        ),
        (
            #"{"StringEquals": {\#(sub), "\#(EntraFixture.provider):oid": "x"}}"#,
            "Statement[0] has the condition key \(EntraFixture.provider):oid (StringEquals). AWS has no condition key "
                + "for oid, so every request lacks the key; use sub and aud."
        ),
        (
            #"{"StringEquals": {\#(sub), "\#(EntraFixture.provider):aud": "api://*"}}"#,
            "Statement[0] has the value api://* for \(EntraFixture.provider):aud (StringEquals). With this operator, * "
                + "and ? match only themselves."
        ),
        (
            #"{"StringEquals": {\#(sub)}, "IpAddress": {"aws:SourceIp": "10.0.0.0/99"}}"#,
            "Statement[0] has a value for aws:SourceIp (IpAddress) that this condition operator cannot parse."
        ),
    ]

    @Test(arguments: messages)
    func `a finding names the condition key and the operator`(condition: String, message: String) throws {
        let text = EntraFixture.policy(condition: condition)
        let findings = try TrustPolicy(parsing: text, quota: nil).lint(provider: nil)
        #expect(findings.map(\.message) == [message])
    }

    /// A statement for AWS principals and tokens, whose requests have different keys.
    static let mixed: [(condition: String, ids: [String], advice: String)] = [
        (#"{"StringEqualsIfExists": {\#(sub), \#(aud)}}"#, [], ""),
        (
            #"{"StringEqualsIfExists": {\#(aud), "sts:ExternalId": "x"}}"#, ["no-sub"],
            "does not restrict sub"
        ),
        (
            #"{"StringEqualsIfExists": {"sts:ExternalId": "x"}}"#, ["if-exists-guard", "no-sub"],
            "use a separate statement for each kind of principal"
        ),
        (
            #"{"StringEqualsIfExists": {"sts.windows.net/x/:sub": "x"}}"#, ["if-exists-guard", "no-sub"],
            "use a separate statement for each kind of principal"
        ),
        (
            #"{"StringLikeIfExists": {"\#(EntraFixture.provider):sub": "*"}}"#,
            ["if-exists-guard", "no-sub"], ""
        ),
    ]

    @Test(arguments: mixed)
    func `IfExists is right in a statement that also names AWS principals`(
        condition: String,
        ids: [String],
        advice: String
    ) throws {
        let text = EntraFixture.policy(
            condition: condition,
            principal:
                #"{"Federated": "\#(EntraFixture.providerARN)", "AWS": "arn:aws:iam::111122223333:role/hub"}"#,
            action: #""Action": ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"]"#
        )
        let findings = try TrustPolicy(parsing: text).lint()
        #expect(findings.map(\.id) == ids)
        #expect(advice.isEmpty || findings.contains { $0.message.contains(advice) }, "\(findings)")
        #expect(!findings.contains { $0.message.contains("remove IfExists") })
    }

    @Test(arguments: [
        (#""\#(EntraFixture.provider):sub": "x""#, "remove IfExists"),
        (#""sts:ExternalId": "x""#, "require the provider's :sub and :aud"),
        (#""aws:PrincipalOrgID": "o-1""#, "require the provider's :sub and :aud"),
    ])
    func `IfExists is not removed from a key that no token has`(condition: String, advice: String) throws {
        let text = EntraFixture.policy(condition: #"{"StringEqualsIfExists": {\#(condition)}}"#)
        let findings = try TrustPolicy(parsing: text).lint()
        #expect(
            findings.contains { $0.id == "if-exists-guard" && $0.message.contains(advice) },
            "\(findings)"
        )
    }

    @Test(arguments: conditions)
    func `a weak condition is found`(condition: String?, ids: [String]) throws {
        #expect(try lint(EntraFixture.policy(condition: condition)) == ids)
    }

    static let builtInProviders: [(provider: String, condition: String?, ids: [String])] = [
        ("accounts.google.com", nil, ["no-condition", "no-aud", "no-sub"]),
        ("accounts.google.com", #"{"StringEquals": {"PROVIDER:aud": "c"}}"#, ["no-sub"]),
        ("accounts.google.com", #"{"StringEquals": {"PROVIDER:sub": "1"}}"#, ["no-aud"]),
        ("accounts.google.com", #"{"StringEquals": {"PROVIDER:aud": "c", "PROVIDER:sub": "1"}}"#, []),
        ("accounts.google.com", #"{"StringLike": {"PROVIDER:aud": "c", "PROVIDER:sub": "*"}}"#, ["no-sub"]),
        (
            "accounts.google.com", #"{"StringEqualsIfExists": {"PROVIDER:sub": "1"}}"#,
            ["if-exists-guard", "no-aud", "no-sub"]
        ),
        ("cognito-identity.amazonaws.com", nil, ["no-condition", "no-aud", "no-sub"]),
        ("cognito-identity.amazonaws.com", #"{"StringEquals": {"PROVIDER:aud": "p"}}"#, ["no-sub"]),
        (
            "cognito-identity.amazonaws.com",
            #"{"StringEquals": {"PROVIDER:aud": "p"}, "ForAnyValue:StringLike": {"PROVIDER:amr": "authenticated"}}"#,
            []
        ),
        ("graph.facebook.com", #"{"StringEquals": {"PROVIDER:app_id": "a"}}"#, ["no-sub"]),
        ("graph.facebook.com", #"{"StringEquals": {"PROVIDER:app_id": "a", "PROVIDER:id": "1"}}"#, []),
        ("www.amazon.com", #"{"StringEquals": {"PROVIDER:user_id": "u"}}"#, ["no-aud"]),
        ("www.amazon.com", #"{"StringEquals": {"PROVIDER:app_id": "a", "PROVIDER:user_id": "u"}}"#, []),
    ]

    @Test(arguments: builtInProviders)
    func `a statement for a built-in provider requires the application and the user`(
        provider: String,
        condition: String?,
        ids: [String]
    ) throws {
        let text = EntraFixture.policy(
            condition: condition?.replacing("PROVIDER", with: provider),
            principal: #"{"Federated": "\#(provider)"}"#
        )
        let findings = try TrustPolicy(parsing: text).lint()
        #expect(findings.map(\.id) == ids)
        #expect(findings.allSatisfy { $0.severity == .high })
    }

    @Test func `conditions on the keys of one provider exclude the tokens of another`() throws {
        let text = EntraFixture.policy(
            condition: EntraFixture.validCondition,
            principal: #"{"Federated": ["\#(EntraFixture.providerARN)", "accounts.google.com"]}"#
        )
        #expect(try lint(text).isEmpty)
    }

    @Test func `the principal * is found`() throws {
        #expect(
            try lint(EntraFixture.policy(condition: EntraFixture.validCondition, principal: #""*""#)) == [
                "principal-everyone"
            ]
        )
    }

    @Test(arguments: [
        "arn:aws:iam::111122223333:oidc-provider/sts.windows.net/\(EntraFixture.tenant)",
        "arn:aws:iam::111122223333:oidc-provider/login.microsoftonline.com/\(EntraFixture.tenant)/v2.0/",
    ])
    func `a Federated ARN whose slash is wrong is found`(arn: String) throws {
        let text = EntraFixture.policy(
            condition: EntraFixture.validCondition,
            principal: #"{"Federated": "\#(arn)"}"#
        )
        #expect(try lint(text) == ["federated-arn"])
    }

    @Test func `a Federated ARN other than the account's provider is found`() throws {
        let text = EntraFixture.policy(condition: EntraFixture.validCondition)
        #expect(try lint(text, provider: EntraFixture.providerARN).isEmpty)
        #expect(
            try lint(text, provider: EntraFixture.providerARN.replacing("1111222", with: "9999222")) == [
                "federated-arn"
            ]
        )
    }

    @Test(arguments: [
        "token.actions.githubusercontent.com", "sts.windows.net/99999999-8888-7777-6666-555555555555/",
        "login.microsoftonline.com/\(EntraFixture.tenant)/v2.0",
    ])
    func `a statement for another issuer has no wrong ARN`(url: String) throws {
        let text = EntraFixture.policy(
            condition: #"{"StringEquals": {"\#(url):sub": "repo:a/b:ref:refs/heads/main"}}"#,
            principal: #"{"Federated": "arn:aws:iam::111122223333:oidc-provider/\#(url)"}"#
        )
        #expect(try !lint(text, provider: EntraFixture.providerARN).contains("federated-arn"))
    }

    @Test func `an action without web identities is found`() throws {
        let text = EntraFixture.policy(
            condition: EntraFixture.validCondition,
            action: #""Action": "sts:AssumeRole""#
        )
        #expect(try lint(text) == ["action-missing"])
    }

    @Test func `a statement for session tags and a source identity needs no other action`() throws {
        let text = EntraFixture.policy(
            condition: EntraFixture.validCondition,
            action: #""Action": ["sts:TagSession", "sts:SetSourceIdentity"]"#
        )
        #expect(try lint(text) == [])
    }

    @Test func `a variable in a version 2008 policy is found`() throws {
        let condition =
            #"{"StringEquals": {\#(Self.sub), "sts:RoleSessionName": "${\#(EntraFixture.provider):sub}"}}"#
        #expect(
            try lint(EntraFixture.policy(condition: condition, version: "2008-10-17")) == [
                "variable-in-old-version"
            ]
        )
    }

    @Test func `a statement that denies or names other principals needs no sub`() throws {
        let text = """
            {"Version": "2012-10-17", "Statement": [
              {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRoleWithWebIdentity"},
              {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/hub"},
               "Action": "sts:AssumeRole"}]}
            """
        #expect(try lint(text).isEmpty)
    }

    @Test func `a policy over the quota is found`() throws {
        let text = EntraFixture.policy(condition: EntraFixture.validCondition).replacing(
            "\"Statement\"",
            with: "\"Id\":\"\(String(repeating: "x", count: 2048))\",\"Statement\""
        )
        #expect(try lint(text) == ["over-2048"])
    }
}
