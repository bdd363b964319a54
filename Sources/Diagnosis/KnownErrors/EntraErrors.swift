import Federation

extension KnownError {
    /// The Entra error codes that concern tokens for applications and managed identities.
    ///
    /// Source: Microsoft Entra authentication and authorization error codes.
    static let entraErrors: [Row] =
        resourceErrors + assertionErrors + clientErrors + requestErrors + userErrors

    private static let resourceErrors: [Row] = [
        Row(
            "audience-unknown",
            .aadsts([50001, 500011]),
            cause: "The tenant has no service principal for the audience.",
            fix:
                "Create the service principal (`az ad sp create --id APPLICATION_ID`), or correct the audience: its URI, "
                + "trailing slash, or tenant.",
            mappingFix: { $0.missingPrincipal },
            possibleCauses: audienceCauses
        ),
        Row(
            "audience-unknown",
            .aadsts([650052]),
            cause: "The tenant has no service principal for the audience.",
            fix: "Create the service principal: `az ad sp create --id APPLICATION_ID`.",
            mappingFix: { $0.missingPrincipal },
            possibleCauses: audienceCauses
        ),
        Row(
            "resource-disabled",
            .aadsts([500014]),
            cause: "The audience's service principal is disabled.",
            fix: "Enable the service principal: `az ad sp update --id OBJECT_ID --set accountEnabled=true`.",
            mappingFix: { context in
                context.audienceActivation.map { Fix("Enable the service principal:", commands: [$0]) }
            }
        ),
        Row(
            "role-unassigned",
            .aadsts([501051]),
            cause: "The application requires an app role assignment, and Entra finds none for the identity.",
            fix:
                "Assign the app role to the identity's service principal, not to a group that contains "
                + "it: POST appRoleAssignedTo of the audience's service principal in Graph. `cambist setup "
                + "apply MAPPING` does this.",
            mappingFix: { context in
                context.evidence.assignment?.assigned == nil ? context.assignment : context.otherAssignment
            },
            possibleCauses: { context in
                let facts = context.evidence.assignment
                // If the directory has no assignment at all, the cause is certain.
                if let facts, facts.assigned == nil { return nil }
                let elsewhere = [
                    "the assignment is on a different service principal",
                    "the assignment is to a group that the identity is in",
                ]
                return PossibleCauses(
                    facts == nil
                        ? ["the identity has no assignment"] + elsewhere
                            + ["the assignment was made recently"] : elsewhere,
                    toFindOut:
                        "List appRoleAssignedTo of the audience's service principal and look for the identity's "
                        + "object ID."
                )
            }
        ),
        Row(
            "user-unassigned",
            .aadsts([50105]),
            cause:
                "The application requires an assignment, and the user has none; the request was made as a user.",
            fix:
                "Request the token as the managed identity, on a host to which it is assigned: `cambist "
                + "doctor` lists the sources of a host."
        ),
        Row(
            "identity-as-audience",
            .aadsts([100040]),
            cause:
                "The audience is a managed identity; Entra issues no token whose audience is a managed identity.",
            fix:
                "Set the mapping's audience to the identifier URI of an application (`cambist config "
                + "edit`); `cambist setup apply MAPPING` then registers the application if it does not exist."
        ),
        Row(
            "identity-as-audience",
            .aadsts([90009]),
            cause: "An application requests a token for itself.",
            fix:
                "Set the mapping's audience to another application's identifier URI (`cambist config "
                + "edit`)."
        ),
        Row(
            "consent-missing",
            .aadsts([65001, 650057, 650056, 65005, 650054, 65002, 65004]),
            cause: "The client has no permission on the application.",
            fix:
                "If the request was made as a user, request the token as the managed identity. Otherwise, "
                + "decide whether the client may request tokens for the application: if so, ask an "
                + "administrator of the tenant to grant the consent (`az ad app permission admin-consent "
                + "--id CLIENT_ID`); if not, correct client_id (`cambist config edit`).",
            mappingFix: { context in
                guard context.isApplicationSource else { return nil }
                let client = context.clientID
                return Fix(
                    "Decide whether the client\(client.map { " \($0)" } ?? "") may request tokens for the audience's "
                        + "application. If not, correct client_id (`cambist config edit`). If so, add a permission on "
                        + "the application to the client (portal: App registrations, the client, API permissions).",
                    introduction: "Then grant the consent of an administrator of the tenant:",
                    commands: client.map { ["az ad app permission admin-consent --id \($0)"] } ?? []
                )
            }
        ),
        Row(
            "scope-unknown",
            .aadsts([650053]),
            cause: "The application does not define the requested scope.",
            fix:
                "Set the mapping's audience to the application's identifier URI without a scope (`cambist "
                + "config edit`); cambist appends /.default itself."
        ),
    ]

