import Federation

/// Exports the setup of a mapping with a hub: the mapping's role, and the hub's permission to assume the role.
///
/// The two roles may be in different accounts; the hub's own setup is a separate export.
struct ChainExport {
    private let mapping: RoleMapping.ID
    private let configuration: ConfigurationReference?
    private let profiles: ExportProfiles
    private let tag: OwnershipTag
    private let region: String
    private let role: DesiredRole
    private let permission: DesiredPermission

    /// Creates the export of a desired state; `nil` if the state is not for one mapping with a hub.
    init?(
        _ desiredState: DesiredState,
        region: String,
        _ configuration: ConfigurationReference?,
        _ profiles: ExportProfiles
    ) {
        guard desiredState.mappings.count == 1, let mapping = desiredState.mappings.first,
            let role = desiredState.roles.first, let permission = desiredState.permissions.first,
            desiredState.roles.count == 1, desiredState.permissions.count == 1
        else { return nil }
        self.mapping = mapping
        self.configuration = configuration
        self.profiles = profiles
        tag = desiredState.tag
        self.region = region
        self.role = role
        self.permission = permission
    }

    private var trustPolicy: JSONValue { role.trustPolicy() ?? .null }
    private var permissionPolicy: JSONValue { permission.policy.document }
    /// The only statement of the permissions policy.
    private var permissionStatement: JSONValue {
        if case .array(let statements)? = permissionPolicy["Statement"], let first = statements.first {
            first
        } else {
            .null
        }
    }
    private var hubRole: RoleARN { permission.role }
    private var maximumSession: Int { role.maximumSession.wholeSeconds }

    /// The assignment of the role's profile, such as `AWS_PROFILE=admin`, or only the name of the variable.
    private var profile: String { profiles.assignment(of: role.arn.account) }

    /// The bash script's assignment of the hub's profile, or only the name of the variable.
    private var hubProfile: String { profiles.assignment(of: hubRole.account, to: "HUB_PROFILE") }

    private var credentialCommand: String { profiles.credentialCommand(for: role.arn.account) }
    private var hubOption: String { profiles.option("-HubProfile", for: hubRole.account) }

    private var title: String {
        "Sets up the role of the mapping \(VisibleText.oneLine(mapping)) of cambist, which the role of "
            + "\(VisibleText.oneLine(permission.hub)) assumes."
    }

    /// Returns the setup in a format.
    func text(in format: SetupExport) -> String {
        switch format {
        case .az: bash
        case .powershell: powerShell
        case .terraform: terraform
        case .trustPolicy: ScriptText(json: ScriptValue(trustPolicy)).plain + "\n"
        }
    }
}

