package import Federation

/// The permissions required to read, create, or change an object.
///
/// Source: Microsoft Graph v1.0 permissions reference; IAM service authorization reference; Azure built-in roles.
package enum RequiredPermissions {
    package enum Operation: CaseIterable, Hashable, Sendable {
        case read
        case write
    }

    /// Returns the minimum permissions, by the names under which they are granted.
    package static func permissions(for kind: SetupObject.Kind, to act: Operation) -> [String] {
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

    /// Returns the Graph permissions that writing objects of these kinds requires and that `held` does not include.
    static func missing(for kinds: Set<SetupObject.Kind>, held: Set<String>) -> [String] {
        let needed = kinds.flatMap { kind -> [String] in
            kind == .identity || kind.cloud == .aws ? [] : permissions(for: kind, to: .write)
        }
        return Set(needed).filter { !covers($0, held) }.sorted()
    }

    /// Whether the held permissions contain the required permission or a permission that includes it.
    private static func covers(_ needed: String, _ held: Set<String>) -> Bool {
        let greater: [String: Set<String>] = [
            "Application.Read.All": [
                "Application.ReadWrite.All", "Application.ReadWrite.OwnedBy", "Directory.Read.All",
                "Directory.ReadWrite.All", "Directory.AccessAsUser.All",
            ],
            "Application.ReadWrite.All": [
                "Application.ReadWrite.OwnedBy", "Directory.ReadWrite.All", "Directory.AccessAsUser.All",
            ],
            "AppRoleAssignment.ReadWrite.All": ["Directory.AccessAsUser.All"],
        ]
        return held.contains(needed) || !held.isDisjoint(with: greater[needed] ?? [])
    }
}