    /// Returns the possible causes of an unknown audience.
    ///
    /// Returns `nil` if the directory has no service principal for the audience; in this case, the cause is certain.
    @Sendable static func audienceCauses(in context: DiagnosisContext) -> PossibleCauses? {
        guard context.evidence.assignment?.resourceExists != false else { return nil }
        let listing = context.requestedAudience.map { audience in
            let name = audience.replacing("'", with: "''")
            let filter = "servicePrincipalNames/any(n:n eq '\(name)')"
            let command: ShellCommand = "az ad sp list --filter \(filter) --query '[].appDisplayName'"
            return "Run `\(command)`."
        }
        return PossibleCauses(
            [
                "the application has no service principal",
                "the application's identifier URI is spelled differently or ends in a slash",
                "the application is in another tenant",
            ],
            toFindOut: listing
                ?? "Compare the audience of the request with the servicePrincipalNames that `az ad sp list --all` shows."
        )
    }

    private static func mismatch(_ match: Row.Match, _ cause: String, isAudience: Bool = false) -> Row {
        Row(
            "federated-credential-mismatch",
            match,
            cause: cause,
            fix:
                "Compare the issuer, the subject, and the audience, including a trailing slash, with `az identity "
                + "federated-credential list --identity-name NAME --resource-group GROUP` (or `az ad app "
                + "federated-credential list --id CLIENT_ID`).",
            mappingFix: { context in
                context.evidence.assertion.map { assertion in
                    context.federatedCredentialFix(for: assertion, isAudience: isAudience)
                }
            },
            detail: { context in
                context.evidence.assertion.map { assertion in
                    "the federated token has iss \(assertion.issuer ?? "none"), sub \(assertion.subject ?? "none"), "
                        + "aud \(assertion.audiences.joined(separator: ", "))"
                }
            },
            possibleCauses: { context in
                PossibleCauses(
                    [
                        "no federated credential is for this issuer, this subject, and this audience",
                        "the federated credential was created recently",
                    ],
                    toFindOut:
                        "Run \(context.federatedCredentialListing): the issuer, subject, and audience must equal the "
                        + "token's exactly; if they do, wait five minutes."
                )
            }
        )
    }

