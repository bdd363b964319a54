import Federation

/// The set-up as a bash script of `az` and `aws` commands.
///
/// It reads before it writes, makes what is missing, and stops at what is there but different. Source: Azure CLI
/// 2.91 (`az rest`, `az ad`, `az identity`), AWS CLI 1 and 2 (`aws iam`), JMESPath.
struct AzScript {
    let setup: ExportedSetup

    var text: String {
        ([head, tools, identity, application, servicePrincipal, assignment] + aws + [end])
            .joined(separator: "\n")
    }

    private var head: String {
        """
        #!/usr/bin/env bash
        # \(setup.title)
        #
        #   tenant    \(setup.tenantID)
        #   audience  \(setup.comment(setup.audience))
        #   role      \(setup.comment(setup.role.arn))
        #
        # Needs az, signed in to that tenant (az login --tenant …) as one who may write applications and app-role
        # assignments (\(ExportedSetup.graphRights)), and aws with rights over
        # IAM in account \(setup.role.arn.account). It holds no secret. It can be run again: it makes what is missing, keeps what is
        # there, and stops at what is there but different.
        #
        # Backticks in single quotes are JMESPath's, for literals; curly quotes are what a text says:
        # shellcheck disable=SC1112,SC2016
        set -euo pipefail
        export AWS_PAGER=

        tenant=\(ShellWord.posix(setup.tenantID))
        audience=\(ShellWord.posix(setup.audience))

        """
    }

    private var tools: String {
        """
        say() { printf '==> %s\\n' "$*" >&2; }
        stop() { printf '%s: %s\\n' "${0##*/}" "$*" >&2; exit 1; }

        errors=$(mktemp)
        trap 'rm -f "$errors"' EXIT

        # What Entra says while it has not yet replicated what was just made.
        not_yet=\(ShellWord.posix(ExportedSetup.replicationTexts))

        # patiently COMMAND…: what was just made is not known to all of Entra's replicas at once, so the command is
        # repeated for some two minutes as long as they say so.
        patiently() {
            local delay
            for delay in 2 4 8 16 32 64 0; do
                "$@" 2>"$errors" && return
                grep -q \(ShellWord.posix(ExportedSetup.assignedText)) "$errors" && return
                grep -qE "$not_yet" "$errors" || break
                ((delay)) || break
                say "Entra does not know it everywhere yet; again in $delay s"
                sleep "$delay"
            done
            cat "$errors" >&2
            return 1
        }

        # graph METHOD PATH BODY [QUERY]: changes something through Microsoft Graph and prints what QUERY finds in the
        # answer, the new object's id where there is none.
        graph() {
            az rest --method "$1" --url "$graph/v1.0/$2" --headers 'Content-Type=application/json' --body "$3" \\
                --query "${4-id}" --output tsv
        }

        # Both tools must be in the right place before anything is made.
        signed_in=$(az account show --query tenantId --output tsv)
        [[ $signed_in == "$tenant" ]] || stop "az is signed in to tenant $signed_in; run: az login --tenant $tenant"
        account=$(aws sts get-caller-identity --query Account --output text)
        [[ $account == \(setup.role.arn.account) ]] || stop "aws works in account $account, not \(setup.role.arn.account); set AWS_PROFILE"
        graph=$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv)
        graph=${graph%/}

        """
    }

    private var identity: String {
        switch setup.identity {
        case .principal(let id):
            """
            # The managed identity, which is there already: its object id is the token's sub.
            principal_id=\(ShellWord.posix(id))

            """
        case .client(let id):
            """
            # The managed identity, which is there already: the object id of its service principal is the token's sub.
            principal_id=$(az ad sp show --id \(ShellWord.posix(id)) --query id --output tsv)

            """
        case .resource(let resource):
            """
            # The managed identity, which is there already: the object id of its service principal is the token's sub.
            principal_id=$(az identity show \(place(of: resource)) \\
                --name \(ShellWord.posix(resource.name)) --query principalId --output tsv)

            """
        case .created(let resource):
            creation(of: resource)
        }
    }

    private func place(of resource: IdentityResource) -> String {
        "--subscription \(ShellWord.posix(resource.subscription))"
            + " --resource-group \(ShellWord.posix(resource.resourceGroup))"
    }

