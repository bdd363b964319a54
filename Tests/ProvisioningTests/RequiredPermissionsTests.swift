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

    /// The actions in IAM that setup calls to remove an object.
    @Test(arguments: [
        (
            SetupObject.Kind.provider,
            [
                "DeleteOpenIDConnectProvider", "RemoveClientIDFromOpenIDConnectProvider",
                "UntagOpenIDConnectProvider",
            ]
        ),
        (.role, ["DeleteRole", "DeleteRolePolicy", "DetachRolePolicy", "UpdateAssumeRolePolicy"]),
        (.attachedPolicy, ["DetachRolePolicy", "UntagRole"]),
        (.inlinePolicy, ["DeleteRolePolicy", "UntagRole"]),
    ])
    func `removing requires the permissions to delete, detach, and untag`(
        kind: SetupObject.Kind,
        actions: [String]
    ) {
        let permissions = RequiredPermissions.permissions(for: kind, to: .remove)
        let changes = permissions.filter { !$0.hasPrefix("iam:Get") && !$0.hasPrefix("iam:List") }
        #expect(changes.sorted() == actions.map { "iam:\($0)" })
        #expect(!permissions.contains { $0.hasPrefix("iam:Create") || $0.hasPrefix("iam:Put") })
    }

    @Test func `adding to a foreign role or provider requires the permission to tag it`() {
        for kind in [SetupObject.Kind.role, .attachedPolicy, .inlinePolicy] {
            #expect(RequiredPermissions.permissions(for: kind, to: .write).contains("iam:TagRole"))
        }
        let provider = RequiredPermissions.permissions(for: .provider, to: .write)
        #expect(provider.contains("iam:TagOpenIDConnectProvider"))
        #expect(provider.contains("iam:UpdateOpenIDConnectProviderThumbprint"))
    }

    /// Setup reads the identity of setup.identity through Resource Manager.
    ///
    /// Source: Azure built-in roles, Reader: `*/read`, which includes `Microsoft.ManagedIdentity/userAssignedIdentities/read`.
    @Test func `reading an identity requires permissions in Graph and in Resource Manager`() {
        let permissions = RequiredPermissions.permissions(for: .identity, to: .read)
        #expect(permissions.contains("Application.Read.All"))
        #expect(permissions.contains { $0.contains("setup.identity") && $0.contains("Azure role Reader") })
    }

    @Test func `an assignment requires the permissions to assign roles and to read applications`() {
        #expect(
            RequiredPermissions.permissions(for: .assignment, to: .write) == [
                "AppRoleAssignment.ReadWrite.All", "Application.Read.All",
            ]
        )
    }
}