    private static let assertionErrors: [Row] = [
        mismatch(
            .aadsts([70021, 7_002_131]),
            "No federated credential matches the federated token's issuer, subject, and audience."
        ),
        mismatch(
            .aadsts([700211]),
            "No federated credential matches the federated token's issuer."
        ),
        mismatch(
            .aadsts([700212]),
            "No federated credential matches the federated token's audience.",
            isAudience: true
        ),
        mismatch(
            .aadsts([700213]),
            "No federated credential matches the federated token's subject."
        ),
        Row(
            "assertion-audience",
            .aadsts([500131, 700023]),
            cause: "The federated token's audience is not api://AzureADTokenExchange.",
            fix:
                "Issue the federated token for api://AzureADTokenExchange (the US government and China "
                + "clouds use other audiences): the audience is set in the pod's volume or at the token's "
                + "issuer.",
            noCommand: .otherProgram,
            mappingFix: { context in
                Fix("Issue the federated token for \(context.cloud.exchangeAudience).")
            }
        ),
        Row(
            "assertion-key-unpublished",
            .aadsts([7_000_272]),
            cause: "The issuer of the federated token does not publish the key that signed it.",
            fix:
                "Publish the key: the jwks_uri of the issuer's discovery document must list the key of the "
                + "token. For a cluster with its own issuer, upload the current keys; Entra caches "
                + "them for a few minutes.",
            noCommand: .otherOwner,
            mappingFix: { $0.unpublishedKey },
            detail: { context in
                context.evidence.assertion.map { assertion in
                    "the federated token has iss \(assertion.issuer ?? "none"), kid "
                        + "\(assertion.keyID ?? "none")"
                }
            },
            possibleCauses: { _ in
                PossibleCauses(
                    [
                        "the issuer's keys were rotated and not published",
                        "the discovery document or its keys belong to another cluster",
                        "Entra still caches the keys from before a rotation",
                    ],
                    toFindOut: "Compare the kid in the token's header with the published keys."
                )
            }
        ),
        Row(
            "assertion-of-entra",
            .aadsts([700222, 700236]),
            cause:
                "The federated token is an Entra token, which this federated credential does not accept.",
            fix:
                "Set token_file of the identity to a token of the cluster or of the external issuer "
                + "(`cambist config edit`); among Entra tokens, only a managed identity's token for "
                + "api://AzureADTokenExchange is accepted."
        ),
        Row(
            "assertion-signature",
            .aadsts([50006, 50012, 50013, 50027, 50048, 50099, 700027, 700030, 900384]),
            cause: "Entra could not verify the signature of the client assertion.",
            fix:
                "Upload the certificate to the application: `az ad app credential reset --id CLIENT_ID "
                + "--append --cert \"$(openssl x509 -in FILE)\"`. For a federated token, check that its "
                + "issuer publishes the key that signed it.",
            mappingFix: { context in
                switch context.failedSource {
                case .workloadIdentity: context.unpublishedKey
                case .clientCertificate: Fix("Upload the certificate to the application.")
                default: nil
                }
            },
            detail: { context in
                switch context.failedSource {
                case .workloadIdentity: "the client assertion is the federated token"
                case .clientCertificate: "the client assertion is signed with the client certificate's key"
                default: nil
                }
            }
        ),
        Row(
            "assertion-expired",
            .aadsts([500133, 700024]),
            cause: "The client assertion is outside its validity period.",
            fix:
                "Check that the federated token file is being renewed (in AKS, by the kubelet); cambist reads it for "
                + "each request. Compare this host's clock with Entra's (`cambist doctor`).",
            mappingFix: { context in
                context.failedSource == .clientCertificate
                    ? Fix("Correct this host's clock; `cambist doctor` compares it with Entra's clock.")
                    : nil
            },
            detail: { context in
                context.evidence.assertion?.expiry.map { "the federated token expired at \($0.text)" }
            },
            possibleCauses: { context in
                context.evidence.assertion != nil || context.failedSource == .clientCertificate
                    ? nil
                    : PossibleCauses(
                        ["the federated token is out of date", "this host's clock is wrong"],
                        toFindOut:
                            "Compare the exp of the federated token with the time; `cambist doctor` compares Entra's "
                            + "clock with this host's."
                    )
            }
        ),
        Row(
            "assertion-issuer-unreachable",
            .aadsts([90061]),
            cause: "Entra could not reach the federated token's issuer.",
            fix:
                "Publish the cluster's issuer. For AKS, `az aks update --name CLUSTER --resource-group GROUP "
                + "--enable-oidc-issuer` does this; `az aks list` lists the names and the groups of the clusters."
        ),
        Row(
            "assertion-not-app",
            .aadsts([700229]),
            cause: "The federated token is a user's token; an application's token is required.",
            fix:
                "Set token_file of the identity to the managed identity's own token (`cambist config "
                + "edit`)."
        ),
    ]

