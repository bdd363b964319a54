import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// Fixes that keep the restrictions of a trust policy on the identity itself, and the access of other principals.
@Suite(.computing) struct RestrictionTests {
    private static let issuer = EntraFixture.provider
    private static let other = EvidenceFixture.other

    static func statement(
        _ conditions: String,
        principal: String = #"{"Federated":"\#(EntraFixture.providerARN)"}"#,
        actions: String = #""sts:AssumeRoleWithWebIdentity""#
    ) -> String {
        #"{"Effect":"Allow","Principal":\#(principal),"Action":\#(actions),"Condition":{\#(conditions)}}"#
    }

    static func equals(_ subject: String, issuer: String = issuer, further: String = "") -> String {
        #""StringEquals":{"\#(issuer):aud":"\#(EntraFixture.audience)","\#(issuer):sub":"\#(subject)"\#(further)}"#
    }

    private static func evidence(
        _ statements: [String],
        _ change: (inout Evidence) -> Void = { _ in }
    ) -> Evidence {
        EvidenceFixture.evidence {
            let list = statements.joined(separator: ",")
            $0.policy = PolicyEvidence(document: #"{"Version":"2012-10-17","Statement":[\#(list)]}"#)
            $0.request.sourceIP = "198.51.100.7"
            change(&$0)
        }
    }

    private static func policies(_ explanation: Explanation) throws -> [TrustPolicy] {
        try explanation.causes.flatMap(\.commands).compactMap { command in
            guard let start = command.firstRange(of: "--policy-document '") else { return nil }
            return try TrustPolicy(
                parsing: String(command[start.upperBound...].prefix { $0 != "'" }),
                quota: nil
            )
        }
    }

    private static let tags: [String: JSONValue?] = [
        "https://aws.amazon.com/tags": .object([
            "principal_tags": .object(["Team": .array([.string("red")])])
        ])
    ]
    private static let bothActions = #"["sts:AssumeRoleWithWebIdentity","sts:TagSession"]"#

    // Restrictions on this identity.

    static let restrictions: [(conditions: String, cause: String)] = [
        (
            equals(EntraFixture.subject) + #","IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#,
            "source-ip-mismatch"
        ),
        (
            equals(EntraFixture.subject) + #","DateLessThan":{"aws:CurrentTime":"2025-01-01T00:00:00Z"}"#,
            "outside-dates"
        ),
        (equals(EntraFixture.subject, further: #","sts:RoleSessionName":"prod""#), "session-name-mismatch"),
        (
            equals(EntraFixture.subject) + #","IpAddress":{"aws:SourceIp":"203.0.113.0/24"},"#
                + #""StringLike":{"sts:RoleSessionName":"prod-*"}"#, "source-ip-mismatch"
        ),
        (
            equals(EntraFixture.subject, issuer: String(issuer.dropLast()))
                + #","IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#, "source-ip-mismatch"
        ),
        (#""IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#, "source-ip-mismatch"),
    ]

    @Test(arguments: restrictions, [0, 1])
    func `a restriction on the identity is the cause and is not bypassed`(
        restriction: (conditions: String, cause: String),
        position: Int
    ) throws {
        var statements = [Self.statement(Self.equals(Self.other))]
        statements.insert(Self.statement(restriction.conditions), at: position)
        let explanation = Explanation(Self.evidence(statements))
        #expect(explanation.statement == position)
        #expect(explanation.causes.contains { $0.id == restriction.cause })
        #expect(!explanation.causes.contains { $0.id == "sub-mismatch" })
        #expect(try Self.policies(explanation).isEmpty)
        #expect(!explanation.causes.contains { $0.fix.contains("setup apply") })
    }

    @Test func `a required session tag is not bypassed`() throws {
        let explanation = Explanation(
            Self.evidence([
                Self.statement(Self.equals(Self.other), actions: Self.bothActions),
                Self.statement(
                    Self.equals(EntraFixture.subject) + #","StringLike":{"aws:RequestTag/Team":"blue"}"#,
                    actions: Self.bothActions
                ),
            ]) { $0.token = .claims(EntraFixture.token(Self.tags)) }
        )
        #expect(explanation.statement == 1)
        #expect(try Self.policies(explanation).isEmpty)
    }

    @Test func `a branch that GitHub's statement requires is not bypassed`() throws {
        let gitHub = "token.actions.githubusercontent.com"
        let principal = #"{"Federated":"arn:aws:iam::111122223333:oidc-provider/\#(gitHub)"}"#
        func statement(_ subject: String, _ further: String = "") -> String {
            Self.statement(
                #""StringEquals":{"\#(gitHub):aud":"sts.amazonaws.com","\#(gitHub):sub":"\#(subject)"\#(further)}"#,
                principal: principal
            )
        }
        let explanation = Explanation(
            Self.evidence([
                statement("repo:acme/lib:environment:prod"),
                statement("repo:acme/app:environment:prod", #","\#(gitHub):ref":"refs/heads/main""#),
            ]) {
                $0.token = .claims(
                    Claims(
                        header: ["alg": .string("RS256"), "kid": .string("k1")],
                        payload: [
                            "iss": .string("https://\(gitHub)"), "aud": .string("sts.amazonaws.com"),
                            "sub": .string("repo:acme/app:environment:prod"),
                            "ref": .string("refs/heads/dev"),
                            "iat": .integer(EntraFixture.issued), "exp": .integer(EntraFixture.issued + 7200),
                        ]
                    )
                )
                $0.providers = nil
                $0.identity = nil
                $0.request.audience = nil
                $0.request.appRole = nil
            }
        )
        #expect(explanation.statement == 1)
        #expect(explanation.causes.contains { $0.evidence.contains("requires refs/heads/main") })
        #expect(try Self.policies(explanation).isEmpty)
    }

    @Test func `a restriction with an unknown value is kept, also with corrected keys`() throws {
        let own = Self.statement(
            Self.equals(EntraFixture.subject, issuer: String(Self.issuer.dropLast()))
                + #","IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#
        )
        let explanation = Explanation(
            Self.evidence([Self.statement(Self.equals(Self.other)), own]) { $0.request.sourceIP = nil }
        )
        #expect(explanation.causes.first?.id == "condition-key-slash")
        let policy = try #require(try Self.policies(explanation).first)
        #expect(policy.statements.count == 3)
        #expect(policy.statements[2].conditions.map(\.key).contains("aws:SourceIp"))
    }

    @Test func `a list that fits the quota does not bypass a restriction`() throws {
        let subjects = (0..<22).map { "\"\(String(repeating: "0", count: 34))\(10 + $0)\"" }
        let list = Self.statement(
            #""StringEquals":{"\#(Self.issuer):aud":"\#(EntraFixture.audience)","#
                + #""\#(Self.issuer):sub":[\#(subjects.joined(separator: ","))]}"#
        )
        let own = Self.statement(
            Self.equals(EntraFixture.subject, issuer: String(Self.issuer.dropLast()))
                + #","IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#
        )
        let explanation = Explanation(Self.evidence([list, own]) { $0.request.sourceIP = nil })
        #expect(explanation.causes.contains { $0.fix.contains("more than IAM's quota") })
        #expect(try Self.policies(explanation).isEmpty)
    }

    // Actions that session tags require.

    @Test(arguments: [
        #""StringEquals":{"aws:RequestTag/Team":"blue"}"#,
        #""StringEquals":{"\#(issuer):sub":"\#(EntraFixture.subject)","aws:RequestTag/Team":["blue","green"]}"#,
        #""ForAllValues:StringEquals":{"aws:TagKeys":["Dept"]}"#,
    ])
    func `a condition on session tags is named and not bypassed`(condition: String) throws {
        let explanation = Explanation(
            Self.evidence([
                Self.statement(Self.equals(EntraFixture.subject)),
                Self.statement(condition, actions: #""sts:TagSession""#),
            ]) { $0.token = .claims(EntraFixture.token(Self.tags)) }
        )
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "tag-session-missing")
        #expect(cause.evidence.hasPrefix("Statement[1] allows sts:TagSession only if "), "\(cause.evidence)")
        #expect(cause.commands.isEmpty && cause.fix.contains("Statement[1]"), "\(cause.fix)")
    }

    @Test(arguments: [
        ("https://aws.amazon.com/tags", "tag-session"),
        ("https://aws.amazon.com/source_identity", "set-source-identity"),
    ])
    func `a missing action decides, whatever an unknown value is`(claim: String, id: String) throws {
        let value: JSONValue? =
            claim.hasSuffix("tags") ? Self.tags["https://aws.amazon.com/tags"] ?? nil : .string("rahel")
        let explanation = Explanation(
            Self.evidence([
                Self.statement(
                    Self.equals(EntraFixture.subject) + #","IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#
                )
            ]) {
                $0.request.sourceIP = nil
                $0.token = .claims(EntraFixture.token([claim: value]))
            }
        )
        #expect(explanation.decision == .deny && !explanation.isClear)
        #expect(explanation.causes.map(\.id) == ["\(id)-missing"])
        #expect(explanation.causes[0].fix.contains("that AWS sees meets the condition"))
        #expect(try Self.policies(explanation).count == 1)
    }

    @Test func `an unknown value on which a further action depends is named`() throws {
        let explanation = Explanation(
            Self.evidence([
                Self.statement(Self.equals(EntraFixture.subject)),
                Self.statement(
                    #""IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#,
                    actions: #""sts:TagSession""#
                ),
            ]) {
                $0.request.sourceIP = nil
                $0.token = .claims(EntraFixture.token(Self.tags))
            }
        )
        #expect(explanation.decision == .undetermined)
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "depends-on-unknown" && cause.evidence.hasPrefix("Statement[1]"))
        #expect(cause.fix.contains("--source-ip"))
    }

    // Other principals.

    @Test(arguments: [
        #""StringEqualsIfExists":{"\#(issuer):sub":"\#(EvidenceFixture.other)"}"#,
        #""ForAllValues:StringEquals":{"\#(issuer):sub":["\#(EvidenceFixture.other)"]}"#,
    ])
    func `the removal of a deleted identity keeps the access of an AWS principal`(condition: String) throws {
        let role = "arn:aws:iam::111122223333:role/ok"
        let shared = Self.statement(
            condition,
            principal: #"{"Federated":"\#(EntraFixture.providerARN)","AWS":"\#(role)"}"#,
            actions: #"["sts:AssumeRoleWithWebIdentity","sts:AssumeRole"]"#
        )
        let explanation = Explanation(
            Self.evidence([shared, Self.statement(Self.equals(EntraFixture.subject))]) {
                $0.missingPrincipals = [Self.other]
            }
        )
        #expect(explanation.causes.contains { $0.id == "subject-deleted" })
        for policy in try Self.policies(explanation) {
            #expect(policy.statements.contains { $0.principal.members[.aws] == [role] })
            let session = RoleSessionPrincipal(roleARN: try #require(RoleARN(role)), sessionName: "s")
            let request = TrustRequest(
                action: "sts:AssumeRole",
                principal: .session(session),
                context: RequestContext()
            )
            #expect(policy.evaluate(request).decision == .allow)
        }
    }

    @Test func `the exclusion of a deleted identity is not removed, and the reason is stated`() throws {
        let explanation = Explanation(
            Self.evidence([
                Self.statement(
                    #""StringEquals":{"\#(Self.issuer):aud":"\#(EntraFixture.audience)"},"#
                        + #""StringNotEquals":{"\#(Self.issuer):sub":"\#(Self.other)"}"#
                )
            ]) { $0.missingPrincipals = [Self.other] }
        )
        let cause = try #require(explanation.causes.first { $0.id == "subject-deleted" })
        #expect(cause.commands.isEmpty && cause.fix.contains("excludes the ID"), "\(cause.fix)")
        #expect(!cause.fix.contains("IAM would refuse"))
    }

    @Test(arguments: ["StringEqualsIgnoreCase", "StringLike"])
    func `replacing an ARN does not revive a subject that callers choose`(comparison: String) throws {
        let foreign = EntraFixture.providerARN.replacing("111122223333", with: "999988887777")
        let subjects = #"["${sts:RoleSessionName}","\#(EntraFixture.subject)"]"#
        let explanation = Explanation(
            Self.evidence([
                Self.statement(
                    #""StringEquals":{"\#(Self.issuer):aud":"\#(EntraFixture.audience)"},"#
                        + #""\#(comparison)":{"\#(Self.issuer):sub":\#(subjects)}"#,
                    principal: #"{"Federated":"\#(foreign)"}"#
                )
            ])
        )
        #expect(explanation.causes.first?.id == "principal-account")
        let policy = try #require(try Self.policies(explanation).first)
        #expect(
            policy.statements.map { $0.principal.members[.federated]?.first == foreign } == [true, false]
        )
        #expect(policy.statements.last?.document.compactText.contains("RoleSessionName") == false)
    }

    @Test func `the text and the command change the same statement`() throws {
        let foreign = EntraFixture.providerARN.replacing("111122223333", with: "999988887777")
        let explanation = Explanation(
            Self.evidence([
                Self.statement(
                    Self.equals(EntraFixture.subject),
                    principal: #"{"Federated":"\#(foreign)"}"#
                ), Self.statement(Self.equals(Self.other)),
            ])
        )
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "principal-account" && cause.evidence.hasPrefix("Statement[0]"))
        let policy = try #require(try Self.policies(explanation).first)
        #expect(policy.statements[0].principal.members[.federated] == [EntraFixture.providerARN])
    }

    @Test func `a policy with NotPrincipal is not accepted and not kept by a command`() throws {
        let denial =
            #"{"Effect":"Deny","NotPrincipal":{"Federated":"\#(EntraFixture.providerARN)"},"Action":"sts:*"}"#
        let explanation = Explanation(Self.evidence([denial, Self.statement(Self.equals(Self.other))]))
        let cause = try #require(explanation.causes.first)
        #expect(cause.id.hasPrefix("policy-") && cause.evidence.contains("NotPrincipal"))
        #expect(cause.fix.contains("Principal") && cause.commands.isEmpty, "\(cause.fix)")
    }

    // Corrections whose values are known.

    @Test(arguments: [
        #""StringEquals":{"aud":"\#(EntraFixture.audience)","sub":"\#(EntraFixture.subject)"}"#,
        #""StringEquals":{"\#(issuer)aud":"\#(EntraFixture.audience)","\#(issuer)sub":"\#(EntraFixture.subject)"}"#,
        #""StringEquals":{"\#(issuer):aud":"\#(EntraFixture.audience)","sub":"\#(EntraFixture.subject)"}"#,
        #""StringEquals":{"\#(issuer):aud":"\#(EntraFixture.audience)","\#(issuer):oid":"\#(EntraFixture.subject)"}"#,
    ])
    func `keys in another form are corrected by a command`(condition: String) throws {
        let evidence = Self.evidence([Self.statement(condition)])
        let policy = try #require(try Self.policies(Explanation(evidence)).first)
        var stored = evidence
        stored.policy = .parsed(policy)
        #expect(Explanation(stored).decision == .allow)
    }

    @Test func `the version is set if that alone allows the token`() throws {
        let condition =
            #"{"StringEquals":{"\#(Self.issuer):aud":"\#(EntraFixture.audience)","\#(Self.issuer):sub":"\#(EntraFixture.subject)"},"#
            + #""StringLike":{"sts:RoleSessionName":"${\#(Self.issuer):sub}"}}"#
        let evidence = EvidenceFixture.evidence {
            $0.policy = PolicyEvidence(
                document: EntraFixture.policy(condition: condition, version: "2008-10-17")
            )
            $0.request.sessionName = EntraFixture.subject
        }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "variable-in-old-version" && cause.fix.contains("sets Version"), "\(cause.fix)")
        let policy = try #require(try Self.policies(Explanation(evidence)).first)
        #expect(policy.version == .v2012 && policy.statements.count == 1)
        var stored = evidence
        stored.policy = .parsed(policy)
        #expect(Explanation(stored).decision == .allow)
    }

    @Test func `the version is not set if variables would then allow other subjects`() throws {
        let condition =
            #"{"StringLike":{"\#(Self.issuer):sub":["${sts:RoleSessionName}","\#(EntraFixture.subject)"],"#
            + #""sts:RoleSessionName":"${\#(Self.issuer):sub}"}}"#
        let evidence = EvidenceFixture.evidence {
            $0.policy = PolicyEvidence(
                document: EntraFixture.policy(condition: condition, version: "2008-10-17")
            )
            $0.request.sessionName = EntraFixture.subject
        }
        #expect(try Self.policies(Explanation(evidence)).allSatisfy { $0.version == .v2008 })
    }

    @Test func `the advice on a session name has the token's value of a variable`() throws {
        let evidence = EvidenceFixture.policy(
            #"{"StringLike":{"sts:RoleSessionName":"${\#(Self.issuer):sub}"}}"#
        )
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "session-name-mismatch")
        #expect(
            cause.fix.contains("role session name of the request to \(EntraFixture.subject)."),
            "\(cause.fix)"
        )
    }

