import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation

@Suite struct AppRoleExplanationTests {
    private func causes(_ change: (inout Evidence) -> Void) -> [Cause] {
        Explanation(
            EvidenceFixture.evidence {
                $0.token = .claims(EntraFixture.token(["roles": nil]))
                change(&$0)
            }
        ).causes
    }

    private static let minted = Date(timeIntervalSince1970: TimeInterval(EntraFixture.issued + 300))

    /// Entra needs some minutes until new tokens show an assignment.
    @Test(arguments: [600.0, -299.0])
    func `a token from before the assignment shows is a cached one, with its end`(distance: TimeInterval) {
        let causes = causes {
            $0.assignment = AssignmentFacts(isRequired: true, assigned: Self.minted + distance)
        }
        #expect(causes.map(\.id) == ["token-cached"])
        #expect(causes.first?.fix.contains("2025-10-10T08:58:20Z") == true)
    }

    @Test func `a token newer than the assignment points at the assignment`() {
        let causes = causes {
            $0.assignment = AssignmentFacts(isRequired: true, assigned: Self.minted - 301)
        }
        #expect(causes.map(\.id) == ["role-not-in-new-token"])
    }

    @Test func `no assignment is the cause, and the open gate is noted`() {
        let causes = causes { $0.assignment = AssignmentFacts(isRequired: false, assigned: nil) }
        #expect(causes.map(\.id) == ["role-unassigned", "assignment-not-required"])
        #expect(causes.first?.fix.contains("appRoleAssignedTo") == true)
    }

    @Test func `without the directory the question stays open`() {
        let explanation = Explanation(
            EvidenceFixture.evidence {
                $0.token = .claims(EntraFixture.token(["roles": nil]), seenBefore: true)
            }
        )
        #expect(explanation.causes.map(\.id) == ["app-role-missing"])
        #expect(explanation.causes.first?.evidence.contains("same token as before") == true)
        #expect(explanation.openQuestions.first?.tell.contains("createdDateTime") == true)
        #expect(explanation.isClear)
    }

    @Test func `a role that was taken away and still shows is cached too`() {
        let explanation = Explanation(
            EvidenceFixture.evidence { $0.assignment = AssignmentFacts(isRequired: true, assigned: nil) }
        )
        #expect(explanation.causes.map(\.id) == ["role-still-cached"])
    }
}
