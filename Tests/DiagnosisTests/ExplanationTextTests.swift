import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// The sentences of explanations.
@Suite(.computing) struct ExplanationTextTests {
    @Test(arguments: [
        ("audit", "run `cambist explain audit`."), (nil, "run `cambist explain` with the same options."),
    ])
    func `the advice to wait ends in a command that can be run`(mapping: String?, command: String) throws {
        let evidence = EvidenceFixture.refused("AccessDenied", EvidenceFixture.denied) {
            $0.request.mapping = mapping
            $0.role = .missing
            $0.policy = .unknown
        }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "role-not-found")
        #expect(cause.advice.contains(command), "\(cause.advice)")
        #expect(!cause.advice.contains("`cambist explain` again"))
    }

    @Test(arguments: [RoleEvidence.missing, .unknown])
    func `a policy file is suggested only if the role may exist`(role: RoleEvidence) throws {
        let evidence = EvidenceFixture.refused("AccessDenied", EvidenceFixture.denied) {
            $0.role = role
            $0.policy = .unknown
        }
        let headline = try #require(Explanation(evidence).headline).text
        #expect(headline.contains("trust_policy_file") == (role == .unknown))
        #expect(headline.contains("The role does not exist") == (role == .missing))
    }

    @Test func `a statement for other principals stays, and a new statement is proposed`() throws {
        let issuer = "token.actions.githubusercontent.com"
        let evidence = EvidenceFixture.policy(
            #"{"StringEquals": {"\#(issuer):sub": "repo:a/b:ref:refs/heads/main"}}"#,
            principal: #"{"Federated": "arn:aws:iam::111122223333:oidc-provider/\#(issuer)"}"#
        )
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "principal-mismatch")
        #expect(cause.advice.contains("because it is for other principals. Instead, "), "\(cause.advice)")
    }

    @Test(arguments: [(1, "the only statement is Deny"), (2, "all 2 statements are Deny")])
    func `the evidence has the number of a policy's Deny statements`(count: Int, words: String) throws {
        let statement =
            #"{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}"#
        let statements = Array(repeating: statement, count: count).joined(separator: ",")
        let evidence = EvidenceFixture.evidence {
            $0.policy = PolicyEvidence(
                document: #"{"Version":"2012-10-17","Statement":[\#(statements)]}"#
            )
        }
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "no-allow" })
        #expect(cause.evidence == words)
    }

    @Test func `a role that IAM does not have is reported with the time of the read`() {
        let inspection = RoleInspection(
            role: .missing,
            source: .iam(credentials: "profile admin"),
            at: EntraFixture.now
        )
        #expect(
            inspection.readings.map { $0.dated { _ in "at 12:00" } } == [
                "The role was not found in IAM, which was read using profile admin, at 12:00."
            ]
        )
    }

    @Test func `the policies of the hub's role have their own source and time`() {
        var inspection = RoleInspection(at: EntraFixture.now)
        var facts = CloudFacts()
        let source = CloudSource(
            .aws,
            account: "111122223333",
            credentials: "profile hub",
            at: EntraFixture.now
        )
        facts.hubSource = source
        inspection.facts = facts
        #expect(
            inspection.readings.map { $0.dated { _ in "at 12:00" } } == [
                "The trust policy is unknown: it was not read from IAM, and no trust_policy_file is set.",
                "The policies of the hub's role were read from IAM using profile hub, at 12:00.",
            ]
        )
        #expect(inspection.credentials == [source])
        inspection.source = .iam(credentials: "profile admin")
        #expect(inspection.credentials.map(\.credentials) == ["profile admin", "profile hub"])
    }

    @Test func `a role that was read is not reported as unread when its providers were not`() {
        let problem = Failure(kind: .refused, code: "AccessDenied", message: "Denied.", fix: "Ask.")
        var inspection = RoleInspection(
            source: .iam(credentials: "profile admin"),
            problem: problem,
            at: EntraFixture.now
        )
        #expect(inspection.unreadPart == "The OIDC providers were not read from IAM")
        inspection.source = .file("trust.json")
        #expect(inspection.unreadPart == "The role was not read from IAM")
    }

    @Test(arguments: [("410", "or the identity does not exist"), ("429", "throttled the request")])
    func `the summary of a metadata error states what is known`(status: String, words: String) throws {
        let evidence = EvidenceFixture.noToken(status, "imds failed (HTTP \(status))", .imds)
        #expect(try #require(Explanation(evidence).causes.first).summary.contains(words))
    }

    /// Evidence without the role and without the account's providers, which name the account otherwise.
    private static let saved: [Evidence] = [
        EvidenceFixture.policy(
            EntraFixture.validCondition,
            principal: #"{"Federated": "graph.facebook.com"}"#
        ),
        EvidenceFixture.policy(
            #"{"StringEquals": {"aws:FederatedProvider": "x"}}"#,
            principal: #"{"Federated": "graph.facebook.com"}"#
        ),
        EvidenceFixture.policy(EntraFixture.validCondition, principal: #"{"AWS": "*"}"#),
    ].map { evidence in
        var saved = evidence
        saved.request.roleARN = nil
        saved.providers = nil
        return saved
    }

    @Test func `evidence has values or plain words and no placeholder`() {
        let names = [
            "ACCOUNT", "ADDRESS", "APP", "AUDIENCE", "CALLER", "FILE", "GROUP", "HOST", "LOCATION",
            "MAPPING", "NAME", "PATH", "POD", "PROVIDER", "REPOSITORY", "ROLE", "SELECTOR", "SUBJECT",
            "TENANT", "TIME", "VALUE", "APP_ID", "CLIENT_ID", "OBJECT_ID", "TENANT_ID",
        ]
        for evidence in Pitfall.table.compactMap(\.evidence) + Self.saved {
            for cause in Explanation(evidence).causes where cause.id != PolicyError.placeholderCode {
                let words = cause.evidence.matches(of: #/\w+/#).map { String($0.output) }
                #expect(Set(words).isDisjoint(with: names), "\(cause.id): \(cause.evidence)")
            }
        }
    }

    @Test func `without an account, the evidence names the issuer instead of the provider's ARN`() throws {
        let cause = try #require(Explanation(Self.saved[0]).causes.first)
        let issuer = "the token's issuer is https://\(EntraFixture.provider)"
        #expect(cause.evidence == "Statement[0] trusts graph.facebook.com; \(issuer)")
        #expect(Explanation(Self.saved[0]).provider == nil)
    }
}
