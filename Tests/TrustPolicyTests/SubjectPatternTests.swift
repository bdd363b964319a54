import TestSupport
import Testing

@testable import Federation
@testable import TrustPolicy

/// The findings for patterns on `sub`, by the forms of the issuers' subjects.
@Suite(.computing) struct SubjectPatternTests {
    private static let gitHub = "token.actions.githubusercontent.com"
    private static let azure = "login.microsoftonline.com/\(EntraFixture.tenant)/v2.0"
    private static let devOps = "vstoken.dev.azure.com/\(EntraFixture.tenant)"
    private static let cluster = "oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF"

    private static func lint(_ condition: String, version: String = "2012-10-17") throws -> [String] {
        try TrustPolicy(parsing: EntraFixture.policy(condition: condition, version: version)).lint()
            .filter { $0.severity == .high }.map(\.id)
    }

    /// A pattern on an issuer's `sub`, and the ID of its finding of high severity.
    struct Row: Sendable {
        let issuer: String
        let pattern: String
        let id: String?
    }

    /// Returns the rows of an issuer's patterns: those that match every subject, other owners, and one owner.
    private static func rows(
        _ issuer: String,
        everything: [String] = [],
        broad: [String],
        pinned: [String]
    ) -> [Row] {
        let open = everything.map { Row(issuer: issuer, pattern: $0, id: "no-sub") }
        let partly = broad.map { Row(issuer: issuer, pattern: $0, id: "broad-sub") }
        return open + partly + pinned.map { Row(issuer: issuer, pattern: $0, id: nil) }
    }

    static let patterns: [Row] = [
        rows(
            EntraFixture.provider,
            everything: [
                "*", "**", "?*", "*-*", "????????-????-????-????-????????????",
                "${\(EntraFixture.provider):sub}", "*${\(EntraFixture.provider):SUB}*",
                "${sts:RoleSessionName}",
            ],
            broad: ["*e*", "1*"],
            pinned: ["1ea7e6e0-*", EntraFixture.subject, "${aws:PrincipalTag/x}"]
        ),
        rows(
            azure,
            broad: ["/eid1/*", "/eid1/c/pub/t/tenant/a/application/*"],
            pinned: ["/eid1/c/pub/t/tenant/a/application/sc/organization/*"]
        ),
        rows(
            gitHub,
            everything: ["*"],
            broad: [
                "repo:*", "repo:*:ref:refs/heads/main", "repo:*/web:*", "repo:acme*", "repo:acm?/web:*",
                "*/web:ref:refs/heads/main", "repository_owner:acme*",
                "repo:*:job_workflow_ref:acme/ci/.github/workflows/a.yml@main",
            ],
            pinned: [
                "repo:acme/*", "repo:acme/web:*", "repo:acme/*:ref:refs/heads/main", "repo:acme@1/web@2:*",
                "repo:acme@*/web@*:*", "repository_owner:acme:*", "environment:*:repo:acme/web",
                "ref:*:repository_owner:acme", "repo:acme/web:ref:refs/heads/main",
            ]
        ),
        rows(
            "gitlab.com",
            broad: ["project_path:*:ref_type:branch:ref:main", "project_path:acme*"],
            pinned: ["project_path:acme/*:ref_type:branch:ref:main", "project_path:acme/web:*"]
        ),
        rows(
            "agent.buildkite.com",
            broad: ["organization:*:pipeline:deploy:*", "organization:acme*"],
            pinned: [
                "organization:acme:*", "organization:acme:pipeline:web:ref:refs/heads/main:commit:*",
            ]
        ),
        rows("oidc.circleci.com/org/1", broad: ["org/*"], pinned: ["org/*/project/2/user/*", "org/1/*"]),
        rows(devOps, broad: ["sc://*"], pinned: ["sc://acme/*", "sc://acme/web/*"]),
        rows("contoso.eu.auth0.com/", broad: ["auth0|*", "*@clients"], pinned: ["auth0|64f1c0*"]),
        rows(
            cluster,
            broad: ["system:serviceaccount:*", "system:serviceaccount:*:ci"],
            pinned: ["system:serviceaccount:prod:*"]
        ),
        rows("acme.okta.com/oauth2/default", broad: ["00u*", "*@acme.com"], pinned: ["service-*"]),
    ].flatMap(\.self)

    @Test(arguments: patterns, ["StringLike", "ForAnyValue:StringLike"])
    func `a pattern that allows other owners is found`(row: Row, operation: String) throws {
        let condition = #"{"\#(operation)": {"\#(row.issuer):sub": "\#(row.pattern)"}}"#
        #expect(try Self.lint(condition) == [row.id].compactMap(\.self), "\(row)")
    }

