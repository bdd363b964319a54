import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

@Suite(.computing) struct ExplanationTests {
    @Test func `an exchange that works has no causes`() {
        let explanation = Explanation(EvidenceFixture.valid)
        #expect(explanation.decision == .allow)
        #expect(explanation.statement == 0)
        #expect(explanation.condition == nil)
        #expect(explanation.causes.isEmpty)
        #expect(explanation.lint.isEmpty)
        #expect(explanation.isClear)
    }

    static let additional: [(evidence: Evidence, first: String)] = [
        (EvidenceFixture.token(["aud": .string(EntraFixture.audience + "/")]), "audience-mismatch"),
        (
            EvidenceFixture.token(["aud": .array([.string(EntraFixture.audience), .string("b")])]),
            "audience-multiple"
        ),
        (
            EvidenceFixture.evidence {
                $0.now = Date(timeIntervalSince1970: TimeInterval(EntraFixture.issued - 1000))
            },
            "token-not-yet-valid"
        ),
        (
            EvidenceFixture.evidence { $0.exchange = .succeeded(ExchangeAnswer(subject: "x")) },
            "answer-subject"
        ),
        (EvidenceFixture.policy(#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#), "depends-on-unknown"),
    ]

    @Test(arguments: additional)
    func `situations outside the tables also have a cause`(row: (evidence: Evidence, first: String)) {
        #expect(Explanation(row.evidence).causes.first?.id == row.first)
    }

    @Test(arguments: [true, false])
    func `a provider of another account is not proposed for the policy`(isAlone: Bool) {
        let foreignProvider = OIDCProvider(
            arn: EntraFixture.providerARN.replacing("111122223333", with: "999988887777"),
            url: "https://\(EntraFixture.provider)",
            clientIDs: [EntraFixture.audience]
        )
        let explanation = Explanation(
            EvidenceFixture.evidence {
                $0.providers = isAlone ? [foreignProvider] : [foreignProvider, EvidenceFixture.record]
            }
        )
        #expect(explanation.decision == .allow)
        #expect(explanation.causes.map(\.id) == (isAlone ? ["provider-account"] : []))
        #expect(explanation.lint.isEmpty)
    }

    /// Every pair of partitions of the role and of the provider that the policy trusts.
    static let partitions = AWSPartition.allCases.flatMap { role in
        AWSPartition.allCases.map { (role: role, provider: $0) }
    }

    @Test(arguments: partitions, [true, false])
    func `a provider of another partition denies, with and without its record`(
        partitions: (role: AWSPartition, provider: AWSPartition),
        hasRecord: Bool
    ) throws {
        let provider = EntraFixture.providerARN.replacing(
            "arn:aws:",
            with: "arn:\(partitions.provider.rawValue):"
        )
        let role = "arn:\(partitions.role.rawValue):iam::111122223333:role/audit"
        for condition in [
            EntraFixture.validCondition, #"{"StringEquals": {"\#(EntraFixture.provider):sub": "x"}}"#,
        ] {
            let explanation = Explanation(
                EvidenceFixture.evidence {
                    $0.request.roleARN = RoleARN(role)
                    $0.request.region = partitions.role.implicitRegion
                    $0.policy = PolicyEvidence(
                        document: EntraFixture.policy(
                            condition: condition,
                            principal: #"{"Federated": "\#(provider)"}"#
                        )
                    )
                    let record = OIDCProvider(
                        arn: provider,
                        url: EntraFixture.provider,
                        clientIDs: [EntraFixture.audience]
                    )
                    $0.providers = hasRecord ? [record] : nil
                }
            )
            let ids = explanation.causes.map(\.id)
            let isSame = partitions.role == partitions.provider
            #expect(ids.contains("provider-partition") == (!isSame && hasRecord), "\(partitions) \(ids)")
            if condition == EntraFixture.validCondition {
                #expect(explanation.decision == (isSame ? .allow : .deny))
                #expect(ids.contains("principal-partition") == !isSame, "\(partitions) \(ids)")
            }
            guard !isSame else { continue }
            let commands = explanation.causes.flatMap(\.commands).filter { !$0.contains("get-role") }
            let foreign = "arn:\(partitions.provider.rawValue):iam::111122223333:oidc-provider"
            let proposed = commands.joined(separator: "\n")
            #expect(!proposed.contains(foreign + "/"), "\(partitions) \(proposed)")
        }
    }

    static let foreignProvider = OIDCProvider(
        arn: EntraFixture.providerARN.replacing("111122223333", with: "999988887777"),
        url: EntraFixture.provider,
        clientIDs: ["api://other"]
    )

    @Test(arguments: [[EvidenceFixture.record, foreignProvider], [foreignProvider, EvidenceFixture.record]])
    func `of two accounts' providers, the provider that the policy trusts is assumed and noted`(
        records: [OIDCProvider]
    ) {
        let explanation = Explanation(
            EvidenceFixture.evidence {
                $0.request.roleARN = nil
                $0.providers = records
            }
        )
        #expect(explanation.decision == .allow)
        #expect(explanation.causes.map(\.id) == ["provider-assumed"])
        #expect(explanation.provider == EntraFixture.providerARN)
    }

    @Test(arguments: [
        PolicyEvidence.unknown,
        PolicyEvidence(
            document: EntraFixture.policy(
                condition: EntraFixture.validCondition,
                principal:
                    #"{"Federated": ["\#(EntraFixture.providerARN)", "\#(foreignProvider.arn ?? "")"]}"#
            )
        ),
    ])
    func `two accounts' providers leave the decision undetermined if the policy does not choose`(
        policy: PolicyEvidence
    ) {
        let explanation = Explanation(
            EvidenceFixture.evidence {
                $0.request.roleARN = nil
                $0.policy = policy
                $0.providers = [Self.foreignProvider, EvidenceFixture.record]
            }
        )
        #expect(explanation.decision == .undetermined)
        #expect(explanation.causes.map(\.id) == ["provider-ambiguous"])
        #expect(explanation.provider == nil)
    }

    @Test func `a version 2 token that the policy allows is only noted`() throws {
        let evidence = EvidenceFixture.evidence {
            $0.request.audience = nil
            $0.request.appRole = nil
            $0.providers = nil
            $0.token = .claims(EntraFixture.token(EvidenceFixture.versionTwo))
            let provider = "login.microsoftonline.com/\(EntraFixture.tenant)/v2.0"
            $0.policy = PolicyEvidence(
                document: EntraFixture.policy(
                    condition: #"{"StringEquals": {"\#(provider):sub": "\#(EntraFixture.subject)"}}"#,
                    principal: #"{"Federated": "arn:aws:iam::111122223333:oidc-provider/\#(provider)"}"#
                )
            )
        }
        let explanation = Explanation(evidence)
        #expect(explanation.decision == .allow)
        #expect(explanation.causes.map(\.id) == ["v2-token"])
        #expect(explanation.isClear)
        let cause = try #require(explanation.causes.first)
        #expect(cause.commands.allSatisfy { !$0.contains("PATCH") }, "the role must not get another version")
        #expect(cause.fix.contains("keep the application's api.requestedAccessTokenVersion at 2"))
    }

    @Test func `a version 2 token with which the exchange works has no cause`() {
        let evidence = EvidenceFixture.evidence {
            $0.request.audience = nil
            $0.request.appRole = nil
            $0.providers = nil
            $0.policy = .unknown
            $0.token = .claims(EntraFixture.token(EvidenceFixture.versionTwo))
            $0.exchange = .succeeded(ExchangeAnswer(subject: EntraFixture.subject))
        }
        #expect(Explanation(evidence).causes.map(\.id) == [])
    }

    @Test func `without the role, a version 2 token leads to reading the role, not changing the application`()
        throws
    {
        let evidence = EvidenceFixture.evidence {
            $0.token = .claims(EntraFixture.token(EvidenceFixture.versionTwo))
            $0.providers = nil
            $0.policy = .unknown
        }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "v2-token")
        #expect(cause.commands.allSatisfy { $0.contains("aws iam get-role") && !$0.contains("PATCH") })
        #expect(cause.fix.contains("keep version 2"))
    }

    @Test func `a client that no identity has is federated as an application`() throws {
        let text = "AADSTS700213: No matching federated identity record found for presented assertion"
        let evidence = EvidenceFixture.noToken("AADSTS700213", text, .workloadIdentity) {
            $0.assertion = EvidenceFixture.assertion()
        }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "federated-credential-mismatch")
        let command = try #require(cause.commandLines.first { $0.contains("federated-credential create") })
        #expect(command.hasPrefix(#"if [ -n "$IDENTITY" ]; then az identity federated-credential create "#))
        #expect(command.contains("; else " + "az ad app federated-credential create --id "))
    }

