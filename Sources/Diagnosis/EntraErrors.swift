extension KnownError {
    /// What Entra's error numbers mean for a token of this kind.
    ///
    /// Source: Microsoft Entra authentication and authorization error codes.
    static let entraErrors: [Int: KnownError] = {
        var errors: [Int: KnownError] = [:]
        for (numbers, error) in resourceErrors + assertionErrors + clientErrors + requestErrors {
            for number in numbers { errors[number] = error }
        }
        return errors
    }()

    private static let resourceErrors: [([Int], KnownError)] = [
        (
            [50001, 500011],
            KnownError(
                id: "audience-unknown",
                summary: "No service principal of the tenant carries the audience.",
                fix:
                    "Create it (az ad sp create --id APP_ID), or correct the audience: URI, final slash, tenant."
            )
        ),
        (
            [500014],
            KnownError(
                id: "resource-disabled",
                summary: "The audience's service principal is disabled.",
                fix: "Enable it: az ad sp update --id SP_ID --set accountEnabled=true."
            )
        ),
        (
            [501051],
            KnownError(
                id: "role-unassigned",
                summary: "The application demands an app-role assignment, and the identity has none.",
                fix:
                    "Assign the app role to the identity's service principal itself, not to a group: az rest -m POST "
                    + "-u https://graph.microsoft.com/v1.0/servicePrincipals/RESOURCE_SP_ID/appRoleAssignedTo."
            )
        ),
        (
            [50105],
            KnownError(
                id: "user-unassigned",
                summary:
                    "The application demands an assignment, and the user has none; so the token is a user's.",
                fix: "Ask as the managed identity, on the host that owns it."
            )
        ),
        (
            [100040],
            KnownError(
                id: "identity-as-audience",
                summary: "The audience is a managed identity, for which Entra issues no tokens.",
                fix: "Register an application and use its identifier URI as the audience."
            )
        ),
        (
            [650052],
            KnownError(
                id: "audience-unknown",
                summary: "The tenant has no service principal for the application that is asked for.",
                fix: "Create it: az ad sp create --id APP_ID."
            )
        ),
        (
            [65001, 650057, 650053],
            KnownError(
                id: "consent-missing",
                summary: "The client has no permission on the application; so the token is a user's.",
                fix: "Ask as the managed identity, or grant the client consent for the application."
            )
        ),
        (
            [90009],
            KnownError(
                id: "identity-as-audience",
                summary: "An application asks for a token for itself.",
                fix: "Use another application's identifier URI as the audience."
            )
        ),
    ]

    private static func mismatch(_ summary: String) -> KnownError {
        KnownError(
            id: "federated-credential-mismatch",
            summary: summary,
            fix:
                "Compare the three with az identity federated-credential list (or az ad app federated-credential "
                + "list), final slash included; a new credential takes some minutes."
        )
    }

    private static let assertionErrors: [([Int], KnownError)] = [
        (
            [70021, 7_002_131],
            mismatch("No federated credential matches the assertion's issuer, subject and audience.")
        ),
        ([700211], mismatch("No federated credential is for the assertion's issuer.")),
        ([700212], mismatch("No federated credential is for the assertion's audience.")),
        ([700213], mismatch("No federated credential is for the assertion's subject.")),
        (
            [500131],
            KnownError(
                id: "assertion-audience",
                summary: "The assertion is for another audience than Entra's token exchange.",
                fix: "Issue it for api://AzureADTokenExchange."
            )
        ),
        (
            [50013, 700027],
            KnownError(
                id: "assertion-signature",
                summary: "Entra cannot verify the assertion's signature.",
                fix: "Upload the certificate to the application, or refresh the issuer's keys."
            )
        ),
        (
            [700024],
            KnownError(
                id: "assertion-expired",
                summary: "The assertion is outside its time of validity.",
                fix: "Read the federated token file anew for every request, and correct the host's clock."
            )
        ),
        (
            [90061],
            KnownError(
                id: "assertion-issuer-unreachable",
                summary: "Entra cannot reach the assertion's issuer.",
                fix: "Publish the cluster's issuer: az aks update --enable-oidc-issuer."
            )
        ),
        (
            [700229],
            KnownError(
                id: "assertion-not-app",
                summary: "The assertion is a user's token; an application's is needed.",
                fix: "Use the managed identity's own token as the assertion."
            )
        ),
    ]

    private static let clientErrors: [([Int], KnownError)] = [
        (
            [700016],
            KnownError(
                id: "client-unknown",
                summary: "The tenant knows no application with this client id.",
                fix:
                    "Compare client_id and tenant_id in the configuration; a new application takes some minutes."
            )
        ),
        (
            [7_000_112],
            KnownError(
                id: "client-disabled",
                summary: "The application is disabled.",
                fix: "Enable it: az ad sp update --id APP_ID --set accountEnabled=true."
            )
        ),
        (
            [7_000_215],
            KnownError(
                id: "secret-wrong",
                summary: "The client secret is wrong; often it is the secret's id rather than its value.",
                fix:
                    "Store the value shown when the secret was made; az ad app credential reset makes a new one."
            )
        ),
        (
            [7_000_218],
            KnownError(
                id: "secret-missing",
                summary: "The request has neither a secret nor an assertion.",
                fix: "Set secret_env, secret_file or certificate_file for the identity."
            )
        ),
        (
            [7_000_222],
            KnownError(
                id: "secret-expired",
                summary: "The client secret has expired.",
                fix: "Make a new one: az ad app credential reset --id APP_ID --append."
            )
        ),
        (
            [7_000_229],
            KnownError(
                id: "client-without-principal",
                summary: "The client application has no service principal in the tenant.",
                fix: "Create it: az ad sp create --id CLIENT_ID."
            )
        ),
    ]

    private static let requestErrors: [([Int], KnownError)] = [
        (
            [50049, 90002],
            KnownError(
                id: "tenant-unknown",
                summary: "Entra knows no such tenant here.",
                fix: "Correct tenant_id; for a national cloud set the authority too."
            )
        ),
        (
            [53003],
            KnownError(
                id: "access-blocked",
                summary: "Conditional Access blocks the token.",
                fix: "Have the policy changed; Entra's sign-in log names it."
            )
        ),
        (
            [70011, 1_002_012],
            KnownError(
                id: "scope-invalid",
                summary: "The scope does not end in /.default.",
                fix: "Correct the mapping's audience; cambist appends /.default itself."
            )
        ),
        (
            [900382, 1_000_104],
            KnownError(
                id: "cloud-mismatch",
                summary: "The request went to the authority of another cloud than the tenant's.",
                fix: "Set the authority of the tenant's cloud under endpoints.authority."
            )
        ),
        (
            [90023],
            KnownError(
                id: "request-invalid",
                summary: "Entra takes a parameter of the request for malformed.",
                fix: "Check tenant_id, client_id and the audience for blanks and missing parts."
            )
        ),
        (
            [90055],
            KnownError(
                id: "entra-throttled",
                summary: "Entra has had too many requests.",
                fix: "Wait as long as Retry-After says, and reuse tokens."
            )
        ),
    ]
}
