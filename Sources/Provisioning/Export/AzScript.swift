import Federation
import TrustPolicy

/// Exports a setup as a bash script with `az` and `aws` commands.
///
/// The script creates missing objects. In existing objects, the script sets `appRoleAssignmentRequired` and the maximum
/// session duration, and adds the audience and the policies. The script stops if another checked property differs.
///
/// Source: Azure CLI 2.91 (`az rest`, `az ad`, `az identity`), AWS CLI 1 and 2 (`aws iam`), JMESPath.
struct AzScript {
    let setup: ExportedSetup

    var text: String {
        ([head, tools, identity, application, servicePrincipal, assignment] + aws + [end])
            .joined(separator: "\n")
    }

    private var account: String { setup.role.arn.account }

    private var head: String {
        """
        #!/usr/bin/env bash
        # \(setup.title)
        #
        #   tenant    \(setup.comment(setup.tenantID))
        #   audience  \(setup.comment(setup.audience))
        #   role      \(setup.comment(setup.role.arn))
        #
        # Needs az, signed in to that tenant (az login --tenant …) with the right to write applications and app-role
        # assignments (\(ExportedSetup.graphRights)), and aws with rights over
        # IAM in account \(account)\(setup.profiles.remark(on: account)).
        #
        # This script contains no secret. It can be run again: it creates missing objects. In existing objects, the
        # script sets appRoleAssignmentRequired, accountEnabled, and the maximum session duration, and adds the
        # provider's audience and missing policies. It stops if the application, the provider's thumbprints, the trust
        # policy, or an existing inline policy must change.
        #
        # Backticks in single quotes are JMESPath literals; curly quotes are part of a text:
        # shellcheck disable=SC1112,SC2016
        set -euo pipefail
        export AWS_PAGER=\(setup.role.arn.partition.regionAssignments(setup.region))

        tenant=\(ShellWord.posix(setup.tenantID))

        """
    }

    private var tools: String {
        """
        say() { printf '==> %s\\n' "$*" >&2; }
        stop() { printf '%s: %s\\n' "${0##*/}" "$*" >&2; exit 1; }

        errors=$(mktemp)
        trap 'rm -f "$errors"' EXIT

        # The errors of Entra while a new object has not replicated everywhere.
        not_yet=\(ShellWord.posix(ExportedSetup.replicationTexts))

        # retry COMMAND…: new objects reach the replicas of Entra at different times, so the command is repeated for
        # about two minutes while a replication error is returned.
        retry() {
            local delay
            for delay in 2 4 8 16 32 64 0; do
                "$@" 2>"$errors" && return
                grep -q \(ShellWord.posix(ExportedSetup.assignedText)) "$errors" && return
                grep -qE "$not_yet" "$errors" || break
                ((delay)) || break
                say "not replicated everywhere in Entra yet; retrying in $delay s"
                sleep "$delay"
            done
            cat "$errors" >&2
            return 1
        }

        # graph METHOD PATH BODY [QUERY]: sends a write to Microsoft Graph and prints the result of QUERY on the answer
        # (default: the new object's ID).
        graph() {
            az rest --method "$1" --url "$graph/v1.0/$2" --headers 'Content-Type=application/json' --body "$3" \\
                --query "${4-id}" --output tsv
        }

        # Check tenant and account before any write.
        signed_in=$(az account show --query tenantId --output tsv)
        [[ $signed_in == "$tenant" ]] || stop "az is signed in to tenant $signed_in; run: az login --tenant $tenant"
        account=$(aws sts get-caller-identity --query Account --output text)
        [[ $account == \(account) ]] || stop "aws uses account $account, not \(account); set \(setup.profiles.assignment(of: account)) and unset AWS_ACCESS_KEY_ID"
        graph=$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv)
        graph=${graph%/}

        """
    }

    private var identity: String {
        switch setup.identity {
        case .principal(let id):
            """
            # The existing managed identity: its object ID is the token's sub.
            principal_id=\(ShellWord.posix(id))

            """
        case .client(let id):
            """
            # The existing managed identity: the object ID of its service principal is the token's sub.
            principal_id=$(az ad sp show --id \(ShellWord.posix(id)) --query id --output tsv)

            """
        case .resource(let resource):
            """
            # The existing managed identity: the object ID of its service principal is the token's sub.
            principal_id=$(az identity show \(groupOptions(of: resource)) \\
                --name \(ShellWord.posix(resource.name)) --query principalId --output tsv)

            """
        case .created(let resource):
            creation(of: resource)
        }
    }

    private func groupOptions(of resource: IdentityResource) -> String {
        "--subscription \(ShellWord.posix(resource.subscription))"
            + " --resource-group \(ShellWord.posix(resource.resourceGroup))"
    }

