import Federation
import TrustPolicy

extension AzScript {
    /// The half for AWS.
    var aws: [String] {
        [provider, role, policies].filter { !$0.isEmpty }
    }

    private var provider: String {
        let listed = "OpenIDConnectProviderList[?Arn==\(QueryLiteral.jmesPath(setup.provider.arn))].Arn"
        let clients = ScriptValue.list([.text(setup.audience)])
        return """
            # The OIDC provider for the tenant's issuer. The slash at its end is part of its name: without it no token fits.
            provider_arn=\(ShellWord.posix(setup.provider.arn))
            provider=$(aws iam list-open-id-connect-providers --query \(ShellWord.posix(listed)) --output text)
            if [[ -z $provider ]]; then
                say 'making the OIDC provider'
                aws iam create-open-id-connect-provider --url \(ShellWord.posix(setup.provider.issuer)) \\
                    --client-id-list \(ScriptText(json: clients).bash) \\
                    --tags \(ScriptText(json: setup.tagList).bash) >/dev/null
            else
                clients=$(aws iam get-open-id-connect-provider --open-id-connect-provider-arn "$provider_arn" \\
                    --query \(ShellWord.posix("ClientIDList[?@==\(QueryLiteral.jmesPath(setup.audience))]")) --output text)
                if [[ -z $clients ]]; then
                    say 'adding the audience to the OIDC provider'
                    aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn "$provider_arn" \\
                        --client-id "$audience"
                fi
            fi

            """
    }

    private var role: String {
        let name = ShellWord.posix(setup.role.name)
        return """
            # The role, which that identity alone may assume, with that audience alone.
            trust_policy=\(ScriptText(json: setup.trustPolicy).bash)
            if role=$(aws iam get-role --role-name \(name) --query '[Role.Arn, to_string(Role.MaxSessionDuration)]' \\
                --output text 2>"$errors"); then
                [[ ${role%%$'\\t'*} == \(ShellWord.posix(setup.role.arn.description)) ]] || stop "the name is taken by $role"
                trusted=$(aws iam get-role --role-name \(name) --query \(trusting.bash) --output text)
                ((trusted)) || stop "role" \(name) "does not trust the identity yet; add this to its trust policy:" \\
                    $'\\n'"$trust_policy"
                if ((${role##*$'\\t'} \(setup.role.choosesMaximumSession ? "!=" : "<") \(setup.maximumSession))); then
                    say 'setting the longest session'
                    description=$(aws iam get-role --role-name \(name) --query 'Role.Description || `""`' --output text)
                    aws iam update-role --role-name \(name) --description "$description" \\
                        --max-session-duration \(setup.maximumSession)
                fi
            elif grep -q NoSuchEntity "$errors"; then
                say \(ShellWord.posix("making the role \(setup.role.name)"))
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

    /// How many statements of a role's trust policy let the identity in.
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
        let inline = setup.role.inlinePolicies.map { policy in
            """
            aws iam put-role-policy --role-name \(name) --policy-name \(ShellWord.posix(policy.name)) \\
                --policy-document \(ScriptText(json: ScriptValue(policy.document)).bash)

            """
        }
        if attached.isEmpty, inline.isEmpty { return "" }
        return "# What the sessions may do. Both commands change nothing where it is so already.\n"
            + (attached + inline).joined()
    }
}
