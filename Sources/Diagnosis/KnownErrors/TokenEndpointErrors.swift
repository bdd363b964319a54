import Federation

extension KnownError {
    /// The errors of the instance metadata service.
    ///
    /// Source: Microsoft documentation for managed identities on virtual machines; the texts are from SDK
    /// issues.
    static let imdsErrors: [Row] = [
        Row(
            "metadata-header-missing",
            .text("Required metadata header not specified"),
            cause: "The request reached the metadata service without the header Metadata: true.",
            fix:
                "Look for a proxy that drops headers, and exclude 169.254.169.254 from it. cambist sends these "
                + "requests directly, even if a proxy is configured (`cambist doctor` names a configured proxy)."
        ),
        Row(
            "identity-ambiguous",
            .text("Multiple user assigned identities exist"),
            cause: "The machine has several user-assigned identities, and the request did not select one.",
            fix: "Set client_id of the identity in the configuration (`cambist config edit`)."
        ),
        Row(
            "pod-identity-missing",
            .text("no azure identity found"),
            .text("no AzureAssignedIdentity found"),
            .text("getting assigned identities for pod"),
            .text("failed to get matching identities for pod"),
            cause: "AAD Pod Identity (NMI) has no assigned identity for this pod.",
            fix:
                "Label the pod with the aadpodidbinding of an AzureIdentityBinding whose AzureIdentity is "
                + "the configured identity (`kubectl label pod POD aadpodidbinding=SELECTOR`); the add-on "
                + "is retired, and workload identity replaces it.",
            possibleCauses: { _ in
                PossibleCauses(
                    [
                        "the pod has no label aadpodidbinding, or a different one",
                        "the AzureIdentity has a client ID other than the configured client ID",
                        "the identity is being assigned to the node, which takes a minute",
                    ],
                    toFindOut:
                        "`kubectl get azureassignedidentities -A` lists the pods with their identities; the "
                        + "pod's label must equal the selector of the AzureIdentityBinding."
                )
            }
        ),
        Row(
            "identity-not-found",
            .text("Identity not found"),
            cause: "The machine does not have this identity, or the identity was attached recently.",
            fix:
                "If the identity was attached less than two minutes ago, wait. Otherwise, attach it: `az vm identity "
                + "assign --resource-group GROUP --name VM --identities ID` or, for an instance of a scale set, `az vmss "
                + "identity assign --resource-group GROUP --name SCALESET --identities ID`.",
            mappingFix: { $0.attachmentToMachine },
            possibleCauses: { context in
                PossibleCauses(
                    context.isSystemAssigned
                        ? [
                            "this machine has no system-assigned identity",
                            "the system-assigned identity was enabled recently",
                        ]
                        : [
                            "the identity is not attached to this machine",
                            "the identity was attached recently",
                            "client_id, resource_id, or principal_id is wrong",
                        ],
                    toFindOut:
                        "Compare the configured ID with the machine's identities in Azure Resource Manager: `az "
                        + "vm identity show` or, for a scale set, `az vmss identity show` lists them."
                )
            }
        ),
        Row(
            "metadata-proxied",
            .code("403", "502", "504", "not-a-token-endpoint"),
            cause: "A server other than the metadata service responded, most likely a proxy.",
            fix:
                "Exclude 169.254.169.254, localhost, and 127.0.0.1 from the proxy that intercepts the requests. "
                + "cambist sends these requests directly, even if a proxy is configured (`cambist doctor` names a "
                + "configured proxy)."
        ),
        Row(
            "metadata-unreachable",
            .code("unreachable", "timed-out"),
            cause: "The metadata service is unreachable.",
            fix:
                "Run cambist on the machine that has the identity, or set `source` of the identity to a source that "
                + "this host has. On an Azure machine, allow connections to 169.254.169.254 that bypass the proxy.",
            possibleCauses: { _ in
                PossibleCauses(
                    [
                        "this machine is not in Azure", "a firewall or proxy blocks 169.254.169.254",
                        "the metadata service is too slow",
                    ],
                    toFindOut: "On an Azure machine, `curl --noproxy '*' "
                        + "http://169.254.169.254/metadata/identity/oauth2/token` returns HTTP 400; `cambist doctor` "
                        + "lists the sources of this host."
                )
            }
        ),
        Row(
            "metadata-updating",
            // If the body has a code, only the text contains the status.
            .code("404", "410"),
            .text("(HTTP 410"),
            .text("(HTTP 404"),
            cause:
                "The metadata service is being updated, which takes at most 70 seconds, or the identity does not exist.",
            pause: "70 seconds",
            fix: "",
            possibleCauses: { _ in
                PossibleCauses(
                    ["the metadata service is being updated", "the identity does not exist"],
                    toFindOut: "Retry after 70 seconds: if the error persists, the identity does not exist."
                )
            }
        ),
        Row(
            "metadata-throttled",
            .code("429"),
            .text("(HTTP 429"),
            cause:
                "The metadata service throttled the request: it allows 20 requests per second and 5 concurrent "
                + "requests.",
            fix: "Request tokens less often and from one process.",
            noCommand: .noChange
        ),
    ]

