import Federation
import TrustPolicy

/// Exports a setup as a PowerShell script with Microsoft.Graph and AWS.Tools commands.
///
/// The script creates missing objects. In existing objects, the script makes only these changes:
/// - It sets `appRoleAssignmentRequired` and the maximum session duration.
/// - It adds the audience and the policies.
///
/// The script also compares other properties, and stops at the first difference.
///
/// Sources: Microsoft.Graph 2.x (`Microsoft.Graph.Applications`), Az.ManagedServiceIdentity, AWS Tools for PowerShell 4
/// and 5.
struct PowerShellScript {
    let setup: ExportedSetup

    var text: String {
        ([head, tools, identity, application, servicePrincipal, assignment] + aws + [end])
            .joined(separator: "\n")
    }

    private var credentialCommand: String { setup.profiles.credentialCommand(for: setup.role.arn.account) }

    private var modules: [String] {
        var modules = [
            "Microsoft.Graph.Authentication", "Microsoft.Graph.Applications", "AWS.Tools.SecurityToken",
            "AWS.Tools.IdentityManagement",
        ]
        switch setup.identity {
        case .created, .resource: modules += ["Az.Accounts", "Az.ManagedServiceIdentity"]
        case .principal, .client: break
        }
        return modules
    }

    private var head: String {
        """
        #Requires -Modules \(modules.joined(separator: ", "))
        # \(setup.title)
        #
        #   tenant    \(setup.comment(setup.tenantID))
        #   audience  \(setup.comment(setup.audience))
        #   role      \(setup.comment(setup.role.arn))
        #
        # Needs a sign-in with the right to write applications and app-role assignments
        # (\(ExportedSetup.graphRights)), and AWS credentials with rights
        # over IAM in account \(setup.role.arn.account) (\(credentialCommand)).
        #
        # This script contains no secret. It can be run again: it creates missing objects. In existing objects, the
        # script sets appRoleAssignmentRequired, accountEnabled, and the maximum session duration, and adds the
        # provider's audience and missing policies. It stops if the application, the provider's thumbprints, the trust
        # policy, or an existing inline policy must change.
        $ErrorActionPreference = 'Stop'\(setup.role.arn.partition.regionCommand(setup.region))

        $tenantId = \(ShellWord.powershell(setup.tenantID))
        $audience = \(ShellWord.powershell(setup.audience))

        """
    }

    /// The parameter for a national cloud; empty for the public cloud.
    private var environment: String {
        setup.cloud == .public ? "" : " -Environment \(setup.cloud.powerShellName)"
    }

    private var tools: String {
        """
        # New objects reach the replicas of Entra at different times, so a command is repeated for about two minutes
        # while a replication error is returned.
        function Invoke-WithRetry([scriptblock] $Command) {
            foreach ($delay in 2, 4, 8, 16, 32, 64) {
                try {
                    return & $Command
                } catch {
                    if ("$_" -match \(ShellWord.powershell(ExportedSetup.assignedText))) { return }
                    if ("$_" -notmatch \(ShellWord.powershell(ExportedSetup.replicationTexts))) { throw }
                    Write-Host "not replicated everywhere in Entra yet; retrying in $delay s"
                    Start-Sleep -Seconds $delay
                }
            }
            & $Command
        }

        # Check tenant and account before any write.
        Connect-MgGraph\(environment) -TenantId $tenantId -NoWelcome -Scopes 'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All'
        $account = (Get-STSCallerIdentity).Account
        if ($account -ne \(ShellWord.powershell(setup.role.arn.account))) {
            throw "The AWS credentials belong to account $account, not \(setup.role.arn.account); choose others with \(credentialCommand)."
        }

        """
    }