    @Test(arguments: [
        (#"{"DateLessThan":{"aws:CurrentTime":"2027-01-01T00:00:00"}}"#, "2027-01-01T00:00:00Z"),
        (#"{"DateLessThan":{"aws:CurrentTime":"soon"}}"#, "soon"),
        (#"{"IpAddress":{"aws:SourceIp":"203.0.113.0-255"}}"#, "203.0.113.0-255"),
    ])
    func `an unreadable value is named`(condition: String, text: String) throws {
        var evidence = EvidenceFixture.policy(condition)
        evidence.request.sourceIP = "198.51.100.7"
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "value-unreadable" && cause.fix.contains(text), "\(cause.fix)")
    }

    @Test(arguments: [
        (#""\#(issuer):aud":"\#(EntraFixture.audience)/.default""#, "value-scope"),
        (#""\#(issuer):sub":"{\#(EntraFixture.subject)}""#, "value-enclosed"),
    ])
    func `a scope or braces in a value are named`(condition: String, id: String) throws {
        let cause = try #require(
            Explanation(EvidenceFixture.policy(#"{"StringEquals":{\#(condition)}}"#)).causes.first
        )
        #expect(cause.id == id)
    }

    // Role chains.

    @Test func `a policy that trusts another session of the hub's role is not widened`() throws {
        let session = "arn:aws:sts::111122223333:assumed-role/hub/night-shift"
        let evidence = try ChainFixture.evidence(
            #"{"Effect":"Allow","Principal":{"AWS":"\#(session)"},"Action":"sts:AssumeRole"}"#
        )
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "hub-session-name" && cause.commands.isEmpty)
        #expect(cause.fix.hasPrefix("Set session_name of `hub` to night-shift"), "\(cause.fix)")
        #expect(!cause.fix.contains("setup apply"))
    }

    @Test func `a hub's role in another partition is named`() throws {
        let role = ChainFixture.hub.replacing("arn:aws:", with: "arn:aws-cn:")
        let evidence = try ChainFixture.evidence(
            #"{"Effect":"Allow","Principal":{"AWS":"\#(role)"},"Action":"sts:AssumeRole"}"#
        )
        #expect(Explanation(evidence).causes.first?.id == "hub-partition")
    }
}