// The bash script needs only `aws`, because the objects in Azure belong to the hub's setup.
extension ChainExport {
    private var bash: String {
        let name = ShellWord.posix(role.name)
        let tags = ScriptValue.list([
            .members([
                .init(name: "Key", value: .text(OwnershipTag.key)),
                .init(name: "Value", value: .text(tag.value)),
            ])
        ])
        return """
            #!/usr/bin/env bash
            # \(title)
            #
            #   role  \(role.arn)
            #   hub   \(hubRole)
            #
            # Needs aws with rights over IAM in account \(role.arn.account) (\(profile)) and in account \(hubRole.account)
            # (\(hubProfile); without it, AWS_PROFILE). The hub's role must exist.
            #
            # This script contains no secret. It can be run again: it creates missing objects. It stops if the existing
            # role does not trust the hub's role, if an inline policy of the existing role differs, or if the hub's role
            # has an inline policy of the same name without the permission.
            #
            # Backticks in single quotes are JMESPath literals:
            # shellcheck disable=SC2016
            set -euo pipefail
            export AWS_PAGER=\(role.arn.partition.regionAssignments(region))

            say() { printf '==> %s\\n' "$*" >&2; }
            stop() { printf '%s: %s\\n' "${0##*/}" "$*" >&2; exit 1; }
            hub() {
                aws ${HUB_PROFILE:+--profile "$HUB_PROFILE"} "$@"
            }

            errors=$(mktemp)
            trap 'rm -f "$errors"' EXIT

            # Check both accounts before any write.
            account=$(aws sts get-caller-identity --query Account --output text)
            [[ $account == \(role.arn.account) ]] || stop "aws uses account $account, not \(role.arn.account); set \(profile) and unset AWS_ACCESS_KEY_ID"
            account=$(hub sts get-caller-identity --query Account --output text)
            [[ $account == \(hubRole.account) ]] || stop "the hub's aws uses account $account, not \(hubRole.account); set \(hubProfile)"

            # The role. The trust policy of a new role allows only the hub's role.
            trust_policy=\(ScriptText(json: ScriptValue(trustPolicy)).bash)
            if role=$(aws iam get-role --role-name \(name) --query Role.Arn --output text 2>"$errors"); then
                [[ $role == \(ShellWord.posix(role.arn.description)) ]] || stop "the name is taken by $role"
                trusted=$(aws iam get-role --role-name \(name) --output text \\
                    --query \(ShellWord.posix(trusting)))
                ((trusted)) || stop "role" \(name) "does not trust the hub yet; add this to its trust policy," \\
                    "with the further conditions of similar statements:" $'\\n'"$trust_policy"
            elif grep -q NoSuchEntity "$errors"; then
                say \(ShellWord.posix("creating the role \(role.name)"))
                # A new principal takes a few seconds until the trust policy of another role may name it.
                for delay in 2 4 8 16 0; do
                    aws iam create-role --path \(ShellWord.posix(role.path)) --role-name \(name) \\
                        --description \(ShellWord.posix(DesiredRole.chainedDescription)) \\
                        --assume-role-policy-document "$trust_policy" --max-session-duration \(maximumSession) \\
                        --tags \(ScriptText(json: tags).bash) >/dev/null 2>"$errors" && break
                    grep -q 'Invalid principal in policy' "$errors" && ((delay)) || stop "$(<"$errors")"
                    sleep "$delay"
                done
                aws iam wait role-exists --role-name \(name)
            else
                stop "$(<"$errors")"
            fi
            \(bashPolicies)
            # The permission of the hub's role to assume this role. An existing inline policy is not changed.
            permission=\(ShellWord.posix(permissionPolicy.compactText))
            if permitted=$(hub iam get-role-policy --role-name \(ShellWord.posix(hubRole.name)) \\
                --policy-name \(ShellWord.posix(permission.policy.name)) \\
                --query \(ShellWord.posix(permitting)) --output text 2>"$errors"); then
                [[ $permitted == True ]] || stop "the hub's role has an inline policy" \\
                    \(ShellWord.posix(permission.policy.name)) "without the permission; add its statement:" $'\\n'"$permission"
            elif grep -q NoSuchEntity "$errors"; then
                say 'adding the permission to the role of the hub'
                hub iam put-role-policy --role-name \(ShellWord.posix(hubRole.name)) \\
                    --policy-name \(ShellWord.posix(permission.policy.name)) --policy-document "$permission"
            else
                stop "$(<"$errors")"
            fi

            say \(ShellWord.posix(configuration.advice(toWaitFor: mapping, ShellWord.posix)))

            """
    }

    /// A JMESPath expression that counts the trust policy's statements that allow the hub's role.
    private var trusting: String {
        "length(to_array(Role.AssumeRolePolicyDocument.Statement)[?Effect==`\"Allow\"`"
            + " && contains(to_array(Principal.AWS), \(QueryLiteral.jmesPath(hubRole.description)))"
            + " && contains(to_array(Action), `\"sts:AssumeRole\"`)])"
    }

    /// A JMESPath expression that tests for the permission's statement in an inline policy.
    private var permitting: String {
        "contains(to_array(PolicyDocument.Statement), \(QueryLiteral.jmesPath(json: permissionStatement)))"
    }

    private var bashPolicies: String {
        let name = ShellWord.posix(role.name)
        let attached = role.managedPolicies.map {
            "aws iam attach-role-policy --role-name \(name) --policy-arn \(ShellWord.posix($0))\n"
        }
        let inline = role.inlinePolicies.map { InlinePolicyCommands(of: role, $0).bash }
        return (attached + inline).joined()
    }
}