    private static let clientErrors: [Row] = [
        Row(
            "client-unknown",
            .aadsts([700016, 70001, 700011]),
            cause: "The tenant has no application with this client ID.",
            fix:
                "Check that client_id is the application's client ID and that tenant_id is the ID of its "
                + "tenant (`cambist config edit`)."
        ),
        Row(
            "client-disabled",
            .aadsts([7_000_112]),
            cause: "The application is disabled.",
            fix: "Enable the service principal: `az ad sp update --id OBJECT_ID --set accountEnabled=true`.",
            mappingFix: { context in
                context.clientID.map { client in
                    Fix(
                        "Enable the service principal:",
                        commands: ["az ad sp update --id \(client) --set accountEnabled=true"]
                    )
                }
            }
        ),
        Row(
            "client-public",
            .aadsts([700025]),
            cause:
                "The application is a public client, so Entra accepts neither a secret nor a federated token from it.",
            fix:
                "Disable \"Allow public client flows\" (`az ad app update --id CLIENT_ID "
                + "--is-fallback-public-client false`), or use another application.",
            mappingFix: { context in
                context.clientID.map { client in
                    Fix(
                        "Disable public client flows:",
                        commands: ["az ad app update --id \(client) --is-fallback-public-client false"]
                    )
                }
            }
        ),
        Row(
            "secret-wrong",
            .aadsts([70002, 7_000_215]),
            cause: "The client secret is wrong; often, the secret's ID was stored instead of its value.",
            fix:
                "Store the value shown when the secret was created, or create a new secret: `az ad app "
                + "credential reset --id CLIENT_ID --append`.",
            mappingFix: { context in
                context.clientID.map { client in
                    Fix(
                        "Store the value shown when the secret was created, or create a new secret:",
                        commands: ["az ad app credential reset --id \(client) --append"]
                    )
                }
            }
        ),
        Row(
            "secret-missing",
            .aadsts([7_000_216, 7_000_218, 7_000_219]),
            cause: "The request has neither a secret nor a federated token.",
            fix:
                "Set secret_env, secret_file, or certificate_file for the identity (`cambist config "
                + "edit`)."
        ),
        Row(
            "secret-expired",
            .aadsts([7_000_222]),
            cause: "The client secret has expired.",
            fix: "Create a new secret: `az ad app credential reset --id CLIENT_ID --append`.",
            mappingFix: { context in
                context.clientID.map { client in
                    Fix(
                        "Create a new secret and store its value.",
                        introduction: "The command prints the value:",
                        commands: ["az ad app credential reset --id \(client) --append"]
                    )
                }
            }
        ),
        Row(
            "client-without-principal",
            .aadsts([7_000_229]),
            cause: "The client application has no service principal in the tenant.",
            fix: "Create the service principal: `az ad sp create --id APPLICATION_ID`.",
            mappingFix: { context in
                context.clientID.map {
                    Fix("Create the service principal:", commands: ["az ad sp create --id \($0)"])
                }
            }
        ),
    ]