    private func creation(of resource: IdentityResource) -> String {
        let query = "[?name==\(QueryLiteral.jmesPath(resource.name))].principalId"
        let tag = ShellWord.posix("\(OwnershipTag.key)=\(setup.tag.value)")
        return """
            # The managed identity: the object ID of its service principal is the token's sub.
            # Its creation requires the rights of Managed Identity Contributor on the resource group.
            principal_id=$(az identity list \(groupOptions(of: resource)) \\
                --query \(ShellWord.posix(query)) --output tsv)
            if [[ -z $principal_id ]]; then
                say \(ShellWord.posix("creating the managed identity \(resource.name)"))
                principal_id=$(az identity create \(groupOptions(of: resource)) \\
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
            # The Entra application whose identifier URI is the audience. Its tokens have version 1, because version 2 has another
            # issuer and, as the audience, a GUID. The application has an app role for applications, such as managed identities.
            app_id=$(az ad app list --filter \(ShellWord.posix(filter)) --query '[].appId' --output tsv)
            if [[ -z $app_id ]]; then
                say \(ShellWord.posix("creating the application \(setup.application.displayName)"))
                app_id=$(graph POST applications \(ScriptText(json: setup.applicationBody).bash) appId)
            fi
            version=$(retry az ad app show --id "$app_id" --query api.requestedAccessTokenVersion --output tsv)
            [[ $version == 2 ]] && stop "application $app_id has version 2 tokens; set api.requestedAccessTokenVersion to 1"
            role_id=$(retry az ad app show --id "$app_id" --query \(ShellWord.posix(roles)) --output tsv)
            [[ $role_id ]] || stop "application $app_id has no enabled app role" \(ShellWord.posix(role.value)) 'for applications; add it'

            """
    }

    private var servicePrincipal: String {
        """
        # Its service principal. With appRoleAssignmentRequired, Entra issues tokens only to assigned identities.
        # Without it, Azure could cache a token without the app role for a day.
        found=$(az ad sp list --filter "appId eq '$app_id'" \\
            --query '[].[id, appRoleAssignmentRequired, accountEnabled]' --output tsv)
        read -r sp_id required enabled <<<"$found"
        if [[ -z $sp_id ]]; then
            say 'creating its service principal'
            sp_id=$(retry graph POST servicePrincipals \(ScriptText(json: setup.servicePrincipalBody).bash))
        elif [[ ${required,,} != true ]]; then
            say 'requiring an assignment; a cached token without the role may last up to 24 h'
            graph PATCH "servicePrincipals/$sp_id" '{"appRoleAssignmentRequired": true}' ''
        fi
        if [[ ${enabled,,} == false ]]; then
            say 'enabling its service principal'
            graph PATCH "servicePrincipals/$sp_id" '{"accountEnabled": true}' ''
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
            # The identity's assignment to the app role, for which az has no command.
            assigned=$(retry az rest --method GET --url "$graph/v1.0/servicePrincipals/$principal_id/appRoleAssignments" \\
                --query \(query.bash) --output tsv)
            if [[ -z $assigned ]]; then
                say 'assigning the identity to the app role'
                retry graph POST "servicePrincipals/$sp_id/appRoleAssignedTo" \(ScriptText(json: body).bash) >/dev/null
            fi

            """
    }

    private var end: String {
        """
        say \(ShellWord.posix(setup.advice(ShellWord.posix)))

        """
    }
}

// The AWS commands.
extension AzScript {
    var aws: [String] {
        [provider, role, policies].filter { !$0.isEmpty }
    }

    private var provider: String {
        let listed = "OpenIDConnectProviderList[?Arn==\(QueryLiteral.jmesPath(setup.provider.arn))].Arn"
        let clients = ScriptValue.list([.text(setup.audience)])
        let prints = setup.provider.thumbprints.joined(separator: " ")
        let thumbprints = prints.isEmpty ? "" : " --thumbprint-list \(prints)"
        let check =
            prints.isEmpty
            ? ""
            : """

                listed=$(aws iam get-open-id-connect-provider --open-id-connect-provider-arn "$provider_arn" \\
                    --query 'join(`" "`, ThumbprintList)' --output text)
                for thumbprint in \(prints); do
                    [[ $listed == *"$thumbprint"* ]] || stop "the provider lacks the thumbprint $thumbprint; list it with" \\
                        "aws iam update-open-id-connect-provider-thumbprint, which replaces the present thumbprints: $listed"
                done
            """
        return """
            # The OIDC provider for the tenant's issuer. The trailing slash is part of its name: without it no token matches.
            provider_arn=\(ShellWord.posix(setup.provider.arn))
            provider=$(aws iam list-open-id-connect-providers --query \(ShellWord.posix(listed)) --output text)
            if [[ -z $provider ]]; then
                say 'creating the OIDC provider'
                aws iam create-open-id-connect-provider --url \(ShellWord.posix(setup.provider.issuer)) \\
                    --client-id-list \(ScriptText(json: clients).bash)\(thumbprints) \\
                    --tags \(ScriptText(json: setup.tagList).bash) >/dev/null
            else
                clients=$(aws iam get-open-id-connect-provider --open-id-connect-provider-arn "$provider_arn" \\
                    --query \(ShellWord.posix("ClientIDList[?@==\(QueryLiteral.jmesPath(setup.audience))]")) --output text)
                if [[ -z $clients ]]; then
                    say 'adding the audience to the OIDC provider'
                    \(audienceAddition)
                fi\(check)
            fi

            """
    }

