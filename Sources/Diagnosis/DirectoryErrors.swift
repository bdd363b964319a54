extension KnownError {
    /// What Microsoft Graph answers when a set-up is read or written.
    ///
    /// Source: Microsoft Graph v1.0 reference; texts as public reports have them.
    static let graphErrors: [Entry] = [
        Entry(
            "app-role-not-found",
            text: "Permission being assigned was not found on application",
            "The app role is not on that service principal, lacks the member type Application, or has not replicated yet.",
            fix:
                "Give the app role the member type Application, and use the role's id and the object id of the "
                + "audience's service principal; just after a change try again."
        ),
        Entry(
            "app-role-assigned",
            text: "Permission being assigned already exists",
            "The identity has the app role already.",
            fix: "Nothing is to be done."
        ),
        Entry(
            "app-role-assigned",
            text: "EntitlementGrant entry already exists",
            "The identity has the app role already.",
            fix: "Nothing is to be done."
        ),
        Entry(
            "assignment-not-found",
            text: "EntitlementGrant being updated or deleted is not found",
            "There is no such assignment any more.",
            fix: "Nothing is to be done."
        ),
        Entry(
            "reference-invalid",
            text: "Not a valid reference update",
            "One of the ids is not a service principal's object id, or has not replicated yet.",
            fix:
                "Use object ids of service principals, not application or client ids; just after a change try again."
        ),
        Entry(
            "identifier-uri-refused",
            text: "Failed to add identifier URI",
            "The tenant's policy refuses this identifier URI.",
            fix: "Use api://TENANT_ID/NAME or api://APP_ID, and keep version 1 tokens."
        ),
        Entry(
            "identifier-uri-refused",
            text: "must use a verified domain",
            "The tenant's policy refuses this identifier URI.",
            fix: "Use api://TENANT_ID/NAME or api://APP_ID, and keep version 1 tokens."
        ),
        Entry(
            "identifier-uri-refused",
            codes: ["HostNameNotOnVerifiedDomain"],
            "The tenant's policy refuses this identifier URI.",
            fix: "Use api://TENANT_ID/NAME or api://APP_ID, and keep version 1 tokens."
        ),
        Entry(
            "identifier-uri-taken",
            text: "same value for property identifierUris already exists",
            "Another application of the tenant has this identifier URI.",
            fix: "Use that application, or choose another URI."
        ),
        Entry(
            "service-principal-exists",
            codes: ["Request_MultipleObjectsWithSameKeyValue"],
            "The application has a service principal already.",
            fix: "Use that one; just after it was made it may not be found yet."
        ),
        Entry(
            "application-not-replicated",
            codes: ["NoBackingApplicationObject"],
            "There is no application of that client id, or it has not replicated yet.",
            fix: "Just after the application was made try again for some minutes; else correct the id."
        ),
        Entry(
            "app-role-enabled",
            codes: ["CannotDeleteOrUpdateEnabledEntitlement"],
            "An app role or a scope is changed or removed only while it is disabled.",
            fix: "Set its isEnabled to false first, then repeat the change."
        ),
        Entry(
            "graph-right-missing",
            codes: ["Authorization_RequestDenied"],
            "The caller lacks a permission on Graph; a managed identity's new one may take 24 hours to appear.",
            fix:
                "Grant Application.ReadWrite.OwnedBy and AppRoleAssignment.ReadWrite.All to setup.graph_identity."
        ),
        Entry(
            "directory-object-not-found",
            codes: ["Request_ResourceNotFound"],
            "Graph has no such object: not replicated yet, or an application's id where a service principal's belongs.",
            fix: "Use the service principal's object id; just after creation try again for some minutes."
        ),
        Entry(
            "graph-token-refused",
            codes: ["InvalidAuthenticationToken"],
            "Graph does not take the token: expired, or for another audience.",
            fix: "Check that setup.graph_identity can get a token for https://graph.microsoft.com."
        ),
        Entry(
            "graph-throttled",
            codes: ["TooManyRequests", "429"],
            "Graph's budget for this application and tenant is used up.",
            fix: "Wait as long as Retry-After says."
        ),
        Entry(
            "graph-unavailable",
            codes: ["ServiceNotAvailable", "serviceNotAvailable", "503", "504"],
            "Graph has a fault of its own.",
            fix: "Try again with growing delays."
        ),
    ]

    /// What Azure Resource Manager answers.
    static let armErrors: [Entry] = [
        Entry(
            "arm-right-missing",
            codes: ["AuthorizationFailed", "403"],
            "The caller lacks a right on the resource group.",
            fix: "Grant the role Managed Identity Contributor on it."
        ),
        Entry(
            "resource-group-not-found",
            codes: ["ResourceGroupNotFound"],
            "The subscription has no such resource group.",
            fix: "Create it, or correct setup.identity.resource_group."
        ),
        Entry(
            "identity-not-found",
            codes: ["ResourceNotFound", "404"],
            "There is no such identity.",
            fix: "Correct setup.identity, or let setup apply create it."
        ),
        Entry(
            "principal-not-found",
            codes: ["PrincipalNotFound"],
            "The identity's service principal has not replicated yet.",
            fix: "Try again after some seconds."
        ),
        Entry(
            "arm-throttled",
            codes: ["TooManyRequests", "429"],
            "Too many requests: identities are created at most once in four seconds each.",
            fix: "Wait as long as Retry-After says."
        ),
    ]
}
