/// What Entra says when there is no token for a resource.
extension EntraError {
    static func resourceNotFound(_ resource: String, tenant: String) -> EntraError {
        EntraError(
            code: 500011,
            error: "invalid_resource",
            text: "The resource principal named \(resource) was not found in the tenant named \(tenant). "
                + "This can happen if the application has not been installed by the administrator of the tenant "
                + "or consented to by any user in the tenant. You might have sent your authentication request "
                + "to the wrong tenant."
        )
    }

    static func resourceDisabled(_ resource: String) -> EntraError {
        EntraError(
            code: 500014,
            error: "invalid_resource",
            text: "The service principal for resource '\(resource)' is disabled. This indicate that a "
                + "subscription within the tenant has lapsed, or that the administrator for this tenant has "
                + "disabled the application, preventing tokens from being issued for it."
        )
    }

    /// The code is known from the field; its text is published nowhere, so this one is the lab's own.
    static func managedIdentityAsResource(_ resource: String) -> EntraError {
        EntraError(
            code: 100040,
            error: "invalid_request",
            text: "Tokens for the managed identity '\(resource)' as the resource are not issued."
        )
    }

    static func notAssigned(client: String, name: String, resource: String, resourceName: String)
        -> EntraError
    {
        EntraError(
            code: 501051,
            error: "invalid_grant",
            text: "Application '\(client)'(\(name)) is not assigned to a role for the application "
                + "'\(resource)'(\(resourceName))."
        )
    }

    static func clientNotFound(_ client: String, tenant: String) -> EntraError {
        EntraError(
            code: 700016,
            error: "unauthorized_client",
            text:
                "Application with identifier '\(client)' was not found in the directory '\(tenant)'. This can happen "
                + "if the application has not been installed by the administrator of the tenant or consented to by "
                + "any user in the tenant. You may have sent your authentication request to the wrong tenant."
        )
    }

    /// `error` is `invalid_tenant` for a discovery document and `invalid_request` for a token.
    static func tenantNotFound(_ tenant: String, error: String) -> EntraError {
        EntraError(
            code: 90002,
            error: error,
            text:
                "Tenant '\(tenant)' not found. Check to make sure you have the correct tenant ID and are signing "
                + "into the correct cloud. Check with your subscription administrator, this may happen if there "
                + "are no active subscriptions for the tenant."
        )
    }

    static func noConsent(client: String, name: String) -> EntraError {
        EntraError(
            code: 65001,
            error: "invalid_grant",
            text:
                "The user or administrator has not consented to use the application with ID '\(client)' named "
                + "'\(name)'. Send an interactive authorization request for this user and resource."
        )
    }
}