    /// The errors with a status that the instance metadata service never returns.
    ///
    /// Gateways such as AAD Pod Identity return arbitrary codes, so only the status identifies the error.
    ///
    /// Source: Microsoft documentation for managed identities on virtual machines, error handling.
    static let imdsStatuses: [Row] = [
        Row(
            "metadata-proxied",
            .text("(HTTP 401"),
            .text("(HTTP 403"),
            .text("(HTTP 407"),
            cause:
                "A server other than the metadata service refused the request, such as a proxy or a gateway.",
            fix:
                "Let requests to 169.254.169.254 bypass the proxy. In a Kubernetes cluster, find the component that "
                + "intercepts them, such as AAD Pod Identity (NMI).",
            noCommand: .otherProgram
        )
    ]

    /// The errors of App Service, Functions, and Container Apps.
    ///
    /// Source: Microsoft documentation for managed identities in App Service; the texts are from SDK issues.
    static let appServiceErrors: [Row] = [
        Row(
            "identity-not-found",
            .text("No User Assigned or Delegated Managed Identity found"),
            cause:
                "The app lacks the requested identity or, if the request names none, a system-assigned identity.",
            fix:
                "Attach the identity (`az webapp identity assign --resource-group GROUP --name APP --identities ID`) and "
                + "restart the app; check that AZURE_CLIENT_ID does not select another identity.",
            mappingFix: { $0.attachmentToApp },
            possibleCauses: { context in
                PossibleCauses(
                    [
                        "the identity is not attached to the app",
                        "the app has no system-assigned identity, and the request selected no other identity",
                        "client_id, resource_id, or principal_id is wrong",
                        "the app was not restarted after the identity was attached",
                    ],
                    toFindOut: context.identityListing
                )
            }
        ),
        Row(
            "identity-not-found",
            .text("Unable to load the proper Managed Identity"),
            .text("Unable to load requested managed identity"),
            cause:
                "The identity is not assigned to the app, or the request selected none of the app's identities.",
            fix:
                "Assign the identity to the app (`az containerapp identity assign --resource-group GROUP --name APP "
                + "--user-assigned ID` or `az webapp identity assign --resource-group GROUP --name APP --identities ID`) and "
                + "set client_id of this identity in the configuration.",
            mappingFix: { $0.attachmentToApp },
            possibleCauses: { context in
                PossibleCauses(
                    [
                        "the identity is not assigned to the app",
                        context.hasSelector
                            ? "client_id belongs to another identity or to an application"
                            : "the configuration names no identity (client_id)",
                        "the identity's lifecycle setting hides it from this container",
                    ],
                    toFindOut: context.identityListing
                )
            }
        ),
        Row(
            "token-fetch-failed",
            .text("unexpected error occured while fetching the AAD Token"),
            cause:
                "App Service hides Entra's error: the audience is unknown, or the identity lacks the app role.",
            fix:
                "Check that the audience's service principal exists and that the identity is assigned to "
                + "its app role (`cambist setup plan MAPPING`); otherwise, look in Entra's managed identity "
                + "sign-ins for the correlation ID.",
            possibleCauses: { _ in
                PossibleCauses(
                    [
                        "the tenant has no service principal for the audience",
                        "the identity is not assigned to the app role", "the fault is transient",
                    ],
                    toFindOut: "Read the audience's service principal and its appRoleAssignedTo in Graph "
                        + "(cambist does this with setup.graph_identity); otherwise, find the correlation ID in "
                        + "Entra's managed identity sign-ins."
                )
            }
        ),
        Row(
            "identity-header-refused",
            .code("401", "403"),
            cause: "The endpoint rejected the value of IDENTITY_HEADER.",
            fix: "Restart the process; the value changes whenever the app starts.",
            noCommand: .otherProgram
        ),
    ]

    /// The errors of the Azure Arc agent in addition to the metadata service's errors.
    static let azureArcErrors: [Row] = [
        Row(
            "identity-not-found",
            .text("Identity not found"),
            cause:
                "The Arc agent has no identity for this machine; it serves only the machine's own system-assigned "
                + "identity.",
            fix:
                "Check that `azcmagent show` reports Connected; `azcmagent connect` connects the machine to Azure Arc, "
                + "which creates the identity. No other identity can be attached."
        ),
        Row(
            "arc-key-refused",
            .code("not-a-token-endpoint", text: "it names"),
            cause:
                "The endpoint names a file that is not a key of the Arc agent, so cambist does not read the file.",
            fix:
                "Check IDENTITY_ENDPOINT and the program that listens there: a malicious server names a local file so "
                + "that the client sends its contents.",
            noCommand: .otherProgram
        ),
        Row(
            "arc-challenge-missing",
            .text("expected a 401 response"),
            cause: "The Arc agent did not send a challenge: it is stopped, or another server responds.",
            fix: "Start the agent (`systemctl start himdsd`) and check IDENTITY_ENDPOINT."
        ),
        Row(
            "arc-challenge-missing",
            .code("not-a-token-endpoint"),
            cause: "A server other than the Arc agent responded.",
            fix: "Start the agent (`systemctl start himdsd`) and check IDENTITY_ENDPOINT."
        ),
        Row(
            "arc-agent-unreachable",
            .code("unreachable", "timed-out"),
            cause: "The Arc agent does not respond.",
            fix:
                "Start the agent (`systemctl start himdsd`) and check that `azcmagent show` reports Connected."
        ),
        Row(
            "arc-key-unreadable",
            .code("arc-key-unreadable"),
            cause: "The Arc agent's key file cannot be read.",
            fix: "Add the user to the group himds (`sudo usermod -aG himds $USER`), then log in again."
        ),
    ]

