import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import TrustPolicy

/// The fixes of one explanation: none is missing, none is repeated, and none undoes another.
@Suite(.computing) struct FixConsistencyTests {
    private static let versionOneProvider = EvidenceFixture.record
    private static let versionTwoProvider = OIDCProvider(
        arn: "arn:aws:iam::111122223333:oidc-provider/\(EvidenceFixture.versionTwoProvider)",
        url: EvidenceFixture.versionTwoProvider,
        clientIDs: [EvidenceFixture.other]
    )

    /// Returns the evidence of a version 2 token.
    private static func versionTwo(_ change: (inout Evidence) -> Void) -> Evidence {
        EvidenceFixture.evidence {
            $0.token = .claims(EntraFixture.token(EvidenceFixture.versionTwo))
            change(&$0)
        }
    }

    private static let refusals: [ExchangeEvidence] = [
        .untried,
        refused("InvalidIdentityToken", "Incorrect token audience"),
        refused("InvalidIdentityToken", EvidenceFixture.providerNotFound),
        refused("AccessDenied", EvidenceFixture.denied),
    ]

    private static func refused(_ code: String, _ message: String) -> ExchangeEvidence {
        .refused(Failure(kind: .refused, code: code, message: message, fix: ""))
    }

    private static func trusting(_ provider: String) -> PolicyEvidence {
        PolicyEvidence(
            document: EntraFixture.policy(
                condition: #"{"StringEquals": {"\#(provider):sub": "\#(EvidenceFixture.other)"}}"#,
                principal: #"{"Federated": "arn:aws:iam::111122223333:oidc-provider/\#(provider)"}"#
            )
        )
    }

    /// Every case of the tables, and version 2 tokens with all combinations of providers, policies, and refusals.
    private static let cases: [Evidence] = {
        var cases = Pitfall.table.compactMap(\.evidence)
        let providers: [[OIDCProvider]?] = [
            nil, [], [versionOneProvider], [versionTwoProvider], [versionOneProvider, versionTwoProvider],
        ]
        let policies: [PolicyEvidence] = [
            .unknown, EvidenceFixture.valid.policy, trusting(EvidenceFixture.versionTwoProvider),
        ]
        for providers in providers {
            for policy in policies {
                for exchange in refusals {
                    cases.append(
                        versionTwo {
                            $0.providers = providers
                            $0.policy = policy
                            $0.exchange = exchange
                        }
                    )
                }
            }
        }
        return cases
    }()

    @Test func `every cause has a fix`() {
        for evidence in Self.cases {
            for cause in Explanation(evidence).causes { #expect(!cause.advice.isEmpty, "\(cause.id)") }
        }
    }

    @Test func `names keep their capital letter within a fix`() {
        for evidence in Self.cases {
            for cause in Explanation(evidence).causes {
                #expect(!cause.fix.contains(/\b(azure|entra|microsoft|kubernetes) [A-Za-z]/), "\(cause.fix)")
            }
        }
    }

    @Test func `no command or fix occurs twice`() {
        for evidence in Self.cases {
            let causes = Explanation(evidence).causes
            let commands = causes.flatMap(\.commands).filter {
                // The values of variables, and the lines around several az commands.
                $0.wholeMatch(of: /[A-Z0-9]+=.+/) == nil && !$0.hasSuffix(" && {") && $0 != "}"
            }
            #expect(Set(commands).count == commands.count, "\(causes.map(\.id)): \(commands)")
            let fixes = causes.map(\.fix).filter {
                !$0.hasPrefix("The ") || !$0.hasSuffix(" to this cause.")
            }
            #expect(Set(fixes).count == fixes.count, "\(causes.map(\.id)): \(fixes)")
        }
    }

    @Test func `no fix registers a token that another fix replaces`() {
        let registrations = [
            "create-open-id-connect-provider", "add-client-id", "update-assume-role-policy",
        ]
        for evidence in Self.cases {
            let commands = Explanation(evidence).causes.flatMap(\.commands)
            guard commands.contains(where: { $0.contains("requestedAccessTokenVersion") }) else { continue }
            for registration in registrations {
                #expect(!commands.contains { $0.contains(registration) }, "\(commands)")
            }
        }
    }

    @Test(arguments: refusals)
    func `with a provider for version 2, the application keeps its version`(exchange: ExchangeEvidence) {
        let causes = Explanation(
            Self.versionTwo {
                $0.providers = [Self.versionTwoProvider]
                $0.policy = .unknown
                $0.exchange = exchange
            }
        ).causes
        let commands = causes.flatMap(\.commands)
        #expect(commands.count { $0.contains("add-client-id") } == 1, "\(commands)")
        #expect(!commands.contains { $0.contains("PATCH") })
        #expect(
            causes.contains {
                $0.advice.contains("keep the application's api.requestedAccessTokenVersion at 2")
            }
        )
    }

