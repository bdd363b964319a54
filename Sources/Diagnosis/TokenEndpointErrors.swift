extension KnownError {
    /// What the instance metadata service answers.
    ///
    /// Source: Microsoft documentation of managed identities on virtual machines; SDK issues for the texts.
    static let imdsErrors: [Entry] = [
        Entry(
            "metadata-header-missing",
            text: "Required metadata header not specified",
            "The request reached the metadata service without the header Metadata: true.",
            fix: "Look for a proxy that drops headers, and let it bypass 169.254.169.254."
        ),
        Entry(
            "identity-ambiguous",
            text: "Multiple user assigned identities exist",
            "The machine has several user-assigned identities, and the request named none.",
            fix: "Set client_id under identities: in the configuration."
        ),
        Entry(
            "identity-not-found",
            text: "Identity not found",
            "The machine has no such identity, or has had it for a short time only.",
            fix: "Attach it: az vm identity assign --identities RESOURCE_ID; then wait one or two minutes."
        ),
        Entry(
            "metadata-proxied",
            codes: ["403", "502", "504", "not-a-token-endpoint"],
            "Something other than the metadata service answered, most likely a proxy.",
            fix: "Let the proxy bypass 169.254.169.254, localhost and 127.0.0.1."
        ),
        Entry(
            "metadata-unreachable",
            codes: ["unreachable", "timed-out"],
            "Nothing answers at the metadata service's address.",
            fix:
                "Run this on the machine that owns the identity, or name the identity's own source; on an Azure machine "
                + "let 169.254.169.254 through, past any proxy."
        ),
        Entry(
            "metadata-updating",
            codes: ["404", "410"],
            "The metadata service is being updated; it is back within 70 seconds.",
            fix: "Try again after 70 seconds."
        ),
        Entry(
            "metadata-throttled",
            codes: ["429"],
            "The metadata service takes 20 requests a second and 5 at once.",
            fix: "Ask less often, and let one process ask for all."
        ),
        // The same with a code of the body's in place of the status.
        Entry(
            "metadata-updating",
            text: "(HTTP 410",
            "The metadata service is being updated; it is back within 70 seconds.",
            fix: "Try again after 70 seconds."
        ),
        Entry(
            "metadata-updating",
            text: "(HTTP 404",
            "The metadata service is being updated; it is back within 70 seconds.",
            fix: "Try again after 70 seconds."
        ),
        Entry(
            "metadata-throttled",
            text: "(HTTP 429",
            "The metadata service takes 20 requests a second and 5 at once.",
            fix: "Ask less often, and let one process ask for all."
        ),
    ]

    /// What App Service, Functions and Container Apps answer.
    ///
    /// Source: Microsoft documentation of managed identities in App Service; SDK issues for the texts.
    static let appServiceErrors: [Entry] = [
        Entry(
            "identity-not-found",
            text: "No User Assigned or Delegated Managed Identity found",
            "The app has no such identity: it is not attached, or no selector was given and the app has none of its own.",
            fix:
                "Attach it (az webapp identity assign) and restart the app; check that no AZURE_CLIENT_ID of "
                + "something else selects it."
        ),
        Entry(
            "token-fetch-failed",
            text: "unexpected error occured while fetching the AAD Token",
            "App Service hides Entra's refusal: the audience is unknown, or the identity has no app role there.",
            fix:
                "Check that the audience's service principal exists and that the identity is assigned to its app "
                + "role; else look in Entra's managed identity sign-ins for the correlation id."
        ),
        Entry(
            "identity-header-refused",
            codes: ["401", "403"],
            "The endpoint refuses the value of IDENTITY_HEADER.",
            fix: "Restart the process; the value changes with every start of the app."
        ),
    ]

    /// What the Azure Arc agent answers, beside what it shares with the metadata service.
    static let azureArcErrors: [Entry] = [
        Entry(
            "arc-key-refused",
            codes: ["not-a-token-endpoint"],
            text: "it names",
            "Whoever answers asks for a file that is no key of the Arc agent, so it is not read.",
            fix: "Check IDENTITY_ENDPOINT and who listens there; never widen the agent's directory of keys."
        ),
        Entry(
            "arc-challenge-missing",
            text: "expected a 401 response",
            "The Arc agent did not ask for its key file, so something else answers or the agent is off.",
            fix: "Start the agent (systemctl start himdsd) and check IDENTITY_ENDPOINT."
        ),
        Entry(
            "arc-challenge-missing",
            codes: ["not-a-token-endpoint"],
            "Something other than the Arc agent answered.",
            fix: "Start the agent (systemctl start himdsd) and check IDENTITY_ENDPOINT."
        ),
        Entry(
            "arc-agent-unreachable",
            codes: ["unreachable", "timed-out"],
            "The Arc agent does not answer.",
            fix: "Start the agent (systemctl start himdsd), and check that azcmagent show says Connected."
        ),
        Entry(
            "arc-key-unreadable",
            codes: ["arc-key-unreadable"],
            "The Arc agent's key file cannot be read.",
            fix: "Add the user to the group himds: sudo usermod -aG himds $USER; then log in again."
        ),
    ]

    /// What Service Fabric answers.
    static let serviceFabricErrors: [Entry] = [
        Entry(
            "identity-not-found",
            codes: ["ManagedIdentityNotFound"],
            "The application has no such identity in this cluster.",
            fix: "Assign it in the application's manifest and deploy again."
        ),
        Entry(
            "identity-header-refused",
            codes: ["SecretHeaderNotFound"],
            "The endpoint got no value of IDENTITY_HEADER.",
            fix: "Restart the service so that it gets its variables anew."
        ),
        Entry(
            "certificate-mismatch",
            text: "thumbprint",
            "The endpoint's certificate is not the one that IDENTITY_SERVER_THUMBPRINT names.",
            fix: "Restart the service; if it stays, look for something that intercepts TLS."
        ),
        Entry(
            "request-invalid",
            codes: ["ArgumentNullOrEmpty", "InvalidApiVersion"],
            "The endpoint takes the request for malformed.",
            fix: "Check the audience, and the version of the cluster."
        ),
    ]

    /// What the Azure command line says.
    static let azureCLIErrors: [Entry] = [
        Entry(
            "cli-not-signed-in",
            text: "az login",
            "The Azure CLI is not signed in.",
            fix: "Sign in: az login --identity on Azure, az login elsewhere."
        ),
        Entry(
            "cli-missing",
            codes: ["127", "exit-127"],
            "There is no Azure CLI in the PATH.",
            fix: "Install it, or choose another source for the identity."
        ),
        Entry(
            "cli-missing",
            codes: ["source-unavailable"],
            text: "the program az",
            "There is no Azure CLI in the PATH.",
            fix: "Install it, or choose another source for the identity."
        ),
        Entry(
            "cli-missing",
            text: "not found",
            "There is no Azure CLI in the PATH.",
            fix: "Install it, or choose another source for the identity."
        ),
    ]

    /// OAuth errors that any endpoint may pass on when no AADSTS code tells more.
    static let tokenEndpointErrors: [Entry] = [
        Entry(
            "audience-unknown",
            codes: ["invalid_resource", "invalid_target"],
            "The tenant knows no application with this audience.",
            fix:
                "Compare the mapping's audience with the application's identifier URI, and create its service principal."
        ),
        Entry(
            "client-refused",
            codes: ["unauthorized_client", "access_denied", "invalid_client"],
            "Entra refuses the identity a token for this audience.",
            fix: "Check that the identity is enabled and assigned to the application's app role."
        ),
        Entry(
            "scope-invalid",
            codes: ["invalid_scope"],
            "The scope is malformed: it is the audience followed by /.default.",
            fix: "Correct the mapping's audience."
        ),
        Entry(
            "audience-unknown-path",
            codes: ["unknown_source"],
            "The metadata service has no such path.",
            fix: "Check endpoints.imds in the configuration."
        ),
        Entry(
            "entra-unavailable",
            codes: ["temporarily_unavailable", "server_error", "unknown", "500", "502", "503", "504"],
            "Entra, or the endpoint before it, has a fault of its own.",
            fix: "Try again with growing delays."
        ),
        Entry(
            "entra-throttled",
            codes: ["429"],
            "Too many requests.",
            fix: "Wait as long as Retry-After says."
        ),
    ]
}
