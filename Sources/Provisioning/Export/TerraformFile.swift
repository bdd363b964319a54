import Federation

/// Exports a setup as a Terraform configuration.
///
/// Source: the arguments of the providers azuread 3.7.0, azurerm 4.55.0, and aws 6.25.0.
struct TerraformFile {
    let setup: ExportedSetup
    /// The local name of each resource; a policy also has a number (`cambist_1`).
    private static let name = "cambist"

    var text: String {
        let head = """
            # \(setup.title)
            #
            # Needs the rights to write applications and app-role assignments
            # (\(ExportedSetup.graphRights)), and permissions for IAM in account
            # \(setup.role.arn.account)\(setup.profiles.remark(on: setup.role.arn.account)). This file contains no secret.
            #
            # This file describes new objects. Do not import an existing provider or role as it is: the next apply would remove
            # all client IDs and all statements of the trust policy that this file lacks. First add the existing values
            # and statements to this file; then import, and check that the plan removes nothing:
            #
            #   client_id_list, thumbprint_list, tags: aws iam get-open-id-connect-provider --open-id-connect-provider-arn \(setup.provider.arn)
            #   assume_role_policy, tags: aws iam get-role --role-name \(setup.role.name)
            #   terraform import aws_iam_openid_connect_provider.\(Self.name) \(setup.provider.arn)
            #   terraform import aws_iam_role.\(Self.name) \(setup.role.name)
            #   terraform plan

            """
        let blocks = [requirements] + providers + azure + aws
        return ([head + inlinePolicyWarning] + blocks.map { $0.text() }).joined(separator: "\n")
    }

    /// The comment about existing inline policies; empty without inline policies.
    private var inlinePolicyWarning: String {
        let readings = setup.role.inlinePolicies.map {
            InlinePolicyCommands(of: setup.role, $0).terraformComment
        }
        if readings.isEmpty { return "" }
        return """
            #
            # Terraform replaces an existing inline policy of the same name without a question, so get-role-policy must return
            # NoSuchEntity:
            #

            """ + readings.joined()
    }

    /// The identity's Azure resource, if the file creates or looks up this resource.
    private var resource: IdentityResource? {
        switch setup.identity {
        case .created(let resource), .resource(let resource): resource
        case .principal, .client: nil
        }
    }

    private var requirements: HCLBlock {
        func source(_ name: String, _ version: String) -> HCLBlock.Item {
            .attribute(
                name,
                .members([
                    .init(name: "source", value: .text("hashicorp/\(name)")),
                    .init(name: "version", value: .text(version)),
                ])
            )
        }
        var sources = [source("azuread", ">= 3.0"), source("aws", ">= 6.0")]
        if resource != nil { sources.insert(source("azurerm", ">= 4.0"), at: 1) }
        return HCLBlock("terraform", items: [.block(HCLBlock("required_providers", items: sources))])
    }

    private var providers: [HCLBlock] {
        let environment: [HCLBlock.Item] =
            setup.cloud == .public ? [] : [.attribute("environment", .text(setup.cloud.rawValue))]
        var blocks = [
            HCLBlock(
                "provider",
                "azuread",
                items: [.attribute("tenant_id", .text(setup.tenantID))] + environment
            )
        ]
        if let resource {
            blocks.append(
                HCLBlock(
                    "provider",
                    "azurerm",
                    items: [
                        .attribute("tenant_id", .text(setup.tenantID)),
                        .attribute("subscription_id", .text(resource.subscription)),
                        .block(HCLBlock("features", items: [])),
                    ] + environment
                )
            )
        }
        blocks.append(
            HCLBlock(
                "provider",
                "aws",
                comment: ["IAM is global; the account must be the role's account."],
                items: [
                    .attribute("region", .text(setup.region)),
                    .attribute("allowed_account_ids", .list([.text(setup.role.arn.account)])),
                ]
            )
        )
        return blocks
    }

    private var azure: [HCLBlock] {
        identity + [application, servicePrincipal, assignment]
    }

    private var identity: [HCLBlock] {
        let comment = ["The managed identity: the object ID of its service principal is the token's sub."]
        switch setup.identity {
        case .principal:
            return []
        case .client(let id):
            let items = [HCLBlock.Item.attribute("client_id", .text(id))]
            return [HCLBlock("data", "azuread_service_principal", Self.name, comment: comment, items: items)]
        case .resource(let resource):
            let items: [HCLBlock.Item] = [
                .attribute("name", .text(resource.name)),
                .attribute("resource_group_name", .text(resource.resourceGroup)),
            ]
            return [HCLBlock("data", Self.identityType, Self.name, comment: comment, items: items)]
        case .created(let resource):
            let items: [HCLBlock.Item] = [
                .attribute("name", .text(resource.name)),
                .attribute("resource_group_name", .text(resource.resourceGroup)),
                .attribute("location", .text(resource.location)),
                .attribute("tags", setup.tags),
            ]
            let right =
                "Its creation requires the rights of Managed Identity Contributor on the resource group."
            return [
                HCLBlock("resource", Self.identityType, Self.name, comment: comment + [right], items: items)
            ]
        }
    }

    private static let identityType = "azurerm_user_assigned_identity"

