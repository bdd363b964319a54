import Federation
import TestSupport
import Testing

@testable import Provisioning

@Suite(.limited) struct RequiredPermissionsTests {
    @Test(arguments: SetupObject.Kind.allCases)
    func `reading requires no permission to write`(kind: SetupObject.Kind) {
        let permissions = RequiredPermissions.permissions(for: kind, to: .read)
        #expect(!permissions.isEmpty)
        #expect(
            permissions.allSatisfy { !$0.contains("Write") && !$0.contains("Create") && !$0.contains("Put") }
        )
    }

    @Test func `an assignment requires the permissions to assign roles and to read applications`() {
        #expect(
            RequiredPermissions.permissions(for: .assignment, to: .write) == [
                "AppRoleAssignment.ReadWrite.All", "Application.Read.All",
            ]
        )
    }
}