// The PowerShell script.
extension ChainExport {
    private var powerShell: String {
        let name = ShellWord.powershell(role.name)
        let hubName = ShellWord.powershell(hubRole.name)
        let policyName = ShellWord.powershell(permission.policy.name)
        let actions = (permissionStatement["Action"]?.strings ?? []).map {
            " -and @($_.Action) -contains \(ShellWord.powershell($0))"
        }.joined()
        let attached = role.managedPolicies.map {
            "Register-IAMRolePolicy -RoleName \(name) -PolicyArn \(ShellWord.powershell($0))\n"
        }
        let inline = role.inlinePolicies.map { InlinePolicyCommands(of: role, $0).powerShell }
        return """
            #Requires -Modules AWS.Tools.SecurityToken, AWS.Tools.IdentityManagement
            # \(title)
            #
            #   role  \(role.arn)
            #   hub   \(hubRole)
            #
            # Needs AWS credentials with rights over IAM in account \(role.arn.account) (\(credentialCommand)) and a profile
            # of account \(hubRole.account) in \(hubOption). The hub's role must exist.
            #
            # This script contains no secret. It can be run again: it creates missing objects. It stops if the existing
            # role does not trust the hub's role, if an inline policy of the existing role differs, or if the hub's role
            # has an inline policy of the same name without the permission.
            param([string] $HubProfile)
            $ErrorActionPreference = 'Stop'\(role.arn.partition.regionCommand(region))
            $hub = if ($HubProfile) { @{ ProfileName = $HubProfile } } else { @{} }

            $account = (Get-STSCallerIdentity).Account
            if ($account -ne \(ShellWord.powershell(role.arn.account))) {
                throw "The AWS credentials are of account $account, not \(role.arn.account); choose others with \(credentialCommand)."
            }
            $account = (Get-STSCallerIdentity @hub).Account
            if ($account -ne \(ShellWord.powershell(hubRole.account))) {
                throw "The hub's credentials are of account $account, not \(hubRole.account); choose others with \(hubOption)."
            }

            # The role. The trust policy of a new role allows only the hub's role.
            $trustPolicy = \(ShellWord.powershell(trustPolicy.compactText))
            $role = Get-IAMRoleList | Where-Object RoleName -EQ \(name)
            if (-not $role) {
                New-IAMRole -Path \(ShellWord.powershell(role.path)) -RoleName \(name) `
                    -Description \(ShellWord.powershell(DesiredRole.chainedDescription)) `
                    -AssumeRolePolicyDocument $trustPolicy -MaxSessionDuration \(maximumSession) `
                    -Tag @{ Key = \(ShellWord.powershell(OwnershipTag.key)); Value = \(ShellWord.powershell(tag.value)) } | Out-Null
            } else {
                $policy = [uri]::UnescapeDataString($role.AssumeRolePolicyDocument) | ConvertFrom-Json
                $trusted = $policy.Statement | Where-Object {
                    $_.Effect -eq 'Allow' -and @($_.Principal.AWS) -ccontains \(ShellWord.powershell(hubRole.description))
                }
                if (-not $trusted) {
                    throw "Role $($role.RoleName) does not trust the hub yet; add this to its trust policy, with the further conditions of similar statements: $trustPolicy"
                }
            }
            \((attached + inline).joined())
            # The permission of the hub's role to assume this role. An existing inline policy is not changed.
            $permission = \(ShellWord.powershell(permissionPolicy.compactText))
            if ((Get-IAMRolePolicyList @hub -RoleName \(hubName)) -notcontains \(policyName)) {
                Write-Host 'adding the permission to the role of the hub'
                Write-IAMRolePolicy @hub -RoleName \(hubName) -PolicyName \(policyName) -PolicyDocument $permission
            } else {
                $found = Get-IAMRolePolicy @hub -RoleName \(hubName) -PolicyName \(policyName)
                $policy = [uri]::UnescapeDataString($found.PolicyDocument) | ConvertFrom-Json
                $permitting = $policy.Statement | Where-Object {
                    $_.Effect -ceq 'Allow' -and -not $_.Condition -and
                    @($_.Resource) -ccontains \(ShellWord.powershell(role.arn.description))\(actions)
                }
                if (-not $permitting) {
                    throw ("The hub's role has an inline policy {0} without the permission; add its statement: {1}" -f \(policyName), $permission)
                }
            }

            Write-Host \(ShellWord.powershell(configuration.advice(toWaitFor: mapping, ShellWord.powershell)))

            """
    }
}

