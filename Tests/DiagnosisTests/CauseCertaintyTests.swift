import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation

/// Causes that claim no more than the evidence shows: checks of this host, clocks, and changes that are not
/// visible yet.
@Suite(.computing) struct CauseCertaintyTests {
    private static let noKey =
        "Couldn't retrieve verification key from your identity provider,  please reference "
        + "AssumeRoleWithWebIdentity documentation for requirements"
    private static let unresolved =
        "login.microsoftonline.com cannot be reached: its name does not resolve."

    @Test func `STS's error precedes this host's failure to reach the issuer`() {
        let evidence = EvidenceFixture.refused("InvalidIdentityToken", Self.noKey) {
            $0.issuer = .unreachable(Self.unresolved)
        }
        let causes = Explanation(evidence).causes
        #expect(causes.map(\.id).prefix(2) == ["verification-key", "issuer-unchecked"])
        #expect(causes.first?.evidence.contains("Couldn't retrieve verification key") == true)
        #expect(!causes.contains { $0.fix.contains("Publish") })
        #expect(causes.dropFirst().first?.fix.contains("does not affect AWS") == true)
    }

    @Test(arguments: [true, false])
    func `AWS's clock decides a condition on the time`(isMeasured: Bool) {
        // AWS's clock is 50 hours ahead, and the statement ends in between.
        let condition = #"{"DateLessThan": {"aws:CurrentTime": "2025-10-10T00:00:00Z"}}"#
        let evidence = EvidenceFixture.evidence {
            $0.policy = PolicyEvidence(document: EntraFixture.policy(condition: condition))
            $0.clockOffset = isMeasured ? Self.clock(180_000) : nil
        }
        let explanation = Explanation(evidence)
        let isOutside = explanation.causes.contains { $0.id == "outside-dates" }
        #expect(isOutside == isMeasured)
    }

    @Test func `this host's failure is not added to unrelated refusals`() {
        let evidence = EvidenceFixture.refused("AccessDenied", EvidenceFixture.denied) {
            $0.issuer = .unreachable(Self.unresolved)
            $0.directoryProblem = Failure(
                kind: .unreachable,
                code: "unreachable",
                message: "No route.",
                fix: "Look."
            )
        }
        let ids = Explanation(evidence).causes.map(\.id)
        #expect(!ids.contains("issuer-unchecked") && !ids.contains("directory-unread"))
    }

