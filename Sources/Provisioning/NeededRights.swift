package import Federation

/// What a caller must be allowed to do for an object to be read, made, changed or removed.
///
/// Source: Microsoft Graph v1.0 permissions reference; IAM service authorization reference; Azure built-in roles.
package enum NeededRights {
    package enum Act: CaseIterable, Hashable, Sendable {
        case read
        case write
    }

    /// The least rights, in the words in which they are granted.
    package static func rights(for kind: SetupObject.Kind, to act: Act) -> [String] {
        switch (kind, act) {
        case (.identity, .read): ["Application.Read.All"]
        case (.identity, .write): ["the Azure role Managed Identity Contributor on the resource group"]
        case (.application, .read), (.servicePrincipal, .read), (.assignment, .read):
            ["Application.Read.All"]
        case (.application, .write), (.servicePrincipal, .write): ["Application.ReadWrite.All"]
        case (.assignment, .write): ["AppRoleAssignment.ReadWrite.All", "Application.Read.All"]
        case (.provider, .read): ["iam:GetOpenIDConnectProvider", "iam:ListOpenIDConnectProviders"]
        case (.provider, .write):
            [
                "iam:CreateOpenIDConnectProvider", "iam:TagOpenIDConnectProvider",
                "iam:AddClientIDToOpenIDConnectProvider",
            ]
        case (.role, .read): ["iam:GetRole"]
        case (.role, .write):
            ["iam:CreateRole", "iam:TagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"]
        case (.attachedPolicy, .read): ["iam:ListAttachedRolePolicies"]
        case (.attachedPolicy, .write): ["iam:AttachRolePolicy"]
        case (.inlinePolicy, .read): ["iam:GetRolePolicy"]
        case (.inlinePolicy, .write): ["iam:PutRolePolicy"]
        }
    }
}