// The Terraform configuration.
extension ChainExport {
    private static let name = "cambist"

    private var terraform: String {
        let head = """
            # \(title)
            #
            # Needs rights over IAM in account \(role.arn.account)\(profiles.remark(on: role.arn.account)) and, by the profile in hub_profile\(profiles.remark(on: hubRole.account, to: "TF_VAR_hub_profile")), in account \(hubRole.account).
            # The hub's role must exist. This file contains no secret.
            #
            # This file describes a new role and a new inline policy of the hub's role. Do not import an existing role as it
            # is: the next apply would remove all statements of its trust policy that this file lacks. First add the existing
            # statements to the file; then import, and check that the plan removes nothing. Terraform replaces an existing
            # inline policy of the same name without a question, so get-role-policy must return NoSuchEntity:
            #
            #   aws iam get-role --role-name \(role.name)
            #   terraform import aws_iam_role.\(Self.name) \(role.name)
            #   terraform plan
            #   aws iam get-role-policy --role-name \(hubRole.name) --policy-name \(VisibleText.oneLine(ShellWord.posix(permission.policy.name)))

            """
        let readings = role.inlinePolicies.map { InlinePolicyCommands(of: role, $0).terraformComment }
        return ([head + readings.joined()] + blocks.map { $0.text() }).joined(separator: "\n")
    }

    private var blocks: [HCLBlock] {
        let source = HCLBlock.Item.attribute(
            "aws",
            .members([
                .init(name: "source", value: .text("hashicorp/aws")),
                .init(name: "version", value: .text(">= 6.0")),
            ])
        )
        let hubName = ScriptValue.text(hubRole.name)
        return [
            HCLBlock("terraform", items: [.block(HCLBlock("required_providers", items: [source]))]),
            HCLBlock(
                "variable",
                "hub_profile",
                items: [.attribute("type", .variable("string")), .attribute("default", .null)]
            ),
            provider(account: role.arn.account, extra: []),
            provider(
                account: hubRole.account,
                extra: [
                    .attribute("alias", .text("hub")), .attribute("profile", .variable("var.hub_profile")),
                ]
            ),
            HCLBlock(
                "resource",
                "aws_iam_role_policy",
                "\(Self.name)_hub",
                comment: ["The permission of the hub's role to assume the role of this file."],
                items: [
                    .attribute("provider", .variable("aws.hub")), .attribute("role", hubName),
                    .attribute("name", .text(permission.policy.name)),
                    .json("policy", ScriptValue(permissionPolicy)),
                ]
            ),
            HCLBlock(
                "resource",
                "aws_iam_role",
                Self.name,
                comment: ["The role, which only the hub's role may assume."],
                items: [
                    .attribute("name", .text(role.name)), .attribute("path", .text(role.path)),
                    .attribute("description", .text(DesiredRole.chainedDescription)),
                    .attribute("max_session_duration", .integer(maximumSession)),
                    .json("assume_role_policy", ScriptValue(trustPolicy)),
                    .attribute(
                        "tags",
                        .members([.init(name: OwnershipTag.key, value: .text(tag.value))])
                    ),
                ]
            ),
        ] + policies
    }

    private func provider(account: String, extra: [HCLBlock.Item]) -> HCLBlock {
        HCLBlock(
            "provider",
            "aws",
            items: extra + [
                .attribute("region", .text(region)),
                .attribute("allowed_account_ids", .list([.text(account)])),
            ]
        )
    }

    private var policies: [HCLBlock] {
        let name = HCLBlock.Item.attribute("role", .variable("aws_iam_role.\(Self.name).name"))
        let attached = role.managedPolicies.enumerated().map { index, arn in
            HCLBlock(
                "resource",
                "aws_iam_role_policy_attachment",
                "\(Self.name)_\(index + 1)",
                items: [name, .attribute("policy_arn", .text(arn))]
            )
        }
        return attached
            + role.inlinePolicies.enumerated().map { index, policy in
                HCLBlock(
                    "resource",
                    "aws_iam_role_policy",
                    "\(Self.name)_\(index + 1)",
                    items: [
                        name, .attribute("name", .text(policy.name)),
                        .json("policy", ScriptValue(policy.document)),
                    ]
                )
            }
    }
}
