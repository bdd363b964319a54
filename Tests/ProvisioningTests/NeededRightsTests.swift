import Federation
import TestSupport
import Testing

@testable import Provisioning

@Suite(.limited) struct NeededRightsTests {
    @Test(arguments: SetupObject.Kind.allCases)
    func `reading requires no permission to write`(kind: SetupObject.Kind) {
        let rights = NeededRights.rights(for: kind, to: .read)
        #expect(!rights.isEmpty)
        #expect(rights.allSatisfy { !$0.contains("Write") && !$0.contains("Create") && !$0.contains("Put") })
    }

    @Test func `an assignment requires the permissions to assign roles and to read applications`() {
        #expect(
            NeededRights.rights(for: .assignment, to: .write) == [
                "AppRoleAssignment.ReadWrite.All", "Application.Read.All",
            ]
        )
    }
}
