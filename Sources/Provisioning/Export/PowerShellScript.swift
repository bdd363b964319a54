import Federation

/// The set-up as a PowerShell script of Microsoft.Graph and AWS.Tools commands.
///
/// It reads before it writes, makes what is missing, and stops at what is there but different. Source: Microsoft.Graph
/// 2.x (`Microsoft.Graph.Applications`), Az.ManagedServiceIdentity, AWS Tools for PowerShell 4 and 5.
struct PowerShellScript {
    let setup: ExportedSetup

    var text: String {
        ([head, tools, identity, application, servicePrincipal, assignment] + aws + [end])
            .joined(separator: "\n")
    }

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
        #   tenant    \(setup.tenantID)
        #   audience  \(setup.comment(setup.audience))
        #   role      \(setup.comment(setup.role.arn))
        #
        # Needs a sign-in that may write applications and app-role assignments
        # (\(ExportedSetup.graphRights)), and AWS credentials with rights
        # over IAM in account \(setup.role.arn.account) (Set-AWSCredential). It holds no secret. It can be run again: it makes what
        # is missing, keeps what is there, and stops at what is there but different.
        $ErrorActionPreference = 'Stop'

        $tenantId = \(ShellWord.powershell(setup.tenantID))
        $audience = \(ShellWord.powershell(setup.audience))

        """
    }

    private var tools: String {
        """
        # What was just made is not known to all of Entra's replicas at once, so a command is repeated for some two
        # minutes as long as they say so.
        function Invoke-Patiently([scriptblock] $Command) {
            foreach ($delay in 2, 4, 8, 16, 32, 64) {
                try {
                    return & $Command
                } catch {
                    if ("$_" -match \(ShellWord.powershell(ExportedSetup.assignedText))) { return }
                    if ("$_" -notmatch \(ShellWord.powershell(ExportedSetup.replicationTexts))) { throw }
                    Write-Host "Entra does not know it everywhere yet; again in $delay s"
                    Start-Sleep -Seconds $delay
                }
            }
            & $Command
        }

        # Both sign-ins must be in the right place before anything is made.
        Connect-MgGraph -TenantId $tenantId -NoWelcome -Scopes 'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All'
        $account = (Get-STSCallerIdentity).Account
        if ($account -ne \(ShellWord.powershell(setup.role.arn.account))) {
            throw "The AWS credentials are of account $account, not \(setup.role.arn.account); choose others with Set-AWSCredential."
        }

        """
    }

    private var identity: String {
        switch setup.identity {
        case .principal(let id):
            """
            # The managed identity, which is there already: its object id is the token's sub.
            $principalId = \(ShellWord.powershell(id))

            """
        case .client(let id):
            """
            # The managed identity, which is there already: the object id of its service principal is the token's sub.
            $principalId = (Get-MgServicePrincipal -Filter \(filter("appId", id))).Id
            if (-not $principalId) { throw \(ShellWord.powershell("There is no service principal of client id \(id).")) }

            """
        case .resource(let resource):
            """
            # The managed identity, which is there already: the object id of its service principal is the token's sub.
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
            # The managed identity: the object id of its service principal is the token's sub.
            \(connection(to: resource))
            $identity = Get-AzUserAssignedIdentity -ResourceGroupName \(group) | Where-Object Name -EQ \(name)
            if (-not $identity) {
                Write-Host \(ShellWord.powershell("making the managed identity \(resource.name)"))
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
            # The Entra application whose identifier URI is the audience: version 1 tokens, for in version 2 the audience
            # would be a GUID and the issuer another one; and an app role that applications, managed identities among
            # them, can be given.
            $application = Get-MgApplication -Filter \(ShellWord.powershell(uri))
            if (-not $application) {
                Write-Host \(ShellWord.powershell("making the application \(setup.application.displayName)"))
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
        # Its service principal, which demands an assignment before the first token is asked for: Azure keeps an
        # identity's token for a day, and one without the role would be kept as long.
        $servicePrincipal = Get-MgServicePrincipal -Filter "appId eq '$($application.AppId)'"
        if (-not $servicePrincipal) {
            Write-Host 'making its service principal'
            $applicationId = $application.AppId
            $servicePrincipal = Invoke-Patiently {
                New-MgServicePrincipal -BodyParameter \(setup.servicePrincipalBody.replacing(.variable(ExportedSetup.applicationID), with: .variable("applicationId")).powerShell(indent: "        "))
            }
        } elseif (-not $servicePrincipal.AppRoleAssignmentRequired) {
            Write-Host 'demanding an assignment; a token without the role that is cached already lives up to 24 h longer'
            Update-MgServicePrincipal -ServicePrincipalId $servicePrincipal.Id -BodyParameter @{
                appRoleAssignmentRequired = $true
            }
        }

        """
    }

    private var assignment: String {
        """
        # The identity's assignment to the app role.
        $assigned = Invoke-Patiently { Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principalId -All } |
            Where-Object { $_.ResourceId -eq $servicePrincipal.Id -and $_.AppRoleId -eq $appRole.Id }
        if (-not $assigned) {
            Write-Host 'assigning the identity to the app role'
            Invoke-Patiently {
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
        Write-Host \(ShellWord.powershell("done; cambist wait \(setup.mapping) tells when it works"))

        """
    }

    private func filter(_ property: String, _ value: String) -> String {
        ShellWord.powershell("\(property) eq \(QueryLiteral.odata(value))")
    }
}
