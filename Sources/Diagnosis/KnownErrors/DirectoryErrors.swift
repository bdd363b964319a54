extension KnownError {
    /// The errors that Microsoft Graph returns to setup and to explanations.
    ///
    /// Source: Microsoft Graph v1.0 reference; texts from public reports.
    static let graphErrors: [Row] = [
        Row(
            "app-role-not-found",
            .text("Permission being assigned was not found on application"),
            cause:
                "The app role is not on the service principal, lacks the member type Application, or has not "
                + "replicated yet.",
            fix:
                "Add the member type Application to the app role, and use the role's ID and the object ID "
                + "of the audience's service principal; after a change, retry. `cambist setup apply "
                + "MAPPING` does all of this."
        ),
        Row(
            "app-role-assigned",
            .text("Permission being assigned already exists"),
            .text("EntitlementGrant entry already exists"),
            cause: "The identity already has the app role.",
            fix: "No action is needed.",
            noCommand: .noChange
        ),
        Row(
            "assignment-not-found",
            .text("EntitlementGrant being updated or deleted is not found"),
            cause: "The assignment no longer exists.",
            fix: "No action is needed.",
            noCommand: .noChange
        ),
        Row(
            "reference-invalid",
            .text("Not a valid reference update"),
            cause:
                "One of the IDs is not a service principal's object ID, or its service principal has not replicated "
                + "yet.",
            fix:
                "Use object IDs of service principals, not application or client IDs: `az ad sp show --id "
                + "CLIENT_ID --query id` prints the object ID. Right after a change, retry."
        ),
        Row(
            "identifier-uri-refused",
            .text("Failed to add identifier URI"),
            .text("must use a verified domain"),
            .code("HostNameNotOnVerifiedDomain"),
            cause: "The tenant's policy refuses this identifier URI.",
            fix:
                "Set the mapping's audience to api://TENANT_ID/NAME or api://APP_ID (`cambist config "
                + "edit`), and keep version 1 tokens."
        ),
        Row(
            "identifier-uri-taken",
            .text("same value for property identifierUris already exists"),
            cause: "Another application in the tenant has this identifier URI.",
            fix:
                "`az ad app list --identifier-uri URI` shows that application. Decide whether the mapping is meant for "
                + "that application. If so, grant setup the right to read the application, and repeat the command; "
                + "otherwise, set the mapping's audience to another URI (`cambist config edit`)."
        ),
        Row(
            "service-principal-exists",
            .code("Request_MultipleObjectsWithSameKeyValue"),
            cause: "The application already has a service principal.",
            fix:
                "No change is needed: use that service principal. Right after its creation, Graph may not "
                + "find it yet.",
            noCommand: .noChange
        ),
        Row(
            "application-not-replicated",
            .code("NoBackingApplicationObject"),
            cause: "No application has this client ID, or the application has not replicated yet.",
            fix:
                "Right after the application's creation, retry for a few minutes; otherwise, correct the "
                + "ID: `az ad app list --all --query '[].[appId,displayName]'` lists the applications."
        ),
        Row(
            "app-role-enabled",
            .code("CannotDeleteOrUpdateEnabledEntitlement"),
            cause: "An app role or a scope can be changed or deleted only while it is disabled.",
            fix:
                "Set isEnabled to false first (portal: App registrations, the application, App roles), "
                + "then repeat the change.",
            noCommand: .portal
        ),
        Row(
            "graph-right-missing",
            .code("Authorization_RequestDenied"),
            cause:
                "The caller lacks a Graph permission; a permission newly granted to a managed identity can take "
                + "24 hours to become effective.",
            fix:
                "Decide whether setup.graph_identity may change applications: if so, ask an administrator "
                + "of the tenant to grant Application.ReadWrite.OwnedBy and AppRoleAssignment.ReadWrite.All "
                + "to it. Otherwise, let an administrator run the script that `cambist setup export MAPPING "
                + "--format az` prints."
        ),
        Row(
            "directory-object-not-found",
            .code("Request_ResourceNotFound"),
            cause: "Graph finds no object with the requested ID.",
            fix:
                "If the service principal was created a few minutes ago, retry. Otherwise, set principal_id to the "
                + "service principal's object ID (`cambist config edit`); `az ad sp show --id CLIENT_ID --query id` "
                + "prints it."
        ),
        Row(
            "graph-token-refused",
            .code("InvalidAuthenticationToken"),
            cause: "Graph rejected the token: it has expired or is for another audience.",
            fix:
                "Check that setup.graph_identity can get a token for https://graph.microsoft.com: "
                + "`cambist doctor` lists the sources of this host."
        ),
        Row(
            "graph-throttled",
            .code("TooManyRequests", "429"),
            cause: "This application exceeded Graph's request limit for the tenant.",
            pause: "a minute",
            fix: ""
        ),
        Row(
            "graph-unavailable",
            .code("ServiceNotAvailable", "serviceNotAvailable", "503", "504"),
            cause: "Graph reported an internal error.",
            pause: "a few minutes",
            fix: ""
        ),
    ]

    /// The errors of Azure Resource Manager.
    static let armErrors: [Row] = [
        Row(
            "arm-right-missing",
            .code("AuthorizationFailed", "403"),
            cause: "The caller lacks a permission on the resource group.",
            fix:
                "Decide whether the caller may create identities in the resource group: if so, ask the "
                + "group's owner to run `az role assignment create --assignee CALLER --role 'Managed "
                + "Identity Contributor' --resource-group GROUP`. Otherwise, create the identity yourself "
                + "and set principal_id (`cambist config edit`)."
        ),
        Row(
            "resource-group-not-found",
            .code("ResourceGroupNotFound"),
            cause: "The resource group does not exist in the subscription.",
            fix:
                "Create the resource group (`az group create --name GROUP --location LOCATION`), or "
                + "correct setup.identity.resource_group (`cambist config edit`)."
        ),
        Row(
            "identity-not-found",
            .code("ResourceNotFound", "404"),
            cause: "The identity does not exist.",
            fix: "Correct setup.identity, or create the identity with `cambist setup apply`."
        ),
        Row(
            "principal-not-found",
            .code("PrincipalNotFound"),
            cause: "The identity's service principal has not replicated yet.",
            fix: "Retry after a few seconds.",
            noCommand: .noChange
        ),
        Row(
            "arm-throttled",
            .code("TooManyRequests", "429"),
            cause: "Too many requests: at most one identity can be created every four seconds.",
            pause: "a minute",
            fix: ""
        ),
    ]
}
