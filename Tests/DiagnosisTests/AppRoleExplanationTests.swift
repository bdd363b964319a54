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