    private var principalID: ScriptValue {
        switch setup.identity {
        case .principal(let id): .text(id)
        case .client: .variable("data.azuread_service_principal.\(Self.name).object_id")
        case .resource: .variable("data.\(Self.identityType).\(Self.name).principal_id")
        case .created: .variable("\(Self.identityType).\(Self.name).principal_id")
        }
    }

    private var application: HCLBlock {
        let version = ScriptValue.integer(DesiredApplication.tokenVersion)
        let items: [HCLBlock.Item] = [
            .attribute("display_name", .text(setup.application.displayName)),
            .attribute("sign_in_audience", .text(DesiredApplication.signInAudience)),
            .attribute("identifier_uris", .list([.text(setup.audience)])),
            .attribute("tags", .list([.text(setup.tag.directoryTag)])),
            .block(HCLBlock("api", items: [.attribute("requested_access_token_version", version)])),
            .block(
                HCLBlock(
                    "app_role",
                    items: [
                        .attribute("id", .text(setup.appRole.id)),
                        .attribute("value", .text(setup.appRole.value)),
                        .attribute("display_name", .text(DesiredAppRole.displayName)),
                        .attribute("description", .text(DesiredAppRole.description)),
                        .attribute("allowed_member_types", .list([.text(DesiredAppRole.memberType)])),
                        .attribute("enabled", .boolean(true)),
                    ]
                )
            ),
        ]
        return HCLBlock(
            "resource",
            "azuread_application",
            Self.name,
            comment: [
                "The application whose identifier URI is the audience. Its tokens have version 1, because version 2 has",
                "another issuer and, as the audience, a GUID. The application has an app role for applications, such as",
                "managed identities.",
            ],
            items: items
        )
    }

    private var servicePrincipal: HCLBlock {
        let items: [HCLBlock.Item] = [
            .attribute("client_id", .variable("azuread_application.\(Self.name).client_id")),
            .attribute("app_role_assignment_required", .boolean(DesiredApplication.requiresAssignment)),
            .attribute("tags", .list([.text(setup.tag.directoryTag)])),
        ]
        return HCLBlock(
            "resource",
            "azuread_service_principal",
            Self.name,
            comment: [
                "With app_role_assignment_required, Entra issues tokens only to assigned identities.",
                "Without it, Azure could cache a token without the app role for a day.",
            ],
            items: items
        )
    }

    private var assignment: HCLBlock {
        let principal = "azuread_service_principal.\(Self.name)"
        let role = "\(principal).app_role_ids[\(HCLText.quoted(setup.appRole.value))]"
        return HCLBlock(
            "resource",
            "azuread_app_role_assignment",
            Self.name,
            comment: [
                "For a minute after the role was created, Entra may answer \"Permission being assigned was not found on",
                "application\". In this case, apply again.",
            ],
            items: [
                .attribute("app_role_id", .variable(role)),
                .attribute("principal_object_id", principalID),
                .attribute("resource_object_id", .variable("\(principal).object_id")),
            ]
        )
    }
}

extension TerraformFile {
    private var aws: [HCLBlock] {
        [provider, role] + managedPolicies + inlinePolicies
    }

    private var provider: HCLBlock {
        HCLBlock(
            "resource",
            "aws_iam_openid_connect_provider",
            Self.name,
            comment: [
                "The trailing slash of the URL is part of the provider's name: without it no token matches."
            ],
            items: [
                .attribute("url", .text(setup.provider.issuer)),
                .attribute("client_id_list", .list([.text(setup.audience)])),
            ] + thumbprints + [.attribute("tags", setup.tags)]
        )
    }

    private var thumbprints: [HCLBlock.Item] {
        let prints = setup.provider.thumbprints
        return prints.isEmpty ? [] : [.attribute("thumbprint_list", .list(prints.map { .text($0) }))]
    }

    private var role: HCLBlock {
        let trust = setup.trustPolicy
            .replacing(.variable(ExportedSetup.principalID), with: principalID)
            .replacing(
                .text(setup.provider.arn),
                with: .variable("aws_iam_openid_connect_provider.\(Self.name).arn")
            )
        return HCLBlock(
            "resource",
            "aws_iam_role",
            Self.name,
            comment: ["The role, which only that identity may assume, and only with that audience."],
            items: [
                .attribute("name", .text(setup.role.name)),
                .attribute("path", .text(setup.role.path)),
                .attribute("description", .text(DesiredRole.description)),
                .attribute("max_session_duration", .integer(setup.maximumSession)),
                .json("assume_role_policy", trust),
                .attribute("tags", setup.tags),
            ]
        )
    }

    private var managedPolicies: [HCLBlock] {
        setup.role.managedPolicies.enumerated().map { index, arn in
            HCLBlock(
                "resource",
                "aws_iam_role_policy_attachment",
                "\(Self.name)_\(index + 1)",
                items: [
                    .attribute("role", .variable("aws_iam_role.\(Self.name).name")),
                    .attribute("policy_arn", .text(arn)),
                ]
            )
        }
    }

    private var inlinePolicies: [HCLBlock] {
        setup.role.inlinePolicies.enumerated().map { index, policy in
            HCLBlock(
                "resource",
                "aws_iam_role_policy",
                "\(Self.name)_\(index + 1)",
                items: [
                    .attribute("role", .variable("aws_iam_role.\(Self.name).name")),
                    .attribute("name", .text(policy.name)),
                    .json("policy", ScriptValue(policy.document)),
                ]
            )
        }
    }
}