    private static let requestErrors: [Row] = [
        Row(
            "tenant-unknown",
            .aadsts([50049, 50059, 50128, 90002, 90019, 900_023]),
            cause: "This cloud has no tenant with this ID, or the request names no tenant.",
            fix:
                "Correct tenant_id (`cambist config edit`); for a national cloud, set cloud: usgovernment "
                + "or cloud: china.",
            mappingFix: { context in
                guard context.cloud != .public else { return nil }
                return Fix(
                    "Correct tenant_id. The request went to the cloud \(context.cloud.rawValue); `cambist config show` "
                        + "prints the origin of this setting. For a tenant of another cloud, set cloud: public, "
                        + "usgovernment, or china."
                )
            }
        ),
        Row(
            "signing-key-unset",
            .aadsts([50146]),
            cause:
                "The application maps claims, but lacks the separate signing key that Entra then requires.",
            fix:
                "Decide whether another client needs the claims mapping policy. If not, remove the policy "
                + "from the audience's service principal, for which `az rest -m GET -u "
                + "https://graph.microsoft.com/v1.0/servicePrincipals/OBJECT_ID/claimsMappingPolicies` "
                + "lists it; otherwise, use another application. A separate signing key does not help: its "
                + "public key is not among the keys that AWS fetches."
        ),
        Row(
            "access-blocked",
            .aadsts([50005, 50131, 53000, 53001, 53002, 53003, 53004, 53011, 530_003, 530_034, 530_035]),
            cause: "Conditional Access or the security defaults blocked the token.",
            fix: "Ask an administrator to change the policy; Entra's sign-in log names the policy.",
            noCommand: .otherOwner
        ),
        Row(
            "scope-invalid",
            .aadsts([28002, 28003, 70011, 1_002_012]),
            cause: "The scope does not end in /.default.",
            fix:
                "Correct the mapping's audience (`cambist config edit`); cambist appends /.default "
                + "itself."
        ),
        Row(
            "cloud-mismatch",
            .aadsts([90038, 90043, 90051, 900_432, 900382, 1_000_104]),
            cause: "The request went to the authority of a cloud other than the tenant's.",
            fix:
                "Set the tenant's cloud in the configuration (`cambist config edit`): cloud: public, "
                + "usgovernment, or china."
        ),
        Row(
            "request-invalid",
            .aadsts([90004, 90013, 90014, 900_144, 90015, 90023, 900_561, 9_002_313]),
            cause: "Entra rejected a parameter of the request as malformed.",
            fix:
                "Check tenant_id, client_id, and the audience for spaces and missing parts (`cambist "
                + "config show`)."
        ),
        Row(
            "entra-throttled",
            .aadsts([50196, 90055]),
            cause: "Entra throttled the request.",
            pause: "a minute",
            fix: "Reuse tokens until they expire."
        ),
        Row(
            "entra-unavailable",
            .aadsts([50000, 50033, 70012, 90006, 90012, 90024, 90033, 90036]),
            cause: "Entra reported an internal error.",
            pause: "a few minutes",
            fix: "If the error persists, send the correlation ID to Microsoft support."
        ),
        Row(
            "tenant-restricted",
            .aadsts([50002, 500_021, 500_022, 500_212, 500_213]),
            cause: "A tenant restriction blocked access: a proxy's header or a cross-tenant policy.",
            fix:
                "Ask the administrator to add the tenant to the restriction's list; `cambist doctor` shows "
                + "the proxy."
        ),
    ]

    /// The errors of user sign-ins, as the Azure CLI reports them.
    private static let userErrors: [Row] = [
        Row(
            "sign-in-expired",
            .aadsts([
                50089, 50132, 50133, 50173, 70000, 70008, 700_082, 700_084, 70043, 50078,
            ]),
            cause: "The Azure CLI's sign-in has expired or was revoked.",
            fix: "Sign in again: `az login`."
        ),
        Row(
            "sign-in-refused",
            .aadsts([
                16000, 50020, 50034, 50053, 50055, 50056, 50057, 50058, 50072, 50074, 50076, 50079, 50126,
                50158, 51004,
            ]),
            cause:
                "Entra refused a user's sign-in because of the account, its password, or its second factor.",
            fix:
                "Request the token as the managed identity; a user's token has another sub. Otherwise, sign "
                + "in again: `az login`."
        ),
    ]
}

extension DiagnosisContext {
    fileprivate var failedSource: TokenSourceKind? {
        if case .failed(_, let source) = evidence.token { source } else { nil }
    }

    /// Whether the failed request used an application's credentials.
    fileprivate var isApplicationSource: Bool { failedSource?.origin == .entra }
}