    @Test func `one broad value among several is found`() throws {
        let condition = #"{"StringLike": {"\#(Self.gitHub):sub": ["repo:acme/web:*", "repo:*"]}}"#
        let policy = try TrustPolicy(parsing: EntraFixture.policy(condition: condition))
        let finding = try #require(policy.lint().first)
        #expect(finding.id == "broad-sub")
        #expect(finding.message.contains("only by repo:*, so that repositories of other owners match"))
    }

    @Test(arguments: [
        #""StringEquals": {"\#(gitHub):repository_owner_id": "1"}"#,
        #""StringLike": {"\#(gitHub):repository": "acme/*"}"#,
        #""ForAnyValue:StringLike": {"\#(gitHub):sub": "repo:acme/*"}"#,
    ])
    func `a broad pattern passes beside a condition that names the owner`(condition: String) throws {
        let broad = #""StringLikeIfExists": {"\#(Self.gitHub):aud": "x"}, "ForAllValues:StringLike""#
        let present = #""Null": {"\#(Self.gitHub):sub": "false"}"#
        let text = #"{\#(broad): {"\#(Self.gitHub):sub": "repo:*"}, \#(present), \#(condition)}"#
        #expect(try Self.lint(text) == [])
    }

    @Test(arguments: [
        (
            #"{"StringEquals": {"\#(EntraFixture.provider):sub": "${\#(EntraFixture.provider):sub}"}}"#,
            ["no-sub"]
        ),
        (#"{"StringEquals": {"\#(EntraFixture.provider):sub": "*-*"}}"#, []),
        (#"{"ArnLike": {"\#(EntraFixture.provider):sub": "*"}}"#, ["no-sub"]),
        (#"{"StringLikeIfExists": {"\#(EntraFixture.provider):sub": "?*"}}"#, ["if-exists-guard", "no-sub"]),
        (#"{"StringNotLike": {"\#(EntraFixture.provider):sub": "?*"}}"#, ["negated-guard", "no-sub"]),
    ])
    func `each operator reads the value by its own rules`(condition: String, ids: [String]) throws {
        #expect(try Self.lint(condition) == ids)
    }

    @Test func `a variable is a literal in version 2008`() throws {
        let condition =
            #"{"StringLike": {"\#(EntraFixture.provider):sub": "${\#(EntraFixture.provider):sub}"}}"#
        #expect(try Self.lint(condition, version: "2008-10-17") == [])
    }

    /// Replaces parts of a valid subject by wildcards; a pattern without a finding must not match another owner.
    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func `a pattern without a finding allows the subjects of one owner`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let forms: [(issuer: String, subject: String, others: [String])] = [
            (
                Self.gitHub, "repo:acme/web:ref:refs/heads/main",
                [
                    "repo:evil/web:ref:refs/heads/main", "repo:acme2/web:ref:refs/heads/main",
                    "repo:evil/acme:environment:prod", "repo:evil/repo:pull_request",
                ]
            ),
            (
                "gitlab.com", "project_path:acme/web:ref_type:branch:ref:main",
                [
                    "project_path:evil/web:ref_type:branch:ref:main",
                    "project_path:acme2/web:ref_type:branch:ref:acme/web",
                ]
            ),
            (
                "agent.buildkite.com", "organization:acme:pipeline:web:ref:refs/heads/main:commit:1:step:a",
                [
                    "organization:evil:pipeline:web:ref:refs/heads/main:commit:1:step:a",
                    "organization:acme2:pipeline:web:ref:refs/heads/main:commit:1:step:a",
                ]
            ),
            (
                EntraFixture.provider, EntraFixture.subject,
                ["99999999-8888-7777-6666-555555555555", "00000000-0000-4000-8000-000000000000"]
            ),
        ]
        guard let form = forms.randomElement(using: &generator) else { return }
        var pattern = Array(form.subject)
        for _ in 0..<Int.random(in: 1...3, using: &generator) where !pattern.isEmpty {
            let start = Int.random(in: 0..<pattern.count, using: &generator)
            let end = Int.random(in: start..<pattern.count, using: &generator)
            pattern.replaceSubrange(start...end, with: Bool.random(using: &generator) ? "*" : "?*")
        }
        let condition = #"{"StringLike": {"\#(form.issuer):sub": "\#(String(pattern))"}}"#
        guard try Self.lint(condition).isEmpty else { return }
        for other in form.others {
            let decision = try EntraFixture.decision(condition, ["\(form.issuer):sub": [other]])
            #expect(decision == .deny, "seed \(seed): \(String(pattern)) allows \(other)")
        }
    }
}
