import Federation
import TrustPolicy

extension PowerShellScript {
    /// The half for AWS.
    var aws: [String] {
        [provider, role, policies].filter { !$0.isEmpty }
    }

    private var provider: String {
        """
        # The OIDC provider for the tenant's issuer. The slash at its end is part of its name: without it no token fits.
        $providerArn = \(ShellWord.powershell(setup.provider.arn))
        if ((Get-IAMOpenIDConnectProviderList).Arn -cnotcontains $providerArn) {
            Write-Host 'making the OIDC provider'
            New-IAMOpenIDConnectProvider -Url \(ShellWord.powershell(setup.provider.issuer)) -ClientIDList @($audience) `
                -Tag \(setup.tagList.powerShell(indent: "    ")) | Out-Null
        } elseif ((Get-IAMOpenIDConnectProvider -OpenIDConnectProviderArn $providerArn).ClientIDList -cnotcontains $audience) {
            Write-Host 'adding the audience to the OIDC provider'
            Add-IAMClientIDToOpenIDConnectProvider -OpenIDConnectProviderArn $providerArn -ClientID $audience
        }

        """
    }

    private var role: String {
        let name = ShellWord.powershell(setup.role.name)
        let audienceKey = ShellWord.powershell(setup.conditionKey("aud"))
        let subjectKey = ShellWord.powershell(setup.conditionKey("sub"))
        let trust = setup.trustPolicy.replacing(
            .variable(ExportedSetup.principalID),
            with: .variable("principalId")
        )
        return """
            # The role, which that identity alone may assume, with that audience alone.
            $trustPolicy = \(trust.powerShell()) | ConvertTo-Json -Depth 10
            $role = Get-IAMRoleList | Where-Object RoleName -EQ \(name)
            if (-not $role) {
                Write-Host \(ShellWord.powershell("making the role \(setup.role.name)"))
                New-IAMRole -Path \(ShellWord.powershell(setup.role.path)) -RoleName \(name) `
                    -Description \(ShellWord.powershell(DesiredRole.description)) `
                    -AssumeRolePolicyDocument $trustPolicy -MaxSessionDuration \(setup.maximumSession) `
                    -Tag \(setup.tagList.powerShell(indent: "        ")) | Out-Null
            } else {
                if ($role.Arn -cne \(ShellWord.powershell(setup.role.arn.description))) { throw "The name is taken by $($role.Arn)." }
                $policy = [uri]::UnescapeDataString($role.AssumeRolePolicyDocument) | ConvertFrom-Json
                $trusting = $policy.Statement | Where-Object {
                    $_.Effect -ceq 'Allow' -and $_.Principal.Federated -ccontains $providerArn -and
                    $_.Condition.StringEquals.\(audienceKey) -ccontains $audience -and
                    $_.Condition.StringEquals.\(subjectKey) -ccontains $principalId
                }
                if (-not $trusting) {
                    throw "Role $($role.RoleName) does not trust the identity yet; add this to its trust policy: $trustPolicy"
                }
                if ($role.MaxSessionDuration \(setup.role.choosesMaximumSession ? "-ne" : "-lt") \(setup.maximumSession)) {
                    Write-Host 'setting the longest session'
                    Update-IAMRole -RoleName $role.RoleName -Description $role.Description `
                        -MaxSessionDuration \(setup.maximumSession) | Out-Null
                }
            }

            """
    }

    private var policies: String {
        let name = ShellWord.powershell(setup.role.name)
        let attached = setup.role.managedPolicies.map {
            "Register-IAMRolePolicy -RoleName \(name) -PolicyArn \(ShellWord.powershell($0))\n"
        }
        let inline = setup.role.inlinePolicies.map { policy in
            """
            Write-IAMRolePolicy -RoleName \(name) -PolicyName \(ShellWord.powershell(policy.name)) `
                -PolicyDocument \(ShellWord.powershell(ScriptText(json: ScriptValue(policy.document)).plain))

            """
        }
        if attached.isEmpty, inline.isEmpty { return "" }
        return "# What the sessions may do. Both commands change nothing where it is so already.\n"
            + (attached + inline).joined()
    }
}
