import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// Every trust policy that a fix proposes is safe to store.
@Suite(.computing) struct PolicyProposalTests {
    private static let other = EvidenceFixture.other
    private static let issuer = EntraFixture.provider
    private static let versionTwo = "login.microsoftonline.com/\(EntraFixture.tenant)/v2.0"
    private static let gitHub = "token.actions.githubusercontent.com"

    /// Returns a policy of one to three statements over few keys and values, so that some nearly match a token.
    private static func policy(using generator: inout SeededGenerator) -> String {
        func pick(_ texts: [String]) -> String { texts.randomElement(using: &generator) ?? "" }
        let statements = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
            var block: [String: JSONValue] = [:]
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                let pairs = (0..<Int.random(in: 1...2, using: &generator)).map { _ in
                    (pick(keys), JSONValue.array([.string(pick(values)), .string(pick(values))]))
                }
                block[pick(operators)] = .object(Dictionary(pairs) { $1 })
            }
            let effect = Int.random(in: 0..<6, using: &generator) == 0 ? "Deny" : "Allow"
            let condition = block.isEmpty ? "" : ",\"Condition\":\(JSONValue.object(block).compactText)"
            return
                "{\"Effect\":\"\(effect)\",\"Principal\":\(pick(principals)),\"Action\":\(pick(actions))\(condition)}"
        }
        return "{\"Version\":\"2012-10-17\",\"Statement\":[\(statements.joined(separator: ","))]}"
    }

    private static let operators = [
        "StringEquals", "StringLike", "StringNotEquals", "StringEqualsIfExists", "ForAnyValue:StringLike",
        "ForAllValues:StringEquals", "Null", "StringNotLike",
    ]
    private static let keys = [
        "\(issuer):aud", "\(issuer):sub", "\(issuer.dropLast()):sub", "\(issuer):oid", "\(issuer):appid",
        "sts:RoleSessionName", "aws:PrincipalOrgID", "aws:SourceIp", "aws:PrincipalTag/a", "aws:RequestTag/a",
        "\(gitHub):sub", "\(gitHub):aud", "\(gitHub):actor", "\(gitHub):repository", "\(versionTwo):aud",
        "\(versionTwo):sub", "\(versionTwo):oaud",
    ]
    private static let values = [
        EntraFixture.subject, EntraFixture.clientID, EntraFixture.audience, EntraFixture.audience + "/",
        other,
        EntraFixture.subject.uppercased(), "*", "repo:org/*", "cambist-audit", "api://*", "10.0.0.1",
        "repo:org/shop:ref:refs/heads/main", "sts.amazonaws.com", "rahel", "org/shop", "b", "true",
    ]
    private static let actions = [
        "\"sts:AssumeRoleWithWebIdentity\"", "[\"sts:AssumeRoleWithWebIdentity\",\"sts:TagSession\"]",
        "\"sts:AssumeRole\"", "\"sts:*\"",
    ]
    /// Providers of the account, and two that STS never finds for the role.
    private static let arns =
        [issuer, issuer, String(issuer.dropLast()), gitHub, versionTwo].map {
            "arn:aws:iam::111122223333:oidc-provider/\($0)"
        } + [
            EntraFixture.providerARN.replacing("aws:iam", with: "aws-cn:iam"),
            EntraFixture.providerARN.replacing("111122223333", with: "444455556666"),
        ]
    private static let principals =
        arns.map { "{\"Federated\":\"\($0)\"}" }
        + ["\"*\"", "{\"AWS\":\"111122223333\"}", "{\"Federated\":[\"\(arns[3])\",\"\(arns[6])\"]}"]

    /// Tokens of both versions of Entra and of GitHub.
    private static let tokens: [Claims] = [
        EntraFixture.token(),
        EntraFixture.token([
            "iss": .string("https://\(versionTwo)"), "aud": .string(other),
            "azp": .string(EntraFixture.clientID),
            "appid": nil, "ver": .string("2.0"),
        ]),
        Claims(
            header: ["alg": .string("RS256"), "kid": .string("k1")],
            payload: [
                "iss": .string("https://\(gitHub)"), "aud": .string("sts.amazonaws.com"),
                "sub": .string("repo:org/shop:ref:refs/heads/main"), "iat": .integer(EntraFixture.issued),
                "exp": .integer(EntraFixture.issued + 7200), "actor": .string("rahel"),
                "repository": .string("org/shop"),
            ]
        ),
    ]

    /// Returns the token to explain.
    private static func token(using generator: inout SeededGenerator) -> Claims {
        let base = tokens.randomElement(using: &generator) ?? tokens[0]
        var changes: [String: JSONValue?] = [:]
        if Bool.random(using: &generator) {
            let tags = JSONValue.object(["principal_tags": .object(["a": .array([.string("b")])])])
            changes["https://aws.amazon.com/tags"] = tags
        }
        if Int.random(in: 0..<4, using: &generator) == 0 { changes["aud"] = .string("api://other") }
        return changed(base, changes)
    }

    private static func changed(_ claims: Claims, _ changes: [String: JSONValue?]) -> Claims {
        var payload = claims.payload
        for (name, value) in changes { payload[name] = value }
        return Claims(header: claims.header, payload: payload)
    }

    /// Returns tokens that no proposal may newly allow: another subject, repository, or tenant, or no such
    /// claim.
    private static func others(than claims: Claims) -> [Claims] {
        let changes: [[String: JSONValue?]] = [
            ["sub": .string(other), "oid": .string(other)], ["sub": .string("*")], ["sub": nil], ["aud": nil],
            ["aud": .string("api://third"), "azp": nil], ["sub": .string(EntraFixture.clientID)],
            ["sub": nil, "aud": nil, "azp": nil],
            ["sub": .string((claims.subject ?? "") + "/"), "amr": .array([.string("mfa")])],
            ["sub": .string("repo:org/other:ref:refs/heads/main"), "repository": .string("org/other")],
            ["iss": .string("https://sts.windows.net/\(other)/"), "tid": .string(other)],
            ["https://aws.amazon.com/tags": nil, "sub": .string(other)],
        ]
        return changes.map { changed(claims, $0) } + tokens.filter { $0.issuer != claims.issuer }
    }

    /// Returns the decision on all actions that the token needs.
    private static func decision(_ policy: TrustPolicy, _ claims: Claims) -> TrustVerdict.Decision {
        let provider = OIDCProvider.arn(
            forIssuer: claims.issuer ?? "",
            account: "111122223333",
            partition: "aws"
        )
        let context = RequestContext(
            claims: claims,
            federatedPrincipal: provider,
            roleARN: RoleARN(EntraFixture.roleARN),
            sessionName: "cambist-audit",
            region: "eu-west-1",
            at: EntraFixture.now
        )
        let hasTags = claims.payload["https://aws.amazon.com/tags"] != nil
        let actions = ["sts:AssumeRoleWithWebIdentity"] + (hasTags ? ["sts:TagSession"] : [])
        let decisions = actions.map { action in
            policy.evaluate(
                TrustRequest(action: action, federatedPrincipal: provider, context: context)
            )
            .decision
        }
        return decisions.first { $0 != .allow } ?? .allow
    }

    private static func high(_ policy: TrustPolicy) -> Set<String> {
        Set(
            policy.lint().filter { $0.severity == .high }.map {
                $0.message.replacing(/Statement\[\d+\]/, with: "Statement")
            }
        )
    }

    /// Returns the policies that the commands of an explanation store.
    private static func proposals(_ explanation: Explanation) throws -> [TrustPolicy] {
        try explanation.causes.flatMap(\.commands).compactMap { command in
            guard let start = command.range(of: "--policy-document '") else { return nil }
            return try TrustPolicy(parsing: String(command[start.upperBound...].dropLast()), quota: nil)
        }
    }

    @Test(arguments: 0..<20)
    func `a proposal allows this token, all tokens that were allowed before, and no others`(part: Int) throws
    {
        var count = 0
        for seed in UInt64(part * 200)..<UInt64((part + 1) * 200) {
            var generator = SeededGenerator(seed: seed)
            let text = Self.policy(using: &generator)
            let claims = Self.token(using: &generator)
            let old = try TrustPolicy(parsing: text, quota: nil)
            let explanation = Explanation(
                EvidenceFixture.evidence {
                    $0.policy = .parsed(old)
                    $0.token = .claims(claims)
                    $0.providers = nil
                    $0.identity = nil
                    $0.request.audience = nil
                    $0.request.appRole = nil
                }
            )
            for new in try Self.proposals(explanation) {
                count += 1
                try Self.prove(new, replacing: old, for: claims, explanation, seed: seed)
            }
        }
        #expect(count > 10, "most random denials have a proposal")
    }

    private static func subjects(of policy: TrustPolicy) -> Set<String> {
        let conditions = policy.statements.flatMap(\.conditions)
        return Set(conditions.filter { OIDCKey($0.key)?.name == "sub" }.flatMap(\.values))
    }

    private static func exactSubjects(of policy: TrustPolicy) -> Set<String> {
        let conditions = policy.statements.flatMap(\.conditions)
        return Set(
            conditions.filter { "\($0.operator)" == "StringEquals" && OIDCKey($0.key)?.name == "sub" }
                .flatMap(\.values)
        )
    }

    private static func prove(
        _ new: TrustPolicy,
        replacing old: TrustPolicy,
        for claims: Claims,
        _ explanation: Explanation,
        seed: UInt64
    ) throws {
        let decision = decision(new, claims)
        #expect([.allow, .undetermined].contains(decision), "seed \(seed)")
        if decision == .undetermined {
            let remark = explanation.causes.contains { $0.fix.contains("that AWS sees meets the condition") }
            #expect(remark, "seed \(seed)")
        }
        let corrected = try TrustPolicy(
            parsing: old.document.compactText.replacing("arn:aws-cn:", with: "arn:aws:"),
            quota: nil
        )
        for other in others(than: claims) {
            let before = Self.decision(old, other)
            let after = Self.decision(new, other)
            // IAM refuses an ARN in another partition, so the author meant the role's partition.
            let meant =
                other.subject.map(exactSubjects(of: old).contains) == true
                ? Self.decision(corrected, other) : before
            #expect(after.isDenial || after == before || after == meant, "seed \(seed): \(other.payload)")
            #expect(before != .allow || after == .allow, "seed \(seed): \(other.payload)")
        }
        #expect(high(new).isSubset(of: high(old)), "seed \(seed)")
        #expect(new.size <= max(2048, old.size), "seed \(seed)")
        let added = subjects(of: new).subtracting(subjects(of: old))
        #expect(!added.contains { $0.contains("*") || $0.contains("?") }, "seed \(seed)")
    }

    @Test func `a proposal beyond the quota is not shown`() throws {
        let filler = String(repeating: "x", count: 1700)
        let evidence = EvidenceFixture.policy(
            #"{"StringEquals": {"\#(Self.issuer):sub": ["\#(Self.other)", "\#(filler)"]}}"#
        )
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "sub-mismatch" && cause.commands.isEmpty)
        #expect(!cause.fix.contains("add a statement"))
    }

    /// Returns a policy of about 500 characters plus 39 per subject; no subject is the token's.
    private static func longPolicy(subjects: Int = 38, audience: String = EntraFixture.audience) -> Evidence {
        let list = (0..<subjects).map { "\"\(String(repeating: "0", count: 34))\(10 + $0)\"" }.joined(
            separator: ","
        )
        return EvidenceFixture.policy(
            #"{"StringEquals": {"\#(issuer):aud": "\#(audience)", "\#(issuer):sub": [\#(list)]}}"#
        )
    }

    @Test func `a subject is added to a list if a separate statement would exceed the quota`() throws {
        let explanation = Explanation(Self.longPolicy())
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "sub-mismatch")
        #expect(cause.fix.contains("adds the sub to the list in Statement[0]"), "\(cause.fix)")
        let policy = try #require(try Self.proposals(explanation).first)
        #expect(policy.statements.count == 1 && policy.size <= TrustPolicy.sizeQuota)
        #expect(Self.decision(policy, EntraFixture.token()) == .allow)
    }

    @Test func `a subject is not added to a list for another audience`() throws {
        let explanation = Explanation(Self.longPolicy(audience: "api://other"))
        #expect(try Self.proposals(explanation).isEmpty)
    }

    @Test(arguments: [(41, "more than IAM's quota of 2048"), (60, "already more than IAM's quota of 2048")])
    func `the fix for a document over the quota has its size and asks for a decision`(
        subjects: Int,
        text: String
    ) throws {
        let cause = try #require(Explanation(Self.longPolicy(subjects: subjects)).causes.first)
        #expect(cause.commands.isEmpty)
        #expect(cause.fix.contains(text) && cause.fix.contains("Decide which"), "\(cause.fix)")
    }

    @Test(arguments: [
        #"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#,
        #"{"StringEquals": {"sts:RoleSessionName": "x"}}"#,
    ])
    func `a condition that would still fail leads to no proposal`(condition: String) throws {
        let cause = try #require(Explanation(EvidenceFixture.policy(condition)).causes.first)
        #expect(cause.commands.isEmpty)
    }

    @Test func `a proposal keeps the conditions that are not about the token`() throws {
        let evidence = EvidenceFixture.policy(
            #"{"StringEquals": {"\#(Self.issuer):sub": "\#(Self.other)"}, "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#
        )
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.fix.contains("if the value of aws:SourceIp that AWS sees meets the condition"))
        let policy = try #require(try Self.proposals(Explanation(evidence)).first)
        #expect(policy.statements.count == 2)
        #expect(policy.statements[1].conditions.map(\.key).contains("aws:SourceIp"))
    }

    /// The explanation of a token of GitHub Actions with the actor rahel, with a policy that has more conditions.
    private static func gitHubExplanation(
        subject: String,
        _ conditions: String,
        principal: String = "{\"Federated\": \"arn:aws:iam::111122223333:oidc-provider/\(gitHub)\"}"
    ) -> Explanation {
        Explanation(
            EvidenceFixture.evidence {
                $0.token = .claims(tokens[2])
                $0.providers = nil
                $0.identity = nil
                $0.request.audience = nil
                $0.request.appRole = nil
                $0.policy = PolicyEvidence(
                    document: #"""
                        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
                        "Principal": \#(principal),
                        "Condition": {"StringEquals": {"\#(gitHub):aud": "sts.amazonaws.com", "\#(gitHub):sub": "\#(subject)"},
                        \#(conditions)}}]}
                        """#
                )
            }
        )
    }

    @Test(arguments: [
        #""StringLike": {"\#(gitHub):actor": "alice"}"#, #""StringLike": {"\#(gitHub):environment": "prod"}"#,
        #""StringLike": {"\#(gitHub):job_workflow_ref": "org/ci/.github/workflows/deploy.yml@refs/tags/v*"}"#,
        #""ForAnyValue:StringEquals": {"\#(gitHub):amr": ["mfa"]}"#,
        #""StringLike": {"\#(gitHub):email": "*@example.com"}"#,
        #""Null": {"\#(gitHub):environment": "false"}"#,
    ])
    func `a failed condition on a claim other than the subject leads to no proposal`(condition: String) throws
    {
        let subject = try #require(Self.tokens[2].subject)
        for principal in [
            "{\"Federated\": \"arn:aws:iam::111122223333:oidc-provider/\(Self.gitHub)\"}",
            "{\"Federated\": \"arn:aws:iam::111122223333:oidc-provider/tokens.\(Self.gitHub)\"}",
            "{\"AWS\": \"111122223333\"}",
        ] {
            let explanation = Self.gitHubExplanation(subject: subject, condition, principal: principal)
            #expect(explanation.decision == .deny)
            #expect(try Self.proposals(explanation).isEmpty)
            #expect(!explanation.causes.contains { $0.fix.contains(":sub and :aud") })
        }
    }

    @Test func `a proposal keeps the conditions on other claims that pass`() throws {
        let explanation = Self.gitHubExplanation(
            subject: "repo:org/shop:ref:refs/heads/other",
            #""StringLike": {"\#(Self.gitHub):actor": "rahel"}"#
        )
        let policy = try #require(try Self.proposals(explanation).first)
        #expect(policy.statements.last?.conditions.map(\.key).contains("\(Self.gitHub):actor") == true)
        #expect(explanation.causes.first?.fix.contains("only the token's subject") == true)
    }

    @Test(arguments: ["none", "HS256", "PS256"])
    func `a token whose signature STS does not verify leads to no proposal`(algorithm: String) throws {
        let explanation = Explanation(
            EvidenceFixture.evidence {
                $0.policy = PolicyEvidence(
                    document: EntraFixture.policy(
                        condition: #"{"StringEquals": {"\#(Self.issuer):sub": "\#(Self.other)"}}"#
                    )
                )
                let token = EntraFixture.token()
                $0.token = .claims(Claims(header: ["alg": .string(algorithm)], payload: token.payload))
            }
        )
        #expect(explanation.causes.contains { $0.id == "algorithm-unsupported" })
        #expect(try Self.proposals(explanation).isEmpty)
    }

    @Test(arguments: [
        "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        "aws-reserved/sso.amazonaws.com/AWSReservedSSO_admin_0123456789abcdef",
    ])
    func `no change is proposed for a role that AWS manages`(path: String) throws {
        let explanation = Explanation(
            EvidenceFixture.evidence {
                $0.request.roleARN = RoleARN("arn:aws:iam::111122223333:role/\(path)")
                $0.policy = PolicyEvidence(
                    document: EntraFixture.policy(
                        condition: #"{"StringEquals": {"\#(Self.issuer):sub": "\#(Self.other)"}}"#
                    )
                )
            }
        )
        #expect(explanation.decision == .deny)
        #expect(try Self.proposals(explanation).isEmpty)
        #expect(explanation.causes.contains { $0.advice.contains("IAM refuses to change a ") })
    }

    @Test func `a statement that names another identity is not replaced`() throws {
        let provider = EntraFixture.providerARN.replacing("111122223333", with: "444455556666")
        let explanation = Explanation(
            EvidenceFixture.evidence {
                $0.policy = PolicyEvidence(
                    document: EntraFixture.policy(
                        condition: #"{"StringEquals": {"\#(Self.issuer):sub": "\#(Self.other)"}}"#,
                        principal: #"{"Federated": "\#(provider)"}"#
                    )
                )
            }
        )
        let policy = try #require(try Self.proposals(explanation).first)
        #expect(policy.statements.count == 2 && policy.document.compactText.contains(Self.other))
    }

    @Test func `the fix states that all pull requests share a subject`() throws {
        let subject = "repo:org/shop:pull_request"
        let explanation = Explanation(
            EvidenceFixture.evidence {
                $0.identity = nil
                $0.request.audience = nil
                $0.providers = nil
                $0.token = .claims(Self.changed(Self.tokens[2], ["sub": .string(subject)]))
                $0.policy = PolicyEvidence(
                    document: EntraFixture.policy(
                        condition:
                            #"{"StringEquals": {"\#(Self.gitHub):sub": "repo:org/shop:ref:refs/heads/main"}}"#,
                        principal:
                            #"{"Federated": "arn:aws:iam::111122223333:oidc-provider/\#(Self.gitHub)"}"#
                    )
                )
            }
        )
        #expect(
            explanation.causes.contains {
                $0.advice.contains("all pull requests of the repository have this subject")
            }
        )
    }

    @Test(arguments: ["trust.json", nil])
    func `a policy is replaced only if the role still has it`(file: String?) throws {
        let document = EntraFixture.policy(
            condition: #"{"StringEquals": {"\#(Self.issuer):sub": "it's \#(Self.other)"}}"#
        )
        let command = try #require(
            Explanation(
                EvidenceFixture.evidence {
                    $0.policy = PolicyEvidence(document: document)
                    $0.policyDocument = PolicyEvidence.json(in: document)
                    $0.policyFile = file
                }
            )
            .causes.first?.commands.first
        )
        let json = try #require(JSONValue(text: document)).compactText.replacing("'", with: #"'\''"#)
        #expect(command.contains("--query 'Role.AssumeRolePolicyDocument == `\(json)`' --output text"))
        #expect(command.contains(")\" = True && aws iam update-assume-role-policy "))
    }

    @Test(arguments: [
        #""AROA1EXAMPLEEXAMPLE1""#, #"["AIDA1EXAMPLEEXAMPLE1","arn:aws:iam::111122223333:role/admin"]"#,
    ])
    func `a proposal lacks the IDs of deleted principals`(principal: String) throws {
        let deleted = #"{"Effect":"Allow","Principal":{"AWS":\#(principal)},"Action":"sts:AssumeRole"}"#
        let explanation = Explanation(
            EvidenceFixture.evidence {
                $0.policy = PolicyEvidence(document: #"{"Version":"2012-10-17","Statement":[\#(deleted)]}"#)
            }
        )
        let policy = try #require(try Self.proposals(explanation).first)
        #expect(policy.deletedPrincipals.isEmpty)
        #expect(policy.statements.count == (principal.hasPrefix("[") ? 2 : 1))
        #expect(explanation.causes.contains { $0.advice.contains("1EXAMPLEEXAMPLE1):") })
    }

    @Test func `a second change of a policy follows the first change`() throws {
        let document = EntraFixture.policy(
            condition: #"{"StringEquals": {"\#(Self.issuer):sub": "\#(Self.other)"}}"#
        )
        let explanation = Explanation(
            EvidenceFixture.evidence {
                $0.policy = PolicyEvidence(document: document)
                $0.policyDocument = PolicyEvidence.json(in: document)
                $0.policyFile = "trust.json"
                $0.missingPrincipals = [Self.other]
            }
        )
        let removal = try #require(explanation.causes.first { $0.id == "subject-deleted" }?.commands.first)
        let stored = try #require(try Self.proposals(explanation).first).document.compactText
        #expect(removal.contains("--query 'Role.AssumeRolePolicyDocument == `\(stored)`' "))
    }

    @Test func `advice on a wildcard subject names the exact subject`() throws {
        let evidence = EvidenceFixture.policy(#"{"StringEquals": {"\#(Self.issuer):sub": "*"}}"#)
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "wildcard-under-equals")
        #expect(cause.fix.contains(EntraFixture.subject) && !cause.fix.contains("StringLike"))
    }
}

/// Evidence with extreme values is explained without a crash.
@Suite(.computing) struct HostileEvidenceTests {
    private static let integers: [Int] = [.min, .max, 0, -1, 253_402_300_800, 1_760_000_000]
    private static let instants: [Double] = [0, 1e300, -1e300, .infinity, -.infinity, 9.3e18, 1_760_003_600]
    private static let durations: [Duration] = [
        .zero, .seconds(Int64.max), .seconds(Int64.min), .seconds(3600), .nanoseconds(-1),
    ]

    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func `evidence with any time, duration, and size is explained`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func integer() -> Int { Self.integers.randomElement(using: &generator) ?? 0 }
        func date() -> Date {
            Date(timeIntervalSince1970: Self.instants.randomElement(using: &generator) ?? 0)
        }
        func duration() -> Duration { Self.durations.randomElement(using: &generator) ?? .zero }
        let evidence = EvidenceFixture.evidence {
            $0.token = .claims(
                EntraFixture.token([
                    "iat": .integer(integer()), "exp": .integer(integer()), "nbf": .integer(integer()),
                ])
            )
            $0.request.duration = duration()
            $0.role = .found(RoleFacts(maximumSession: duration(), created: date()))
            $0.assignment = AssignmentFacts(isRequired: true, assigned: date())
            $0.issuer = .published(keyIDs: ["k1"], took: duration())
            $0.clockOffset = ClockOffset(offset: .seconds(integer() / 4), uncertainty: .seconds(1))
            $0.lastChange = SetupChange(at: date())
            $0.now = date()
            $0.exchange =
                [
                    .succeeded(
                        ExchangeAnswer(subject: "x", duration: duration(), packedPolicySize: integer())
                    ),
                    .refused(
                        Failure(
                            kind: .refused,
                            code: "ExpiredTokenException",
                            message: "Token expired: current date/time \(integer()) must be before",
                            fix: ""
                        )
                    ),
                    .refused(Failure(kind: .refused, code: "AccessDenied", message: "", fix: "")),
                ]
                .randomElement(using: &generator) ?? .untried
        }
        let explanation = Explanation(evidence)
        #expect(explanation.causes.allSatisfy { !$0.summary.isEmpty })
    }

    @Test func `deeply nested input is refused within 3 seconds`() throws {
        let depth = 100_000
        let nested = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let took = processorTime {
            #expect(throws: TokenFormatError.self) { try Claims(saved: Secret("{\"a\":\(nested)}")) }
            #expect(throws: ProviderFormatError.self) { try OIDCProvider.records(json: nested) }
            let policy = PolicyEvidence(document: "{\"AssumeRolePolicyDocument\":\(nested)}")
            guard case .refused = policy else {
                Issue.record("expected an error")
                return
            }
        }
        #expect(took < .seconds(3))
    }
}
