import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation

/// Causes that claim no more than the evidence shows: checks of this host, clocks, and changes that are not
/// visible yet.
@Suite(.limited) struct CauseCertaintyTests {
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
        #expect(causes.dropFirst().first?.fix.contains("This does not affect AWS") == true)
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

    @Test func `a lab's faster clouds have shorter delays`() throws {
        let evidence = EvidenceFixture.evidence {
            $0.providers = []
            $0.speed = 10
        }
        let cause = try #require(Explanation(evidence).causes.first { $0.id == "no-provider" })
        #expect(cause.fix.contains("less than 12s ago, wait"))
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

    @Test func `a claims check that knows Azure's clock alone does not blame this host's`() throws {
        let check = TokenCheck(identity: ManagedIdentity(id: "logging"), audience: EntraFixture.audience)
        let findings = check.findings(
            in: EntraFixture.token(),
            at: EntraFixture.now - 1200,
            clockOffset: Self.clock(1200)
        )
        let finding = try #require(findings.first { $0.failure.code == "clock-offset" })
        #expect(finding.failure.message.hasPrefix("Azure's clock is 20m ahead of this host's"))
    }

    @Test func `a text that is not JSON is to be replaced by the policy of the role`() {
        let evidence = EvidenceFixture.evidence {
            $0.policy = PolicyEvidence(document: "resource \"aws_iam_role\" \"a\" {}")
        }
        let fixes = Explanation(evidence).causes.map(\.fix).joined()
        #expect(fixes.contains("--role-name audit"))
        #expect(!fixes.contains("ROLE"))
    }

    @Test func `the clock comes before what follows from it`() {
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
}