    /// The errors of Service Fabric.
    static let serviceFabricErrors: [Row] = [
        Row(
            "identity-not-found",
            .code("ManagedIdentityNotFound"),
            cause: "The application does not have this identity in the cluster.",
            fix: "Assign the identity in the application's manifest and deploy again.",
            noCommand: .otherProgram,
            possibleCauses: { _ in
                PossibleCauses(
                    [
                        "the identity is not in the application's manifest",
                        "client_id, resource_id, or principal_id is wrong",
                    ],
                    toFindOut:
                        "Request a token without client_id, and list the application's identities in Azure Resource "
                        + "Manager."
                )
            }
        ),
        Row(
            "identity-header-refused",
            .code("SecretHeaderNotFound"),
            cause: "The request to the endpoint lacked the value of IDENTITY_HEADER.",
            fix: "Restart the service so that its variables are set again.",
            noCommand: .otherProgram
        ),
        Row(
            "certificate-mismatch",
            .text("thumbprint"),
            cause: "The endpoint's certificate does not match IDENTITY_SERVER_THUMBPRINT.",
            fix: "Restart the service; if the error persists, look for a proxy that intercepts TLS.",
            noCommand: .otherProgram
        ),
        Row(
            "request-invalid",
            .code("ArgumentNullOrEmpty", "InvalidApiVersion"),
            cause: "The endpoint rejected the request as malformed.",
            fix: "Check the audience (`cambist config show`) and the cluster's version."
        ),
    ]

    /// The errors of the Azure CLI.
    static let azureCLIErrors: [Row] = [
        Row(
            "cli-not-signed-in",
            .text("az login"),
            cause: "The Azure CLI is not signed in.",
            fix: "Sign in: `az login --identity` in Azure, `az login` elsewhere."
        ),
        Row(
            "cli-missing",
            .code("127", "exit-127"),
            .code("source-unavailable", text: "the program az"),
            .text("not found"),
            cause: "The Azure CLI is not in the PATH.",
            fix: "Install the Azure CLI, or choose another source for the identity (`cambist config edit`)."
        ),
    ]

    /// The OAuth errors that any token endpoint can return without an AADSTS code.
    static let tokenEndpointErrors: [Row] = [
        Row(
            "audience-unknown",
            .code("invalid_resource", "invalid_target"),
            cause: "The tenant has no service principal for the audience.",
            fix:
                "Compare the mapping's audience with the application's identifier URI, and create its "
                + "service principal (`az ad sp create --id APPLICATION_ID`).",
            possibleCauses: audienceCauses
        ),
        Row(
            "client-refused",
            .code("unauthorized_client", "access_denied", "invalid_client"),
            cause: "Entra refused to issue a token for this audience to the identity.",
            fix:
                "Check that the identity is enabled and assigned to the application's app role: `cambist "
                + "setup plan MAPPING`."
        ),
        Row(
            "scope-invalid",
            .code("invalid_scope"),
            cause: "The scope is malformed: it must be the audience followed by /.default.",
            fix: "Correct the mapping's audience (`cambist config edit`)."
        ),
        Row(
            "audience-unknown-path",
            .code("unknown_source"),
            cause: "The metadata service does not have the requested path.",
            fix: "Check endpoints.imds in the configuration (`cambist config show`)."
        ),
        Row(
            "entra-unavailable",
            .code("temporarily_unavailable", "server_error", "unknown", "500", "502", "503", "504"),
            cause: "Entra, or the endpoint in front of it, reported an internal error.",
            pause: "a few minutes",
            fix: "",
            possibleCauses: { context in
                guard case .failed(_, .imds) = context.evidence.token else { return nil }
                return PossibleCauses(
                    [
                        "the fault is transient",
                        "Entra refused the request, and the metadata service hides the reason",
                    ],
                    toFindOut: "Retry; if the error persists, look in Entra's managed identity sign-ins."
                )
            }
        ),
        Row(
            "entra-throttled",
            .code("429"),
            cause: "The token endpoint throttled the request.",
            pause: "a minute",
            fix: ""
        ),
    ]
}