    @Test func `federated credentials of different subjects have different names`() throws {
        let text = "AADSTS700213: No matching federated identity record found for presented assertion"
        let names = try ["a", "b"].map { subject in
            let evidence = EvidenceFixture.noToken("AADSTS700213", text, .workloadIdentity) {
                var payload = EvidenceFixture.assertion().payload
                payload["sub"] = .string(subject)
                $0.assertion = Claims(header: [:], payload: payload)
            }
            let commands = try #require(Explanation(evidence).causes.first?.commands)
            let command = try #require(commands.first { $0.contains("federated-credential create") })
            let rest = try #require(command.components(separatedBy: " --name ").last)
            return String(rest.prefix { $0 != " " })
        }
        #expect(names.allSatisfy { $0.hasPrefix("cambist-") && $0.count == 16 })
        #expect(names[0] != names[1])
    }

    @Test(arguments: ["api://other", "api://AzureADTokenExchange"])
    func `no federated credential is created for a wrong audience`(audience: String) throws {
        let text = "AADSTS700212: No matching federated identity record found for the audience"
        let evidence = EvidenceFixture.noToken("AADSTS700212", text, .workloadIdentity) {
            var payload = EvidenceFixture.assertion().payload
            payload["aud"] = .string(audience)
            $0.assertion = Claims(header: [:], payload: payload)
        }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "federated-credential-mismatch" && cause.commands == [])
        #expect(cause.fix.contains("api://AzureADTokenExchange"))
    }

    @Test func `causes of STS's refusal precede other causes`() {
        let evidence = EvidenceFixture.refused("AccessDenied", EvidenceFixture.denied) {
            $0.policy =
                EvidenceFixture.policy(
                    #"{"StringEquals": {"\#(EntraFixture.provider):sub": "\#(EvidenceFixture.other)"}}"#
                ).policy
            $0.request.duration = .seconds(7200)
            $0.providers = []
            $0.token = .claims(EntraFixture.token(["roles": nil]))
        }
        #expect(
            Explanation(evidence).causes.map(\.id) == [
                "sub-mismatch", "no-provider", "duration-over-maximum", "app-role-missing",
            ]
        )
    }

    @Test func `every failed condition has a cause`() {
        let condition = """
            {"StringEquals": {"sts.windows.net/\(EntraFixture.tenant):aud": "\(EntraFixture.audience)",
             "sts.windows.net/\(EntraFixture.tenant):sub": "\(EntraFixture.subject)"}}
            """
        let explanation = Explanation(EvidenceFixture.policy(condition))
        #expect(explanation.causes.map(\.id) == ["condition-key-slash", "condition-key-slash"])
        #expect(explanation.condition?.key == "sts.windows.net/\(EntraFixture.tenant):aud")
        #expect(explanation.condition?.required == [EntraFixture.audience])
        #expect(explanation.condition?.found == [])
        #expect(explanation.lint.contains { $0.id == "key-slash" })
    }

    private static let correctable: Set<String> = [
        "condition-key-slash", "sub-is-client-id", "sub-mismatch", "value-final-slash", "value-guid-for-uri",
        "aud-mismatch", "principal-slash", "condition-key-unsupported", "wildcard-under-equals", "value-case",
        "action-mismatch",
    ]

    @Test(arguments: Pitfall.table.filter { correctable.contains($0.id) })
    func `the policy that the fix stores allows the token`(row: Pitfall) throws {
        let evidence = try #require(row.evidence)
        let command = try #require(Explanation(evidence).causes.first?.commands.first)
        let start = try #require(command.range(of: "--policy-document '"))
        let document = String(command[start.upperBound...].dropLast())
        #expect(command.contains("--role-name audit "))
        let policy = try TrustPolicy(parsing: document)
        #expect(policy.evaluate(EntraFixture.request()).decision == .allow)
        #expect(!policy.lint().contains { $0.id == "no-condition" })
    }

    @Test func `the policy that a fix for session tags stores allows the tags`() throws {
        let tags = JSONValue.object(["principal_tags": .object(["a": .array([.string("b")])])])
        let evidence = EvidenceFixture.token(["https://aws.amazon.com/tags": tags])
        let fix = try #require(Explanation(evidence).causes.first?.fix)
        let start = try #require(fix.range(of: "--policy-document '"))
        let policy = try TrustPolicy(parsing: String(fix[start.upperBound...].dropLast()))
        var stored = evidence
        stored.policy = .parsed(policy)
        #expect(Explanation(stored).causes.isEmpty)
    }

    @Test func `the fix names the options that set unknown keys`() throws {
        let evidence = EvidenceFixture.evidence {
            $0.policy =
                EvidenceFixture.policy(
                    #"{"StringEquals": {"sts:RoleSessionName": "x", "aws:ResourceTag/a": "b"}, "IpAddress": {"aws:SourceIp": "::/0"}}"#
                ).policy
            $0.request.sessionName = nil
        }
        let fix = try #require(Explanation(evidence).causes.first?.fix)
        for option in ["--session-name NAME", "--source-ip ADDRESS", "--context aws:ResourceTag/a=VALUE"] {
            #expect(fix.contains(option), "\(fix)")
        }
    }

    @Test func `the first cause has the command, and the others refer to it`() throws {
        let condition = """
            {"StringEquals": {"sts.windows.net/\(EntraFixture.tenant):aud": "\(EntraFixture.audience)",
             "\(EntraFixture.provider):sub": "\(EvidenceFixture.other)"}}
            """
        let causes = Explanation(EvidenceFixture.policy(condition)).causes
        let fixes = causes.map(\.fix)
        #expect(fixes.map { $0.contains("update-assume-role-policy --") } == [true, false])
        // With the corrected key, the statement would allow the other identity that it names.
        #expect(fixes[0].contains("Instead, add a statement that allows only the token's identity"))
        #expect(causes[1].evidence.contains("it must be \(EntraFixture.provider):aud"))
        #expect(fixes[1].contains("The `aws iam update-assume-role-policy` command of cause 1 also applies"))
    }

    @Test(arguments: [0.0, 299, 300])
    func `an expired token is a failure, because cambist does not send it to STS`(seconds: Double) {
        let end = Date(timeIntervalSince1970: TimeInterval(EntraFixture.issued + 86700))
        #expect(Explanation(EvidenceFixture.evidence { $0.now = end - 1 }).causes.isEmpty)
        let evidence = EvidenceFixture.evidence { $0.now = end + seconds }
        #expect(!Explanation(evidence).isClear)
        var proven = evidence
        proven.exchange = .succeeded(ExchangeAnswer(subject: EntraFixture.subject))
        #expect(Explanation(proven).isClear)
    }

    @Test func `an expired saved token does not hide the policy's decision`() {
        var evidence = EvidenceFixture.policy(
            #"{"StringEquals": {"\#(EntraFixture.provider):sub": "\#(EvidenceFixture.other)"}}"#
        )
        evidence.now = Date(timeIntervalSince1970: TimeInterval(EntraFixture.issued + 100_000))
        #expect(Explanation(evidence).causes.map(\.id) == ["token-expired", "sub-mismatch"])
        evidence.isHypothetical = true
        #expect(Explanation(evidence).causes.map(\.id) == ["sub-mismatch", "token-expired"])
    }

    @Test func `an expired saved token that the policy allows is a failure`() throws {
        let evidence = EvidenceFixture.evidence {
            $0.now = Date(timeIntervalSince1970: TimeInterval(EntraFixture.issued + 100_000))
            $0.isHypothetical = true
            $0.request.appRole = "Other"
        }
        let explanation = Explanation(evidence)
        #expect(explanation.decision == .allow && !explanation.isClear)
        let first = try #require(explanation.causes.first)
        #expect(first.id == "token-expired" && first.fix.contains("--at"))
    }

    @Test func `an undetermined decision alone does not count as a failure`() throws {
        let evidence = EvidenceFixture.policy(#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#)
        let explanation = Explanation(evidence)
        #expect(explanation.decision == .undetermined && explanation.isClear)
        #expect(explanation.text().contains("found     unknown to cambist"))
        let json = try JSONValue(parsing: JSONEncoder().encode(explanation))
        #expect(json["condition"]?["found"] == .null)
    }

    @Test func `a value that the request lacks is absent`() throws {
        let evidence = EvidenceFixture.policy(#"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#)
        #expect(Explanation(evidence).text().contains("found     absent"))
        let json = try JSONValue(parsing: JSONEncoder().encode(Explanation(evidence)))
        #expect(json["condition"]?["found"] == .array([]))
    }

    @Test func `a malformed policy is invalid`() {
        let explanation = Explanation(EvidenceFixture.evidence { $0.policy = PolicyEvidence(document: "{") })
        #expect(explanation.decision == .invalid)
        #expect(explanation.statement == nil)
    }

    @Test func `without a policy or a token, the decision is undetermined`() {
        #expect(Explanation(EvidenceFixture.evidence { $0.policy = .unknown }).decision == .undetermined)
        #expect(Explanation(EvidenceFixture.evidence { $0.token = .none }).decision == .undetermined)
    }

    @Test func `possible causes are listed with their cause and in openQuestions`() throws {
        let explanation = Explanation(EvidenceFixture.noToken("invalid_request", "Identity not found", .imds))
        let json = try JSONValue(parsing: JSONEncoder().encode(explanation))
        guard case .array(let causes) = json["causes"], case .array(let all) = json["openQuestions"]
        else {
            Issue.record("causes and openQuestions are not arrays")
            return
        }
        #expect(causes.first?["openQuestion"]?["tell"]?.string?.isEmpty == false)
        #expect(all == [causes.first?["openQuestion"]])
    }

    @Test func `a propagating change is shown with its time, its source, and the upper bound`() throws {
        let mapped = EvidenceFixture.refused("InvalidIdentityToken", EvidenceFixture.providerNotFound) {
            $0.providers?[0].created = EntraFixture.now - 20
            $0.request.mapping = "audit log"
        }
        let cause = try #require(Explanation(mapped).causes.first)
        #expect(
            cause.evidence.contains(
                "the provider was created at 2025-10-09T09:53:00Z, according to IAM's CreateDate"
            )
        )
        #expect(cause.fix.contains("The change should be effective by 2025-10-09T09:55:00Z"))
        #expect(cause.fix.contains("`cambist wait 'audit log'`"))
    }

    @Test func `the JSON has the documented members`() throws {
        let explanation = Explanation(
            EvidenceFixture.policy(#"{"StringEquals": {"\#(EntraFixture.provider):sub": "x"}}"#)
        )
        let data = try JSONEncoder().encode(explanation)
        let json = try JSONValue(parsing: data)
        #expect(json["version"] == .integer(1))
        #expect(json["decision"] == .string("deny"))
        #expect(json["statement"] == .integer(0))
        #expect(json["condition"]?["operator"] == .string("StringEquals"))
        #expect(json["condition"]?["key"] == .string("\(EntraFixture.provider):sub"))
        #expect(json["condition"]?["required"] == .array([.string("x")]))
        #expect(json["condition"]?["found"] == .array([.string(EntraFixture.subject)]))
        guard case .array(let causes) = json["causes"], case .array = json["lint"] else {
            Issue.record("causes and lint are not arrays")
            return
        }
        #expect(causes.first?["id"] == .string("sub-mismatch"))
    }

    @Test func `without a decision, statement and condition are null`() throws {
        let data = try JSONEncoder().encode(Explanation(EvidenceFixture.evidence { $0.policy = .unknown }))
        let json = try JSONValue(parsing: data)
        #expect(json["statement"] == .null)
        #expect(json["condition"] == .null)
    }
}
