import Federation

extension KnownError {
    /// Entra's error numbers, as far as they concern tokens of applications and managed identities.
    ///
    /// Source: Microsoft Entra authentication and authorization error codes.
    static let entraErrors: [Row] = resourceErrors + assertionErrors + clientErrors + requestErrors

    private static let resourceErrors: [Row] = [
        Row(
            "audience-unknown",
            .aadsts([50001, 500011]),
            cause: "No service principal of the tenant has the audience.",
            fix:
                "Create it (az ad sp create --id APP_ID), or correct the audience: URI, trailing slash, tenant.",
            possibleCauses: audienceCauses
        ),
        Row(
            "audience-unknown",
            .aadsts([650052]),
            cause: "The tenant has no service principal for the requested application.",
            fix: "Create it: az ad sp create --id APP_ID.",
            possibleCauses: audienceCauses
        ),
        Row(
            "resource-disabled",
            .aadsts([500014]),
            cause: "The audience's service principal is disabled.",
            fix: "Enable it: az ad sp update --id SP_ID --set accountEnabled=true."
        ),
        Row(
            "role-unassigned",
            .aadsts([501051]),
            cause: "The application requires an app role assignment, and the identity has none.",
            fix:
                "Assign the app role to the identity's service principal itself, not to a group: az rest -m POST "
                + "-u https://graph.microsoft.com/v1.0/servicePrincipals/RESOURCE_SP_ID/appRoleAssignedTo.",
            mappingFix: { $0.assignment },
            possibleCauses: { context in
                let facts = context.evidence.assignment
                // A directory without any assignment leaves nothing open.
                if let facts, facts.assigned == nil { return nil }
                let elsewhere = [
                    "the assignment is on another service principal",
                    "the assignment is to a group that the identity is in",
                ]
                return PossibleCauses(
                    facts == nil
                        ? ["the identity has no assignment"] + elsewhere
                            + ["the assignment was made a moment ago"] : elsewhere,
                    toFindOut:
                        "List appRoleAssignedTo of the audience's service principal and look for the identity's "
                        + "object id."
                )
            }
        ),
        Row(
            "user-unassigned",
            .aadsts([50105]),
            cause: "The application requires an assignment, and the user has none; the token is a user's.",
            fix: "Request the token as the managed identity, on the host that has it."
        ),
        Row(
            "identity-as-audience",
            .aadsts([100040]),
            cause: "The audience is a managed identity; Entra issues no tokens for managed identities.",
            fix: "Register an application and use its identifier URI as the audience."
        ),
        Row(
            "identity-as-audience",
            .aadsts([90009]),
            cause: "An application requests a token for itself.",
            fix: "Use another application's identifier URI as the audience."
        ),
        Row(
            "consent-missing",
            .aadsts([65001, 650057, 650053]),
            cause: "The client has no permission on the application; the token is a user's.",
            fix: "Request the token as the managed identity, or grant the client consent for the application."
        ),
    ]

    /// The possible causes of an unknown audience; `nil` once the directory shows that it has no service principal.
    @Sendable static func audienceCauses(in context: DiagnosisContext) -> PossibleCauses? {
        guard context.evidence.assignment?.resourceExists != false else { return nil }
        let audience = context.request.audience ?? "AUDIENCE"
        let filter = ShellWord.posix("servicePrincipalNames/any(n:n eq '\(audience)')")
        return PossibleCauses(
            [
                "the application has no service principal",
                "its identifier URI is spelled differently, or ends in a slash", "it is in another tenant",
            ],
            toFindOut: "Run az ad sp list --filter \(filter) --query '[].appDisplayName'"
        )
    }

    private static func mismatch(_ match: Row.Match, _ cause: String) -> Row {
        Row(
            "federated-credential-mismatch",
            match,
            cause: cause,
            fix:
                "Compare the three with az identity federated-credential list (or az ad app federated-credential "
                + "list), trailing slash included; a new credential takes some minutes.",
            mappingFix: { context in
                context.evidence.assertion.map { assertion in
                    Fix(
                        "Compare issuer, subject and audience with az identity federated-credential list (or az ad "
                            + "app federated-credential list), trailing slash included; a new credential takes some "
                            + "minutes. To create it:",
                        commands: [context.federatedCredential(for: assertion)]
                    )
                }
            },
            detail: { context in
                context.evidence.assertion.map { assertion in
                    "the federated token has iss \(assertion.issuer ?? "none"), sub \(assertion.subject ?? "none"), "
                        + "aud \(assertion.audiences.joined(separator: ", "))"
                }
            },
            possibleCauses: { _ in
                PossibleCauses(
                    [
                        "the federated credential is for another issuer, subject or audience",
                        "the federated credential was created some minutes ago",
                    ],
                    toFindOut:
                        "Run az identity federated-credential list: issuer, subject and audience must equal the "
                        + "token's exactly; if they do, wait five minutes."
                )
            }
        )
    }