    private func creation(of resource: IdentityResource) -> String {
        let query = "[?name==\(QueryLiteral.jmesPath(resource.name))].principalId"
        let tag = ShellWord.posix("\(OwnershipTag.key)=\(OwnershipTag.value)")
        return """
            # The managed identity: the object id of its service principal is the token's sub.
            principal_id=$(az identity list \(place(of: resource)) \\
                --query \(ShellWord.posix(query)) --output tsv)
            if [[ -z $principal_id ]]; then
                say \(ShellWord.posix("making the managed identity \(resource.name)"))
                principal_id=$(az identity create \(place(of: resource)) \\
                    --name \(ShellWord.posix(resource.name)) --location \(ShellWord.posix(resource.location)) \\
                    --tags \(tag) --query principalId --output tsv)
            fi

            """
    }

    private var application: String {
        let role = setup.appRole
        let roles =
            "appRoles[?value==\(QueryLiteral.jmesPath(role.value)) && isEnabled"
            + " && contains(allowedMemberTypes, `\"Application\"`)].id"
        let filter = "identifierUris/any(u:u eq \(QueryLiteral.odata(setup.audience)))"
        return """
            # The Entra application whose identifier URI is the audience: version 1 tokens, for in version 2 the audience
            # would be a GUID and the issuer another one; and an app role that applications, managed identities among
            # them, can be given.
            app_id=$(az ad app list --filter \(ShellWord.posix(filter)) --query '[].appId' --output tsv)
            if [[ -z $app_id ]]; then
                say \(ShellWord.posix("making the application \(setup.application.displayName)"))
                app_id=$(graph POST applications \(ScriptText(json: setup.applicationBody).bash) appId)
            fi
            version=$(patiently az ad app show --id "$app_id" --query api.requestedAccessTokenVersion --output tsv)
            [[ $version == 2 ]] && stop "application $app_id has version 2 tokens; set api.requestedAccessTokenVersion to 1"
            role_id=$(patiently az ad app show --id "$app_id" --query \(ShellWord.posix(roles)) --output tsv)
            [[ $role_id ]] || stop "application $app_id has no enabled app role" \(ShellWord.posix(role.value)) 'for applications; add it'

            """
    }

    private var servicePrincipal: String {
        """
        # Its service principal, which demands an assignment before the first token is asked for: Azure keeps an
        # identity's token for a day, and one without the role would be kept as long.
        found=$(az ad sp list --filter "appId eq '$app_id'" --query '[].[id, appRoleAssignmentRequired]' --output tsv)
        read -r sp_id required <<<"$found"
        if [[ -z $sp_id ]]; then
            say 'making its service principal'
            sp_id=$(patiently graph POST servicePrincipals \(ScriptText(json: setup.servicePrincipalBody).bash))
        elif [[ ${required,,} != true ]]; then
            say 'demanding an assignment; a token without the role that is cached already lives up to 24 h longer'
            graph PATCH "servicePrincipals/$sp_id" '{"appRoleAssignmentRequired": true}' ''
        fi

        """
    }

    private var assignment: String {
        let query = ScriptText(
            .text("value[?resourceId==`\""),
            .variable("sp_id"),
            .text("\"` && appRoleId==`\""),
            .variable("role_id"),
            .text("\"`].id")
        )
        let body = ScriptValue.members([
            .init(name: "principalId", value: .variable("principal_id")),
            .init(name: "resourceId", value: .variable("sp_id")),
            .init(name: "appRoleId", value: .variable("role_id")),
        ])
        return """
            # The identity's assignment to the app role, for which az has no command of its own.
            assigned=$(patiently az rest --method GET --url "$graph/v1.0/servicePrincipals/$principal_id/appRoleAssignments" \\
                --query \(query.bash) --output tsv)
            if [[ -z $assigned ]]; then
                say 'assigning the identity to the app role'
                patiently graph POST "servicePrincipals/$sp_id/appRoleAssignedTo" \(ScriptText(json: body).bash) >/dev/null
            fi

            """
    }

    private var end: String {
        """
        say \(ShellWord.posix("done; cambist wait \(setup.mapping) tells when it works"))

        """
    }
}
