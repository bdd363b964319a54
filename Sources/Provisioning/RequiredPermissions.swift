package import Federation

/// The permissions required to read, create, change, or remove an object.
///
/// Source: Microsoft Graph v1.0 permissions reference; IAM service authorization reference; Azure built-in roles.
package enum RequiredPermissions {
    package enum Operation: CaseIterable, Hashable, Sendable {
        case read
        /// Creating, changing, and tagging.
        case write
        /// Deleting, detaching, and untagging, and the reads that show whether the object is still needed.
        case remove
    }

    /// Returns the names of the minimum permissions.
    package static func permissions(for kind: SetupObject.Kind, to act: Operation) -> [String] {
        switch (kind, act) {
        case (.identity, .read):
            ["Application.Read.All", "for setup.identity the Azure role Reader on the resource group"]
        case (.identity, .write), (.identity, .remove):
            ["the Azure role Managed Identity Contributor on the resource group"]
        case (.application, .read), (.servicePrincipal, .read), (.assignment, .read):
            ["Application.Read.All"]
        case (.application, .write), (.servicePrincipal, .write), (.application, .remove),
            (.servicePrincipal, .remove):
            ["Application.ReadWrite.All"]
        case (.assignment, .write), (.assignment, .remove):
            ["AppRoleAssignment.ReadWrite.All", "Application.Read.All"]
        case (.provider, .read): ["iam:GetOpenIDConnectProvider", "iam:ListOpenIDConnectProviders"]
        case (.provider, .write):
            [
                "iam:CreateOpenIDConnectProvider", "iam:TagOpenIDConnectProvider",
                "iam:AddClientIDToOpenIDConnectProvider", "iam:UpdateOpenIDConnectProviderThumbprint",
            ]
        case (.provider, .remove):
            [
                "iam:GetOpenIDConnectProvider", "iam:ListRoles", "iam:GetRole",
                "iam:RemoveClientIDFromOpenIDConnectProvider", "iam:UntagOpenIDConnectProvider",
                "iam:DeleteOpenIDConnectProvider",
            ]
        case (.role, .read): ["iam:GetRole"]
        case (.role, .write):
            ["iam:CreateRole", "iam:TagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"]
        case (.role, .remove):
            [
                "iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:DetachRolePolicy",
                "iam:DeleteRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole",
            ]
        case (.attachedPolicy, .read): ["iam:ListAttachedRolePolicies"]
        case (.attachedPolicy, .write): ["iam:AttachRolePolicy", "iam:TagRole"]
        case (.attachedPolicy, .remove):
            ["iam:ListAttachedRolePolicies", "iam:DetachRolePolicy", "iam:UntagRole"]
        case (.inlinePolicy, .read): ["iam:GetRolePolicy"]
        case (.inlinePolicy, .write): ["iam:PutRolePolicy", "iam:TagRole"]
        case (.inlinePolicy, .remove): ["iam:GetRolePolicy", "iam:DeleteRolePolicy", "iam:UntagRole"]
        }
    }

    /// Returns the Graph permissions that writes to these objects require in addition to the permissions in `held`.
    static func missing(for kinds: Set<SetupObject.Kind>, held: Set<String>) -> [String] {
        let needed = kinds.flatMap { kind -> [String] in
            kind == .identity || kind.cloud == .aws ? [] : permissions(for: kind, to: .write)
        }
        return Set(needed).filter { !covers($0, held) }.sorted()
    }

    /// Whether `held` contains the needed permission or a sufficient substitute.
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
