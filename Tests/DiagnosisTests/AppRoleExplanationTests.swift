import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation

@Suite(.computing) struct AppRoleExplanationTests {
    private func causes(_ change: (inout Evidence) -> Void) -> [Cause] {
        Explanation(
            EvidenceFixture.evidence {
                $0.token = .claims(EntraFixture.token(["roles": nil]))
                change(&$0)
            }
        ).causes
    }

    private static let issueDate = Date(timeIntervalSince1970: TimeInterval(EntraFixture.issued + 300))

    /// New tokens have the role a few minutes after the assignment.
    @Test(arguments: [600.0, -299.0])
    func `a token issued before the assignment took effect is cached until its exp`(distance: TimeInterval) {
        let causes = causes {
            $0.assignment = AssignmentFacts(isRequired: true, assigned: Self.issueDate + distance)
        }
        #expect(causes.map(\.id) == ["token-cached"])
        #expect(causes.first?.fix.contains("2025-10-10T08:58:20Z") == true)
    }

    /// The advice on a token without the role: whether the app role was assigned later, or whether this is unknown.
    private func advice(isAssigned: Bool, _ change: (inout Evidence) -> Void) -> String {
        let causes = causes {
            if isAssigned {
                $0.assignment = AssignmentFacts(isRequired: true, assigned: Self.issueDate + 600)
            }
            change(&$0)
        }
        return causes.first?.advice ?? ""
    }

    // Source: Microsoft, managed identities FAQ: the host's infrastructure caches the tokens of managed identities.
    // Entra's token endpoint issues a token for each request.
    @Test(arguments: [TokenSourceKind.clientSecret, .clientCertificate, .workloadIdentity], [true, false])
    func `a token from Entra's endpoint is replaced without a wait for its exp`(
        source: TokenSourceKind,
        isAssigned: Bool
    ) {
        let own = advice(isAssigned: isAssigned) { $0.identity?.source = source }
        // The source that returned the token decides, if the host's source was detected.
        let detected = advice(isAssigned: isAssigned) {
            $0.identity?.source = .auto
            $0.tokenSource = source
        }
        for advice in [own, detected] {
            #expect(advice.contains("est again") && advice.contains("Entra issues a new token"), "\(advice)")
            #expect(!advice.contains("host") && !advice.contains("2025-10-10T08:58:20Z"), "\(advice)")
        }
    }

    @Test(arguments: [TokenSourceKind.imds, .appService, .azureArc], [true, false])
    func `a token of a host's service is replaced by its exp`(source: TokenSourceKind, isAssigned: Bool) {
        let advice = advice(isAssigned: isAssigned) {
            $0.identity?.source = .auto
            $0.tokenSource = source
        }
        #expect(advice.contains("the host fetches a new token by 2025-10-10T08:58:20Z"), "\(advice)")
        #expect(!advice.contains("if the host caches") && !advice.contains("est again"), "\(advice)")
    }

    @Test(arguments: [(TokenSourceKind.imds, true), (.clientSecret, false)])
    func `cached tokens matter only for a source that caches`(source: TokenSourceKind, isCached: Bool) {
        let evidence = EvidenceFixture.evidence {
            $0.tokenSource = source
            $0.token = .claims(EntraFixture.token(EvidenceFixture.versionTwo))
        }
        let causes = Explanation(evidence).causes
        #expect(causes.contains { $0.fix.contains("requestedAccessTokenVersion to 1") })
        #expect(causes.contains { $0.fix.contains("Cached tokens") } == isCached, "\(causes.map(\.fix))")
    }

    @Test func `a token newer than the assignment is explained by the assignment`() {
        let causes = causes {
            $0.assignment = AssignmentFacts(isRequired: true, assigned: Self.issueDate - 301)
        }
        #expect(causes.map(\.id) == ["role-not-in-new-token"])
    }

    @Test func `a missing assignment is the cause, and an optional assignment is noted`() {
        let causes = causes { $0.assignment = AssignmentFacts(isRequired: false, assigned: nil) }
        #expect(causes.map(\.id) == ["role-unassigned", "assignment-not-required"])
        #expect(causes.first?.fix.contains("appRoleAssignedTo") == true)
    }

    @Test func `without access to the directory, several causes are possible`() {
        let explanation = Explanation(
            EvidenceFixture.evidence {
                $0.token = .claims(EntraFixture.token(["roles": nil]), seenBefore: true)
            }
        )
        #expect(explanation.causes.map(\.id) == ["app-role-missing"])
        #expect(explanation.causes.first?.evidence.contains("same token as before") == true)
        #expect(explanation.possibleCauses.first?.toFindOut.contains("createdDateTime") == true)
        #expect(explanation.isClear)
    }

    @Test func `a removed role in the token is explained by the host's cached token`() {
        let explanation = Explanation(
            EvidenceFixture.evidence { $0.assignment = AssignmentFacts(isRequired: true, assigned: nil) }
        )
        #expect(explanation.causes.map(\.id) == ["role-still-cached"])
    }
}