    private var identity: String {
        switch setup.identity {
        case .principal(let id):
            """
            # The existing managed identity: its object ID is the token's sub.
            $principalId = \(ShellWord.powershell(id))

            """
        case .client(let id):
            """
            # The existing managed identity: the object ID of its service principal is the token's sub.
            $principalId = (Get-MgServicePrincipal -Filter \(filter("appId", id))).Id
            if (-not $principalId) { throw \(ShellWord.powershell("The tenant has no service principal with the client ID \(id).")) }

            """
        case .resource(let resource):
            """
            # The existing managed identity: the object ID of its service principal is the token's sub.
            \(connection(to: resource))
            $principalId = (Get-AzUserAssignedIdentity -ResourceGroupName \(ShellWord.powershell(resource.resourceGroup)) `
                -Name \(ShellWord.powershell(resource.name))).PrincipalId

            """
        case .created(let resource):
            creation(of: resource)
        }
    }

    private func connection(to resource: IdentityResource) -> String {
        "Connect-AzAccount -Tenant $tenantId -Subscription \(ShellWord.powershell(resource.subscription)) | Out-Null"
    }

    private func creation(of resource: IdentityResource) -> String {
        let group = ShellWord.powershell(resource.resourceGroup)
        let name = ShellWord.powershell(resource.name)
        return """
            # The managed identity: the object ID of its service principal is the token's sub.
            # Its creation requires the rights of Managed Identity Contributor on the resource group.
            \(connection(to: resource))
            $identity = Get-AzUserAssignedIdentity -ResourceGroupName \(group) | Where-Object Name -EQ \(name)
            if (-not $identity) {
                Write-Host \(ShellWord.powershell("creating the managed identity \(resource.name)"))
                $identity = New-AzUserAssignedIdentity -ResourceGroupName \(group) -Name \(name) `
                    -Location \(ShellWord.powershell(resource.location)) -Tag \(setup.tags.powerShell(indent: "        "))
            }
            $principalId = $identity.PrincipalId

            """
    }

    private var application: String {
        let role = ShellWord.powershell(setup.appRole.value)
        let uri = "identifierUris/any(u:u eq \(QueryLiteral.odata(setup.audience)))"
        return """
            # The Entra application whose identifier URI is the audience. Its tokens have version 1, because version 2 has another
            # issuer and, as the audience, a GUID. The application has an app role for applications, such as managed identities.
            $application = Get-MgApplication -Filter \(ShellWord.powershell(uri))
            if (-not $application) {
                Write-Host \(ShellWord.powershell("creating the application \(setup.application.displayName)"))
                $application = New-MgApplication -BodyParameter \(setup.applicationBody.powerShell(indent: "    "))
            }
            if ($application.Api.RequestedAccessTokenVersion -eq 2) {
                throw "Application $($application.AppId) has version 2 tokens; set api.requestedAccessTokenVersion to 1."
            }
            $appRole = $application.AppRoles |
                Where-Object { $_.Value -ceq \(role) -and $_.IsEnabled -and $_.AllowedMemberTypes -contains 'Application' }
            if (-not $appRole) {
                throw ("Application {0} has no enabled app role {1} for applications; add it." -f $application.AppId, \(role))
            }

            """
    }

    private var servicePrincipal: String {
        """
        # Its service principal. With appRoleAssignmentRequired, Entra issues tokens only to assigned identities.
        # Without it, Azure could cache a token without the app role for a day.
        $servicePrincipal = Get-MgServicePrincipal -Filter "appId eq '$($application.AppId)'"
        if (-not $servicePrincipal) {
            Write-Host 'creating its service principal'
            $applicationId = $application.AppId
            $servicePrincipal = Invoke-WithRetry {
                New-MgServicePrincipal -BodyParameter \(setup.servicePrincipalBody.replacing(.variable(ExportedSetup.applicationID), with: .variable("applicationId")).powerShell(indent: "        "))
            }
        } elseif (-not $servicePrincipal.AppRoleAssignmentRequired) {
            Write-Host 'requiring an assignment; a cached token without the role may last up to 24 h'
            Update-MgServicePrincipal -ServicePrincipalId $servicePrincipal.Id -BodyParameter @{
                appRoleAssignmentRequired = $true
            }
        }
        if ($servicePrincipal.AccountEnabled -eq $false) {
            Write-Host 'enabling its service principal'
            Update-MgServicePrincipal -ServicePrincipalId $servicePrincipal.Id -BodyParameter @{
                accountEnabled = $true
            }
        }

        """
    }