    private static let assertionErrors: [Row] = [
        mismatch(
            .aadsts([70021, 7_002_131]),
            "No federated credential matches the assertion's issuer, subject and audience."
        ),
        mismatch(.aadsts([700211]), "No federated credential has the assertion's issuer."),
        mismatch(.aadsts([700212]), "No federated credential has the assertion's audience."),
        mismatch(.aadsts([700213]), "No federated credential has the assertion's subject."),
        Row(
            "assertion-audience",
            .aadsts([500131]),
            cause: "The assertion is for another audience than Entra's token exchange.",
            fix: "Issue it for api://AzureADTokenExchange."
        ),
        Row(
            "assertion-signature",
            .aadsts([50013, 700027]),
            cause: "Entra cannot verify the assertion's signature.",
            fix: "Upload the certificate to the application, or refresh the issuer's keys."
        ),
        Row(
            "assertion-expired",
            .aadsts([700024]),
            cause: "The assertion is outside its validity period.",
            fix: "Read the federated token file again for every request, and correct the host's clock.",
            detail: { context in
                context.evidence.assertion?.expiry.map { "the token in the file expired \($0.text)" }
            },
            possibleCauses: { context in
                context.evidence.assertion != nil
                    ? nil
                    : PossibleCauses(
                        ["the federated token is out of date", "this host's clock is off"],
                        toFindOut:
                            "Compare the exp of the federated token with the time; `cambist doctor` shows Entra's "
                            + "clock against this host's."
                    )
            }
        ),
        Row(
            "assertion-issuer-unreachable",
            .aadsts([90061]),
            cause: "Entra cannot reach the assertion's issuer.",
            fix: "Publish the cluster's issuer: az aks update --enable-oidc-issuer."
        ),
        Row(
            "assertion-not-app",
            .aadsts([700229]),
            cause: "The assertion is a user's token; an application's is required.",
            fix: "Use the managed identity's own token as the assertion."
        ),
    ]

    private static let clientErrors: [Row] = [
        Row(
            "client-unknown",
            .aadsts([700016]),
            cause: "The tenant has no application with this client id.",
            fix: "Compare client_id and tenant_id in the configuration; a new application takes some minutes."
        ),
        Row(
            "client-disabled",
            .aadsts([7_000_112]),
            cause: "The application is disabled.",
            fix: "Enable it: az ad sp update --id APP_ID --set accountEnabled=true."
        ),
        Row(
            "secret-wrong",
            .aadsts([7_000_215]),
            cause: "The client secret is wrong; often it is the secret's id rather than its value.",
            fix:
                "Store the value shown when the secret was created; az ad app credential reset creates a new one."
        ),
        Row(
            "secret-missing",
            .aadsts([7_000_218]),
            cause: "The request has neither a secret nor an assertion.",
            fix: "Set secret_env, secret_file or certificate_file for the identity."
        ),
        Row(
            "secret-expired",
            .aadsts([7_000_222]),
            cause: "The client secret has expired.",
            fix: "Create a new one: az ad app credential reset --id APP_ID --append."
        ),
        Row(
            "client-without-principal",
            .aadsts([7_000_229]),
            cause: "The client application has no service principal in the tenant.",
            fix: "Create it: az ad sp create --id CLIENT_ID."
        ),
    ]

    private static let requestErrors: [Row] = [
        Row(
            "tenant-unknown",
            .aadsts([50049, 90002]),
            cause: "Entra has no such tenant in this cloud.",
            fix: "Correct tenant_id; for a national cloud also set the authority."
        ),
        Row(
            "access-blocked",
            .aadsts([53003]),
            cause: "Conditional Access blocks the token.",
            fix: "Ask an administrator to change the policy; Entra's sign-in log names it."
        ),
        Row(
            "scope-invalid",
            .aadsts([70011, 1_002_012]),
            cause: "The scope does not end in /.default.",
            fix: "Correct the mapping's audience; cambist appends /.default itself."
        ),
        Row(
            "cloud-mismatch",
            .aadsts([900382, 1_000_104]),
            cause: "The request went to the authority of another cloud than the tenant's.",
            fix: "Set the authority of the tenant's cloud under endpoints.authority."
        ),
        Row(
            "request-invalid",
            .aadsts([90023]),
            cause: "Entra rejects a parameter of the request as malformed.",
            fix: "Check tenant_id, client_id and the audience for spaces and missing parts."
        ),
        Row(
            "entra-throttled",
            .aadsts([90055]),
            cause: "Entra throttles the requests.",
            fix: "Wait as long as Retry-After says, and reuse tokens."
        ),
    ]
}