    private var audienceAddition: ShellCommand {
        .aws(
            "iam add-client-id-to-open-id-connect-provider",
            .provider(setup.provider.arn),
            .clientID(setup.audience)
        )
    }

    /// The command that changes the maximum session duration and keeps the role's description.
    private var sessionChange: ShellCommand {
        .aws(
            "iam update-role",
            .role(setup.role.name),
            .maximumSession(setup.role.maximumSession),
            .description(json: "\(variable: "description")")
        )
    }

    private var role: String {
        let name = ShellWord.posix(setup.role.name)
        return """
            # The role. The trust policy of a new role allows only that identity, and only with that audience.
            trust_policy=\(ScriptText(json: setup.trustPolicy).bash)
            if role=$(aws iam get-role --role-name \(name) --query '[Role.Arn, to_string(Role.MaxSessionDuration)]' \\
                --output text 2>"$errors"); then
                [[ ${role%%$'\\t'*} == \(ShellWord.posix(setup.role.arn.description)) ]] || stop "the name is taken by ${role%%$'\\t'*}"
                trusted=$(aws iam get-role --role-name \(name) --query \(trusting.bash) --output text)
                ((trusted)) || stop "role" \(name) "does not trust the identity yet; add this to its trust policy," \\
                    "with the further conditions of similar statements:" $'\\n'"$trust_policy"
                if ((${role##*$'\\t'} \(setup.role.choosesMaximumSession ? "!=" : "<") \(setup.maximumSession))); then
                    say 'setting the maximum session duration'
                    description=$(aws iam get-role --role-name \(name) --query 'Role.Description || `""`' --output json)
                    \(sessionChange)
                fi
            elif grep -q NoSuchEntity "$errors"; then
                say \(ShellWord.posix("creating the role \(setup.role.name)"))
                aws iam create-role --path \(ShellWord.posix(setup.role.path)) --role-name \(name) \\
                    --description \(ShellWord.posix(DesiredRole.description)) \\
                    --assume-role-policy-document "$trust_policy" --max-session-duration \(setup.maximumSession) \\
                    --tags \(ScriptText(json: setup.tagList).bash) >/dev/null
                aws iam wait role-exists --role-name \(name)
            else
                stop "$(<"$errors")"
            fi

            """
    }

    /// A JMESPath expression that counts the trust policy's statements that allow the identity.
    private var trusting: ScriptText {
        let audienceKey = QueryLiteral.jmesPathName(setup.conditionKey("aud"))
        let subjectKey = QueryLiteral.jmesPathName(setup.conditionKey("sub"))
        let federated = QueryLiteral.jmesPath(setup.provider.arn)
        let audience = QueryLiteral.jmesPath(setup.audience)
        return ScriptText(
            .text(
                "length(to_array(Role.AssumeRolePolicyDocument.Statement)[?Effect==`\"Allow\"`"
                    + " && contains(to_array(Principal.Federated), \(federated))"
                    + " && contains(to_array(Condition.StringEquals.\(audienceKey)), \(audience))"
                    + " && contains(to_array(Condition.StringEquals.\(subjectKey)), `\""
            ),
            .variable("principal_id"),
            .text("\"`)])")
        )
    }

    private var policies: String {
        let name = ShellWord.posix(setup.role.name)
        let attached = setup.role.managedPolicies.map {
            "aws iam attach-role-policy --role-name \(name) --policy-arn \(ShellWord.posix($0))\n"
        }
        let inline = setup.role.inlinePolicies.map { InlinePolicyCommands(of: setup.role, $0).bash }
        if attached.isEmpty, inline.isEmpty { return "" }
        return "# \(InlinePolicyCommands.comment)\n" + (attached + inline).joined()
    }
}