    private var assignment: String {
        """
        # The identity's assignment to the app role.
        $assigned = Invoke-WithRetry { Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principalId -All } |
            Where-Object { $_.ResourceId -eq $servicePrincipal.Id -and $_.AppRoleId -eq $appRole.Id }
        if (-not $assigned) {
            Write-Host 'assigning the identity to the app role'
            Invoke-WithRetry {
                New-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId $servicePrincipal.Id -BodyParameter @{
                    principalId = $principalId
                    resourceId = $servicePrincipal.Id
                    appRoleId = $appRole.Id
                }
            } | Out-Null
        }

        """
    }

    private var end: String {
        """
        Write-Host \(ShellWord.powershell(setup.advice(ShellWord.powershell)))

        """
    }

    private func filter(_ property: String, _ value: String) -> String {
        ShellWord.powershell("\(property) eq \(QueryLiteral.odata(value))")
    }
}

// The AWS commands.
extension PowerShellScript {
    var aws: [String] {
        [provider, role, policies].filter { !$0.isEmpty }
    }

    private var provider: String {
        let prints = setup.provider.thumbprints.map(ShellWord.powershell).joined(separator: ", ")
        let thumbprints = prints.isEmpty ? "" : " -ThumbprintList @(\(prints))"
        let check =
            prints.isEmpty
            ? ""
            : """

            $listed = (Get-IAMOpenIDConnectProvider -OpenIDConnectProviderArn $providerArn).ThumbprintList
            foreach ($thumbprint in \(prints)) {
                if ($listed -notcontains $thumbprint) {
                    throw ("The provider lacks the thumbprint {0}; list it with " -f $thumbprint) +
                        "Update-IAMOpenIDConnectProviderThumbprint, which replaces the present thumbprints: $listed"
                }
            }
            """
        return """
            # The OIDC provider for the tenant's issuer. The trailing slash is part of its name: without it no token matches.
            $providerArn = \(ShellWord.powershell(setup.provider.arn))
            if ((Get-IAMOpenIDConnectProviderList).Arn -cnotcontains $providerArn) {
                Write-Host 'creating the OIDC provider'
                New-IAMOpenIDConnectProvider -Url \(ShellWord.powershell(setup.provider.issuer)) -ClientIDList @($audience)\(thumbprints) `
                    -Tag \(setup.tagList.powerShell(indent: "    ")) | Out-Null
            } elseif ((Get-IAMOpenIDConnectProvider -OpenIDConnectProviderArn $providerArn).ClientIDList -cnotcontains $audience) {
                Write-Host 'adding the audience to the OIDC provider'
                Add-IAMClientIDToOpenIDConnectProvider -OpenIDConnectProviderArn $providerArn -ClientID $audience
            }\(check)

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
            # The role. The trust policy of a new role allows only that identity, and only with that audience.
            $trustPolicy = \(trust.powerShell()) | ConvertTo-Json -Depth 10
            $role = Get-IAMRoleList | Where-Object RoleName -EQ \(name)
            if (-not $role) {
                Write-Host \(ShellWord.powershell("creating the role \(setup.role.name)"))
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
                    throw "Role $($role.RoleName) does not trust the identity yet; add this to its trust policy, with the further conditions of similar statements: $trustPolicy"
                }
                if ($role.MaxSessionDuration \(setup.role.choosesMaximumSession ? "-ne" : "-lt") \(setup.maximumSession)) {
                    Write-Host 'setting the maximum session duration'
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
        let inline = setup.role.inlinePolicies.map { InlinePolicyCommands(of: setup.role, $0).powerShell }
        if attached.isEmpty, inline.isEmpty { return "" }
        return "# \(InlinePolicyCommands.comment)\n" + (attached + inline).joined()
    }
}