    @Test(arguments: refusals)
    func `with a policy and a provider for version 1, only the application changes`(
        exchange: ExchangeEvidence
    ) {
        let causes = Explanation(Self.versionTwo { $0.exchange = exchange }).causes
        #expect(causes.flatMap(\.commands).count == 1, "\(causes)")
        #expect(causes.first?.commands.first?.contains("requestedAccessTokenVersion") == true)
        #expect(
            !causes.contains {
                $0.advice.contains("keep the application's api.requestedAccessTokenVersion at 2")
            }
        )
    }

    @Test(arguments: refusals)
    func `with providers for both versions, a second statement leaves the application unchanged`(
        exchange: ExchangeEvidence
    ) {
        let explanation = Explanation(
            Self.versionTwo {
                $0.providers = [Self.versionOneProvider, Self.versionTwoProvider]
                $0.exchange = exchange
            }
        )
        let commands = explanation.causes.flatMap(\.commands)
        #expect(!commands.contains { $0.contains("PATCH") }, "\(commands)")
        #expect(commands.count { $0.contains("update-assume-role-policy") } == 1, "\(commands)")
        #expect(explanation.causes.contains { $0.advice.contains("because it is for other principals") })
        #expect(explanation.causes.contains { $0.advice.contains("a second statement in the trust policy") })
    }

    @Test func `a client ID is not added to a provider that the account lacks`() throws {
        let explanation = Explanation(
            Self.versionTwo {
                $0.providers = [Self.versionOneProvider]
                $0.policy = Self.trusting(EvidenceFixture.versionTwoProvider)
            }
        )
        let first = try #require(explanation.causes.first)
        #expect(first.id == "provider-version", "\(explanation.causes.map(\.id))")
        #expect(first.commands.contains { $0.contains("create-open-id-connect-provider") })
        #expect(!explanation.causes.flatMap(\.commands).contains { $0.contains("add-client-id") })
    }

    @Test func `a fix warns that a new token version affects all clients`() {
        let causes = Explanation(Self.versionTwo { $0.exchange = .untried }).causes
        #expect(causes.contains { $0.advice.contains("tokens of all clients of the application") })
    }

    @Test func `without facts about a version 2 token, no fix changes anything`() {
        let causes = Explanation(
            Self.versionTwo {
                $0.providers = nil
                $0.policy = .unknown
            }
        ).causes
        #expect(causes.flatMap(\.commands).allSatisfy { $0.contains("aws iam get-role") })
    }

    @Test func `a GUID in place of a registered URI is not registered as well`() throws {
        let evidence = EvidenceFixture.token(["aud": .string(EvidenceFixture.other)])
        let causes = Explanation(evidence).causes
        #expect(causes.flatMap(\.commands) == [])
        let guid = try #require(causes.first { $0.id == "audience-guid" })
        #expect(guid.fix.contains("Remove use_guid") && !guid.fix.contains("client IDs"))
    }

    @Test func `causes of the same kind refer to the first fix`() {
        let causes = Explanation(EvidenceFixture.token(["iat": nil, "sub": nil])).causes
        let missing = causes.filter { $0.id == "claim-missing" }
        #expect(missing.count == 2)
        #expect(missing.last?.fix == "The fix of cause 1 also applies to this cause.")
    }

    @Test func `a record without claims does not blame the token source for STS's refusal`() throws {
        let mapping = RoleMapping(
            id: "audit",
            identity: "logging",
            audience: EntraFixture.audience,
            roleARN: try #require(EvidenceFixture.role),
            region: "eu-west-1",
            sessionName: "cambist-audit"
        )
        let failure = Failure(
            kind: .refused,
            code: "AccessDenied",
            message: EvidenceFixture.denied,
            fix: ""
        )
        let record = ExchangeRecord(
            id: 1,
            at: EntraFixture.now,
            mapping: "audit",
            identity: "logging",
            roleARN: mapping.roleARN,
            steps: [StepRecord(step: .exchange, outcome: .failed, duration: .zero, failure: failure)]
        )
        let evidence = Evidence(of: record, mapping: mapping, identity: nil, now: EntraFixture.now)
        #expect(Explanation(evidence).causes.map(\.id) == ["not-authorized"])
    }

    // A token of the wrong kind.

    @Test func `causes that follow from a user's token are not reported`() {
        let evidence = EvidenceFixture.refused("InvalidIdentityToken", EvidenceFixture.providerNotFound) {
            $0.token = .claims(
                EntraFixture.token([
                    "scp": .string("user_impersonation"), "sub": .string("p"), "oid": .string("q"),
                    "roles": nil, "appid": .string(EvidenceFixture.other),
                ])
            )
            $0.identity?.tenantID = EntraFixture.tenant
            $0.providers = []
            $0.assignment = AssignmentFacts(isRequired: false, assigned: EntraFixture.now)
            $0.directoryProblem = Failure(
                kind: .refused,
                code: "Request_ResourceNotFound",
                message: "Resource 'q' does not exist.",
                fix: ""
            )
        }
        #expect(Explanation(evidence).causes.map(\.id) == ["user-token"])
    }

    @Test func `causes that do not follow from a user's token are reported`() {
        let evidence = EvidenceFixture.refused("Throttling", "Rate exceeded") {
            $0.token = .claims(EntraFixture.token(["scp": .string("a"), "sub": .string("p")]))
            $0.role = .missing
        }
        #expect(Set(Explanation(evidence).causes.map(\.id)) == ["user-token", "role-not-found", "throttled"])
    }

    // The order of causes.

    @Test(arguments: ["HS256", "none"])
    func `an unsupported algorithm precedes the key that STS could not fetch`(algorithm: String) {
        let evidence = EvidenceFixture.refused(
            "InvalidIdentityToken",
            "Couldn't retrieve verification key from your identity provider"
        ) {
            $0.token = .claims(
                Claims(
                    header: ["alg": .string(algorithm), "kid": .string("k1")],
                    payload: EntraFixture.claims
                )
            )
            $0.issuer = .published(keyIDs: ["k1"], took: .zero)
        }
        let explanation = Explanation(evidence)
        #expect(explanation.causes.map(\.id) == ["algorithm-unsupported", "verification-key"])
        #expect(!explanation.isClear)
    }

    // Advice about settings and messages that exist.

    @Test(arguments: [
        ("policy.json", "Correct policy.json (policy_file)"), (nil, "contains no session policy"),
    ])
    func `advice on a session policy depends on the mapping's session policy`(file: String?, part: String)
        throws
    {
        let evidence = EvidenceFixture.refused("MalformedPolicyDocument", "") {
            $0.request.mapping = "audit"
            $0.request.sessionPolicy.file = file
        }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "session-policy-malformed")
        #expect(cause.fix.contains(part), "\(cause.fix)")
        #expect(cause.evidence == "MalformedPolicyDocument, without a message")
        if file == nil { #expect(!cause.fix.contains("policy_file")) }
    }

    @Test func `an error without a message has no advice about its message`() {
        let codes = [
            "ValidationError", "AccessDenied", "InvalidIdentityToken", "MalformedPolicyDocument",
            "PackedPolicyTooLarge", "Throttling", "Strange",
        ]
        for code in codes + ["MalformedInput"] {
            for message in ["", Failure.blankMessage(status: 400)] {
                for cause in Explanation(EvidenceFixture.refused(code, message)).causes {
                    #expect(!cause.fix.contains("message names"), "\(code): \(cause.fix)")
                    #expect(!cause.fix.contains("the message"), "\(code): \(cause.fix)")
                    #expect(!cause.evidence.hasSuffix(": "), "\(code): \(cause.evidence)")
                }
            }
        }
    }

    @Test func `if the policy from IAM does not explain a denial, the advice does not ask to read IAM`()
        throws
    {
        let evidence = EvidenceFixture.refused("AccessDenied", EvidenceFixture.denied) {
            let policy = $0.policy
            var inspection = RoleInspection(
                policy: policy,
                source: .iam(credentials: "profile admin"),
                at: $0.now
            )
            inspection.providers = $0.providers
            $0.add(inspection)
        }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "denied-beyond-trust" && cause.commands == [])
        let origin = "the policy that was read from IAM using profile admin allows the token"
        #expect(cause.evidence.contains(origin))
        #expect(cause.possibleCauses?.causes.contains { $0.contains("current one") } == false)
        var saved = evidence
        saved.policyReader = nil
        saved.policyFile = "trust.json"
        let other = try #require(Explanation(saved).causes.first)
        #expect(other.evidence.contains("the policy in trust.json"))
        #expect(other.commands.first?.contains("get-role") == true)
    }

    // Reasons for the lack of a command.

    @Test(arguments: [
        (
            #"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#,
            "keeps the condition on aws:PrincipalOrgID, which the request does not meet"
        ),
        (
            #"{"StringNotEquals": {"\#(EntraFixture.provider):sub": "\#(EntraFixture.subject)"}}"#,
            "excludes the token's subject or audience"
        ),
        (
            #"{"StringEquals": {"\#(EntraFixture.provider):sub": "\#(String(repeating: "x", count: 1700))"}}"#,
            "IAM's quota of 2048 characters"
        ),
    ])
    func `a denial without a command has the reason`(condition: String, reason: String) throws {
        let cause = try #require(Explanation(EvidenceFixture.policy(condition)).causes.first)
        #expect(cause.commands == [])
        #expect(cause.fix.contains("cambist proposes no command to change the trust policy, because"))
        #expect(cause.fix.contains(reason), "\(cause.fix)")
    }

    @Test func `every denial has a command, a reference to one, or the reason why there is none`() {
        for pitfall in Pitfall.table {
            guard let evidence = pitfall.evidence else { continue }
            let explanation = Explanation(evidence)
            guard explanation.decision == .deny, let first = explanation.causes.first,
                first.evidence.hasPrefix("Statement[")
            else { continue }
            #expect(
                !first.commands.isEmpty || first.fix.contains("cambist proposes no command")
                    || first.fix.contains("Change nothing"),
                "\(pitfall.testDescription): \(first.fix)"
            )
        }
    }

    // The configuration file.

    @Test(arguments: [
        ("Set it (`cambist config edit`).", "Set it (`cambist config edit -c 'a b.yaml'`)."),
        ("`cambist setup apply audit`, or else", "`cambist setup apply -c 'a b.yaml' audit`, or else"),
        ("Run `cambist explain audit`.", "Run `cambist explain -c 'a b.yaml' audit`."),
        ("`cambist console --lab` or `cambist lab`", "`cambist console --lab` or `cambist lab`"),
        ("cambist knows `aws` and `cambist", "cambist knows `aws` and `cambist"),
        ("the text ` and `cambist wait a`", "the text ` and `cambist wait -c 'a b.yaml' a`"),
        ("`cambist test --all`", "`cambist test -c 'a b.yaml' --all`"),
        ("`cambist status -c x.yaml`", "`cambist status -c x.yaml`"),
        ("`cambist test --help`", "`cambist test --help`"),
    ])
    func `cambist's own commands name the configuration file of the option`(text: String, expected: String) {
        #expect(ConfigurationReference(path: "a b.yaml", isOption: true).naming(in: text) == expected)
        #expect(ConfigurationReference(path: "a b.yaml", isOption: false).naming(in: text) == text)
    }

    @Test func `every command that requires a mapping names it, and no known value is a placeholder`() {
        let placeholder =
            /`cambist (explain|setup apply|wait)`| MAPPING|ACCOUNT|HOST\/PATH|TENANT_ID|--role-name ROLE/
        for var evidence in Self.cases where evidence.request.roleARN != nil && evidence.token.claims != nil {
            evidence.request.mapping = "our audit"
            evidence.identity?.tenantID = EntraFixture.tenant
            for cause in Explanation(evidence).causes {
                let text = cause.fix + (cause.possibleCauses?.toFindOut ?? "")
                #expect(text.firstMatch(of: placeholder)?.output.0 == nil, "\(cause.id): \(text)")
            }
        }
    }

    @Test func `the fix for a missing role names setup if the mapping is known`() throws {
        let evidence = EvidenceFixture.evidence {
            $0.role = .missing
            $0.request.mapping = "audit"
            $0.lastChange = SetupChange(at: $0.now)
        }
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "role-not-found" })
        #expect(cause.advice.hasPrefix("Run `cambist setup apply audit`, which creates the role. If the ARN"))
        let unnamed = EvidenceFixture.evidence { $0.role = .missing }
        let other = try #require(Explanation(unnamed).causes.first { $0.id == "role-not-found" })
        #expect(!other.fix.contains("setup apply") && other.fix.contains("role_arn"))
    }

    @Test(arguments: [
        (nil as Duration?, "Wait a few minutes, then retry. Reuse credentials"),
        (.seconds(90), "Wait 1m30s, as the server asked (Retry-After), then retry. Reuse credentials"),
    ])
    func `a fix for throttling names the time that the server asked to wait`(
        retryAfter: Duration?,
        text: String
    ) {
        let failure = Failure(
            kind: .tryAgain,
            code: "Throttling",
            message: "Rate exceeded",
            fix: "",
            retryAfter: retryAfter
        )
        let evidence = EvidenceFixture.evidence { $0.exchange = .refused(failure) }
        let cause = Explanation(evidence).causes.first { $0.id == "throttled" }
        #expect(cause?.fix.hasPrefix(text) == true, "\(cause?.fix ?? "")")
    }

    @Test func `Retry-After of the token source and of the directory is named as well`() {
        let failure = Failure(
            kind: .tryAgain,
            code: "429",
            message: "",
            fix: "",
            retryAfter: .seconds(17)
        )
        let source = EvidenceFixture.evidence { $0.token = .failed(failure, source: .imds) }
        #expect(Explanation(source).causes.first?.fix.hasPrefix("Wait 17s, as the server asked") == true)
        let directory = EvidenceFixture.evidence {
            $0.token = .claims(EntraFixture.token(["roles": nil]))
            $0.directoryProblem = failure
        }
        let cause = Explanation(directory).causes.first { $0.id == "graph-throttled" }
        #expect(cause?.fix == "Wait 17s, as the server asked (Retry-After), then retry.")
    }

    @Test func `every fix names the configuration file of the option`() {
        for var evidence in Self.cases {
            evidence.tools.configuration = ConfigurationReference(path: "/x.yaml", isOption: true)
            for cause in Explanation(evidence).causes {
                let text = cause.fix + (cause.possibleCauses?.toFindOut ?? "")
                for command in text.matches(of: /`cambist (?!explain --)[^`]*`/) {
                    #expect(command.output.contains("-c /x.yaml"), "\(cause.id): \(command.output)")
                }
                #expect(!text.contains("config path"))
            }
        }
    }
}

/// A certificate that this host's clock rejects, at the token source and at STS.
@Suite(.computing) struct CertificateDateTests {
    private static let begins = EntraFixture.now.addingTimeInterval(86_400)
    private static let message =
        "The certificate of login.example \(CertificateDate.begins(begins).text), and this host's clock shows "
        + "\(EntraFixture.now.formatted(.iso8601))."

    private static func evidence(isSource: Bool, offset: Int?) -> Evidence {
        EvidenceFixture.evidence {
            let failure = Failure(
                kind: .unreachable,
                code: "certificate-dates",
                message: message,
                fix: "Check this host's clock."
            )
            if isSource {
                $0.token = .failed(failure, source: .clientSecret)
            } else {
                $0.exchange = .refused(failure)
            }
            $0.clockOffset = offset.map {
                ClockOffset(offset: .seconds($0), uncertainty: .milliseconds(600))
            }
        }
    }

    @Test(arguments: [true, false])
    func `a clock that explains the rejection is the cause`(isSource: Bool) throws {
        let explanation = Explanation(Self.evidence(isSource: isSource, offset: 90_000))
        let cause = try #require(explanation.causes.first)
        #expect(cause.id == "clock-offset")
        #expect(cause.commands == ["timedatectl set-ntp true"])
        #expect(explanation.causes.flatMap(\.commands).count == 1)
    }

    @Test(arguments: [true, false], [nil, 600])
    func `without such a clock, the certificate is the cause, and the clock is a possible cause`(
        isSource: Bool,
        offset: Int?
    ) throws {
        let causes = Explanation(Self.evidence(isSource: isSource, offset: offset)).causes
        let cause = try #require(causes.first)
        #expect(cause.id == "certificate-dates")
        #expect(cause.possibleCauses?.causes.contains("this host's clock is wrong") == true)
        #expect(cause.evidence.contains("is not valid until"))
    }

    @Test func `the date is read from the error's own words`() {
        #expect(CertificateDate(in: Self.message) == .begins(Self.begins))
        let ended = CertificateDate.ended(Self.begins)
        #expect(CertificateDate(in: "The certificate of x \(ended.text), and") == ended)
        #expect(ended.contains(Self.begins) && !ended.contains(Self.begins + 1))
        #expect(CertificateDate(in: "x refused the connection") == nil)
    }
}

/// A text that is not a JWT: its defect is named, and the fix is for that defect.
@Suite(.computing) struct TokenDefectTests {
    @Test(arguments: [
        (TokenFormatError.standardBase64(part: "payload"), "not in base64url", "- instead of +"),
        (.critical(["b64"]), "extension that STS does not support", "without crit"),
        (.encrypted, "encrypted", "sign the token"),
        (.wrongPartCount(2), "did not return a signed JWT", "three parts"),
        (.words, "did not return a signed JWT", "The text is a message"),
        (.repeatedMember(part: "payload", "sub"), "two members with the same name", "one value"),
    ])
    func `each defect has its own fix`(error: TokenFormatError, summary: String, fix: String) throws {
        let saved = Explanation(EvidenceFixture.evidence { $0.token = .malformed(error) })
        let cause = try #require(saved.causes.first)
        #expect(cause.id == "token-format")
        #expect(cause.fix.contains(fix), "\(cause.fix)")
        // The claims step reports the same defect as text.
        let failure = TokenFinding(error).failure
        let live = Explanation(EvidenceFixture.evidence { $0.token = .failed(failure, source: .file) })
        #expect(live.causes.map(\.id) == ["token-format"])
        #expect(live.causes.first?.summary.contains(summary) == true)
        // No source was asked for a saved text.
        #expect(
            cause.summary.contains(
                summary.contains("did not return") ? "contains neither a signed JWT" : summary
            )
        )
        #expect(live.causes.first?.fix.contains(fix) == true)
        #expect(live.causes.first?.evidence == error.description)
    }
}
