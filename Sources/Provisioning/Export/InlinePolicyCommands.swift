import Federation

/// The script commands for an inline policy of a role.
///
/// The script creates a missing policy. If a policy with other content exists, the script stops and keeps the policy.
///
/// Sources: AWS CLI, `aws iam get-role-policy`; AWS Tools for PowerShell, `Get-IAMRolePolicy`.
struct InlinePolicyCommands {
    private let role: String
    private let policy: DesiredInlinePolicy

    init(of role: DesiredRole, _ policy: DesiredInlinePolicy) {
        self.role = role.name
        self.policy = policy
    }

    /// The comment above the commands for a role's policies.
    static let comment =
        "The permissions of the sessions. An attached policy remains attached; an existing inline policy is not changed."

    /// The commands for bash; the script must define `stop`, `say`, and `$errors`.
    var bash: String {
        let roleName = ShellWord.posix(role)
        let policyName = ShellWord.posix(policy.name)
        let equality = "PolicyDocument == \(QueryLiteral.jmesPath(json: policy.document))"
        return """
            permissions=\(ShellWord.posix(policy.document.compactText))
            if same=$(aws iam get-role-policy --role-name \(roleName) --policy-name \(policyName) \\
                --query \(ShellWord.posix(equality)) --output text 2>"$errors"); then
                [[ $same == True ]] || stop "role" \(roleName) "has a different inline policy" \(policyName)";" \\
                    "compare it with this one, then delete or correct it:" $'\\n'"$permissions"
            elif grep -q NoSuchEntity "$errors"; then
                say \(ShellWord.posix("writing the inline policy \(policy.name)"))
                aws iam put-role-policy --role-name \(roleName) --policy-name \(policyName) --policy-document "$permissions"
            else
                stop "$(<"$errors")"
            fi

            """
    }

    /// The commands for PowerShell.
    ///
    /// The script compares the existing policy and the desired policy as compact JSON, because white space may differ.
    var powerShell: String {
        let roleName = ShellWord.powershell(role)
        let policyName = ShellWord.powershell(policy.name)
        return """
            $permissions = \(ShellWord.powershell(policy.document.compactText))
            if ((Get-IAMRolePolicyList -RoleName \(roleName)) -notcontains \(policyName)) {
                Write-Host \(ShellWord.powershell("writing the inline policy \(policy.name)"))
                Write-IAMRolePolicy -RoleName \(roleName) -PolicyName \(policyName) -PolicyDocument $permissions
            } else {
                $found = Get-IAMRolePolicy -RoleName \(roleName) -PolicyName \(policyName)
                $texts = [uri]::UnescapeDataString($found.PolicyDocument), $permissions |
                    ForEach-Object { $_ | ConvertFrom-Json | ConvertTo-Json -Depth 20 -Compress }
                if ($texts[0] -cne $texts[1]) {
                    throw ("Role {0} has a different inline policy {1}; compare it with this one, then delete or correct it: {2}" -f \(roleName), \(policyName), $permissions)
                }
            }

            """
    }

    /// A Terraform comment with the command that shows an existing policy.
    ///
    /// Terraform would replace an existing policy without asking.
    var terraformComment: String {
        let name = VisibleText.oneLine(ShellWord.posix(policy.name))
        return "#   aws iam get-role-policy --role-name \(role) --policy-name \(name)\n"
    }
}