    @Test func `a response that is not Entra's leads to advice about a proxy, not about keys`() throws {
        let evidence = EvidenceFixture.refused("InvalidIdentityToken", Self.noKey) {
            $0.issuer = .unreadable("https://login.microsoftonline.com/x returned HTTP 407.")
        }
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "issuer-unreadable" })
        #expect(cause.evidence.contains("Couldn't retrieve verification key"))
        #expect(cause.fix.contains("proxy"))
    }

    /// Source: IAM user guide, "Create an OpenID Connect (OIDC) identity provider": at most 100 RSA and 100 EC keys.
    @Test(arguments: [
        (["RSA": 100, "EC": 100], false), (["RSA": 60, "EC": 60], false), (["RSA": 1, "OKP": 101], false),
        (["RSA": 1, "EC": 101], true), (["RSA": 101], true),
    ])
    func `an issuer has too many keys only if it has more than 100 of a type`(
        counts: [String: Int],
        isSurplus: Bool
    ) {
        let evidence = EvidenceFixture.refused("InvalidIdentityToken", Self.noKey) {
            $0.issuer = .published(keyIDs: ["k1"], counts: counts, took: .zero)
        }
        #expect(Explanation(evidence).causes.contains { $0.id == "issuer-keys-too-many" } == isSurplus)
    }

    @Test func `a missing object may not be visible yet`() throws {
        let evidence = EvidenceFixture.evidence {
            $0.token = .claims(EntraFixture.token(["roles": nil]))
            $0.assignment = AssignmentFacts(isRequired: false, assigned: nil)
        }
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "role-unassigned" })
        let wait = try #require(cause.fix.firstRange(of: "less than 15m ago, wait"))
        let assign = try #require(cause.fix.firstRange(of: "Assign"))
        #expect(wait.lowerBound < assign.lowerBound)
    }

    /// Source: Graph, appRoleAssignment: `createdDateTime`; an assignment takes effect within 15 minutes.
    @Test(arguments: [901.0, 86_400, Double.infinity])
    func `an assignment that has been effective for long is neither awaited nor made again`(
        age: Double
    ) throws {
        let message =
            "AADSTS501051: Application '\(EvidenceFixture.other)'(x) is not assigned to a role for the application 'z'(w)."
        let evidence = EvidenceFixture.noToken("AADSTS501051", message, .imds) {
            $0.assignment = AssignmentFacts(
                isRequired: true,
                assigned: age.isFinite ? EntraFixture.now - age : .distantPast
            )
        }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "role-unassigned")
        #expect(!cause.fix.contains("ago, wait") && !cause.fix.contains("POST"), "\(cause.fix)")
        // The service principal that requested the token is not the assigned one.
        #expect(cause.commands == ["az ad sp show --id \(EvidenceFixture.other) --query id -o tsv"])
    }

    @Test(arguments: [
        (10, "12s"), (1, "2m"), (0.5, "2m"), (0.001, "2m"), (0, "2m"), (-1, "2m"), (.nan, "2m"), (12, "10s"),
    ])
    func `a faster lab has shorter delays, and a slower lab has no longer delays`(
        speed: Double,
        bound: String
    ) throws {
        let evidence = EvidenceFixture.evidence {
            $0.providers = []
            $0.speed = speed
        }
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "no-provider" })
        #expect(cause.fix.contains("less than \(bound) ago, wait"), "\(cause.fix)")
    }

    @Test func `after a success, a denying policy in the file is out of date`() throws {
        let evidence = EvidenceFixture.evidence {
            $0.policy = PolicyEvidence(
                document: EntraFixture.policy(
                    condition: #"{"StringEquals": {"\#(EntraFixture.provider):sub": "another"}}"#
                )
            )
            $0.policyFile = "audit-trust.json"
            $0.exchange = .succeeded(ExchangeAnswer())
        }
        let explanation = Explanation(evidence)
        #expect(explanation.isClear)
        #expect(explanation.causes.map(\.id) == ["policy-out-of-date"])
        #expect(explanation.causes.first?.evidence.contains("audit-trust.json") == true)
    }

    private static func clock(_ seconds: Int) -> ClockOffset {
        ClockOffset(offset: .seconds(seconds), uncertainty: .milliseconds(600))
    }

    @Test(arguments: [600, -600, -1200, 180_000, -180_000])
    func `a token's dates are judged by the issuer's clock`(offset: Int) {
        // This host's clock is off by as much in the other direction.
        let evidence = EvidenceFixture.evidence {
            $0.now = EntraFixture.now - TimeInterval(offset)
            $0.azureClock = Self.clock(offset)
            $0.clockOffset = Self.clock(offset)
        }
        let causes = Explanation(evidence).causes
        #expect(causes.map(\.id) == ["clock-offset"])
        #expect(causes.first?.summary.hasSuffix(offset > 0 ? "slow." : "fast.") == true)
    }

    @Test(arguments: [(-1200, 0, "AWS"), (0, 1200, "Azure")])
    func `a token from the future of STS is due to one server's clock`(aws: Int, azure: Int, place: String) {
        let evidence = EvidenceFixture.refused(
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
        ) {
            $0.now = Date(timeIntervalSince1970: TimeInterval(EntraFixture.issued - azure))
            $0.clockOffset = Self.clock(aws)
            $0.azureClock = Self.clock(azure)
        }
        let causes = Explanation(evidence).causes
        #expect(causes.first?.id == "clock-offset")
        #expect(causes.first?.summary.hasPrefix("The clock at \(place) is 20m") == true)
        #expect(!causes.contains { $0.id == "not-a-jwt" })
    }

    @Test func `a claims check that knows only Azure's clock does not report this host's clock`() throws {
        let check = TokenCheck(identity: ManagedIdentity(id: "logging"), audience: EntraFixture.audience)
        let findings = check.findings(
            in: EntraFixture.token(),
            at: EntraFixture.now - 1200,
            clockOffset: Self.clock(1200)
        )
        let finding = try #require(findings.first { $0.failure.code == "clock-offset" })
        #expect(finding.failure.message.hasPrefix("Azure's clock is 20m ahead of this host's"))
    }

    @Test func `the fix for a policy that is not JSON reads the policy of the role`() {
        let evidence = EvidenceFixture.evidence {
            $0.policy = PolicyEvidence(document: "resource \"aws_iam_role\" \"a\" {}")
        }
        let fixes = Explanation(evidence).causes.map(\.fix).joined()
        #expect(fixes.contains("--role-name audit"))
        #expect(!fixes.contains("ROLE"))
    }

    @Test func `a wrong clock precedes the causes that follow from it`() {
        let evidence = EvidenceFixture.refused(
            "ExpiredTokenException",
            "Token expired: current date/time \(EntraFixture.issued + 200_000) must be before the "
                + "expiration date/time "
                + "\(EntraFixture.issued + 86_400)"
        ) {
            $0.clockOffset = Self.clock(113_600)
            $0.azureClock = Self.clock(113_600)
        }
        #expect(Explanation(evidence).causes.map(\.id).first == "clock-offset")
    }

    @Test func `an offset from a single server is not attributed to this host's clock`() throws {
        let evidence = EvidenceFixture.evidence {
            $0.azureClock = Self.clock(0)
            $0.clockOffset = Self.clock(900)
        }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "clock-offset")
        #expect(cause.summary.contains("at AWS"))
        #expect(cause.commands == [])
    }

    /// The offsets of AWS's and Azure's clocks, and whether this host's alone is wrong.
    static let offsets: [(aws: Int?, azure: Int?, isHost: Bool)] = [
        (1200, 1200, true), (-93_600, -93_600, true), (1200, 0, false), (0, -93_600, false),
        (-1200, 1200, false), (1200, nil, false), (nil, -1200, false),
    ]

    @Test(arguments: offsets)
    func `no cause corrects this host's clock unless both servers refute it`(
        offsets: (aws: Int?, azure: Int?, isHost: Bool)
    ) {
        let message = "The ID Token provided is not a valid JWT."
        let expired = "Token expired: current date/time \(EntraFixture.issued + 3600) must be before 1"
        func refused(_ code: String, _ message: String) -> ExchangeEvidence {
            .refused(Failure(kind: .refused, code: code, message: message, fix: "Look."))
        }
        let changes: [(inout Evidence) -> Void] = [
            { _ in },
            { $0.now = Date(timeIntervalSince1970: TimeInterval(EntraFixture.issued - 1000)) },
            { $0.now = Date(timeIntervalSince1970: TimeInterval(EntraFixture.issued + 90_000)) },
            { $0.exchange = refused("InvalidIdentityToken", message) },
            { $0.exchange = refused("ExpiredTokenException", expired) },
            { $0.exchange = refused("clock-offset", "x") },
            { $0.exchange = .succeeded(ExchangeAnswer(duration: .seconds(600))) },
        ]
        for change in changes {
            let evidence = EvidenceFixture.evidence {
                change(&$0)
                $0.clockOffset = offsets.aws.map(Self.clock)
                $0.azureClock = offsets.azure.map(Self.clock)
            }
            let causes = Explanation(evidence).causes
            #expect(causes.contains { $0.id == "clock-offset" })
            #expect(causes.flatMap(\.commands).contains("timedatectl set-ntp true") == offsets.isHost)
        }
    }

    @Test(
        arguments: [(nil, nil, false), (1200, nil, false), (1200, 0, false), (1200, 1200, true)]
            as [(Int?, Int?, Bool)]
    )
    func `a federated token that only Entra calls expired does not refute this host's clock`(
        azure: Int?,
        aws: Int?,
        isHost: Bool
    ) throws {
        let evidence = EvidenceFixture.noToken(
            "AADSTS700024",
            "AADSTS700024: Client assertion",
            .workloadIdentity
        ) {
            $0.assertion = EvidenceFixture.assertion(result: 10)
            $0.azureClock = azure.map(Self.clock)
            $0.clockOffset = aws.map(Self.clock)
        }
        let causes = Explanation(evidence).causes
        #expect(causes.first?.id == "clock-offset")
        #expect(causes.flatMap(\.commands).contains("timedatectl set-ntp true") == isHost)
    }

    @Test func `Azure's slow clock is the cause of a token that was expired when it was issued`() throws {
        // Azure's clock is 26 h slow, and the token lasts 24 h: by AWS's clock, it had expired when it was issued.
        let evidence = EvidenceFixture.refused(
            "ExpiredTokenException",
            "Token expired: current date/time \(EntraFixture.issued + 93_600) must be before the expiration "
                + "date/time \(EntraFixture.issued + 86_700)"
        ) {
            $0.now = Date(timeIntervalSince1970: TimeInterval(EntraFixture.issued + 93_600))
            $0.clockOffset = Self.clock(0)
            $0.azureClock = Self.clock(-93_600)
        }
        let cause = try #require(Explanation(evidence).causes.first)
        #expect(cause.id == "clock-offset")
        #expect(cause.summary.hasPrefix("The clock at Azure is 1d2h slow"))
        #expect(cause.fix.contains("Do not change this host's clock"))
    }

    @Test func `a small offset does not explain an expired token`() throws {
        let end = EntraFixture.issued + 86_700
        let evidence = EvidenceFixture.refused(
            "ExpiredTokenException",
            "Token expired: current date/time \(end + 400) must be before the expiration date/time \(end)"
        ) {
            $0.now = Date(timeIntervalSince1970: TimeInterval(end + 390))
            $0.clockOffset = Self.clock(10)
            $0.azureClock = Self.clock(10)
        }
        #expect(Explanation(evidence).causes.first?.id == "token-expired")
    }

    // Source: IAM user guide: STS accepts a token for five minutes after exp; so a difference of seconds refuses none.
    @Test(arguments: [2, 60, 290])
    func `a token that has just expired by the issuer's clock is replaced, whatever the clock`(offset: Int) {
        let end = EntraFixture.issued + 86_700
        let evidence = EvidenceFixture.evidence {
            $0.now = Date(timeIntervalSince1970: TimeInterval(end - 1))
            $0.clockOffset = Self.clock(offset)
            $0.azureClock = Self.clock(offset)
        }
        let isNotable = offset > 5
        #expect(Explanation(evidence).causes.first?.id == (isNotable ? "token-expired" : nil))
        let check = TokenCheck(identity: ManagedIdentity(id: "logging"), audience: EntraFixture.audience)
        let findings = check.findings(
            in: EntraFixture.token(),
            at: evidence.now,
            clockOffset: evidence.azureClock,
            awsClock: evidence.clockOffset
        )
        let failed = findings.filter { $0.outcome == .failed }.map(\.failure.code)
        #expect(failed == (isNotable ? ["token-expired"] : []))
    }

    @Test func `a difference of seconds does not explain an expired token whose claims are unknown`() {
        let evidence = EvidenceFixture.refused("ExpiredTokenException", "Token expired") {
            $0.token = .none
            $0.clockOffset = Self.clock(8)
            $0.azureClock = Self.clock(8)
        }
        #expect(Explanation(evidence).causes.first?.id == "token-expired")
    }

    @Test(arguments: [nil, 8])
    func `a token that begins in seconds does not blame a clock`(offset: Int?) throws {
        let start = EntraFixture.issued + 3660
        let evidence = EvidenceFixture.evidence {
            $0.token = .claims(EntraFixture.token(["nbf": .integer(start)]))
            $0.azureClock = offset.map(Self.clock)
        }
        let explanation = Explanation(evidence)
        let cause = try #require(explanation.causes.first { $0.id == "token-not-yet-valid" })
        #expect(!cause.fix.contains("clock") && !cause.fix.contains("wait"), "\(cause.fix)")
        #expect(explanation.isClear)
    }

    @Test func `a slow clock of this host precedes the expired token that it hides`() {
        let end = EntraFixture.issued + 86_700
        let evidence = EvidenceFixture.evidence {
            $0.now = Date(timeIntervalSince1970: TimeInterval(end - 3600))
            $0.clockOffset = Self.clock(7200)
            $0.azureClock = Self.clock(7200)
        }
        let explanation = Explanation(evidence)
        #expect(explanation.causes.map(\.id).prefix(2) == ["clock-offset", "token-expired"])
        #expect(!explanation.isClear)
        let check = TokenCheck(identity: ManagedIdentity(id: "logging"), audience: EntraFixture.audience)
        let findings = check.findings(
            in: EntraFixture.token(),
            at: evidence.now,
            clockOffset: Self.clock(7200),
            awsClock: Self.clock(7200)
        )
        #expect(findings.first?.outcome == .failed)
        #expect(findings.first?.failure.code == "clock-offset")
    }

    @Test func `Azure's clock is not used in place of AWS's clock`() throws {
        let mapping = RoleMapping(
            id: "audit",
            identity: "logging",
            audience: EntraFixture.audience,
            roleARN: try #require(RoleARN(EntraFixture.roleARN)),
            region: "eu-west-1",
            sessionName: "cambist-audit"
        )
        let record = ExchangeRecord(
            id: 1,
            at: EntraFixture.now,
            mapping: mapping.id,
            identity: mapping.identity,
            roleARN: mapping.roleARN,
            steps: [],
            token: TokenFacts(
                fingerprint: "1",
                claims: EntraFixture.token(),
                source: .imds,
                received: EntraFixture.now,
                seenBefore: false,
                clockOffset: Self.clock(1200)
            )
        )
        let evidence = Evidence(of: record, mapping: mapping, identity: nil, now: EntraFixture.now)
        #expect(evidence.clockOffset == nil)
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "clock-offset" })
        #expect(cause.commands == [])
    }
}
