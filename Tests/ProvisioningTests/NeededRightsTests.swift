import Federation
import Testing

@testable import Provisioning

struct NeededRightsTests {
    @Test(arguments: SetupObject.Kind.allCases)
    func `reading needs no right to write`(kind: SetupObject.Kind) {
        let rights = NeededRights.rights(for: kind, to: .read)
        #expect(!rights.isEmpty)
        #expect(rights.allSatisfy { !$0.contains("Write") && !$0.contains("Create") && !$0.contains("Put") })
    }

    @Test func `an assignment needs the right to assign and the right to read applications`() {
        #expect(
            NeededRights.rights(for: .assignment, to: .write) == [
                "AppRoleAssignment.ReadWrite.All", "Application.Read.All",
            ]
        )
    }
}
