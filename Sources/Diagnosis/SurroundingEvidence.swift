package import Federation

/// What the variables of this process say of the host it runs on.
package struct HostFacts: Hashable, Sendable {
    /// Where Azure's variables say that it is.
    package enum Place: Hashable, Sendable {
        /// An app of App Service, or a function.
        case appService
        case containerApp
        /// A pod of Kubernetes.
        case pod
        /// A machine, or whatever no variable tells.
        case elsewhere
    }

    package var place: Place
    /// Whether `IDENTITY_ENDPOINT` or `MSI_ENDPOINT` names a token endpoint.
    package var hasIdentityEndpoint: Bool
    /// Whether `AZURE_FEDERATED_TOKEN_FILE` names a pod's token.
    package var hasFederatedToken: Bool
    /// Whether `WEBSITE_DISABLE_MSI` switches the app's token endpoint off.
    package var disablesIdentity: Bool
    /// The identity that `AZURE_CLIENT_ID` selects.
    package var clientID: String?

    /// Reads the variables.
    ///
    /// Source: Microsoft, "Environment variables and app settings in Azure App Service" and "Environment variables on
    /// Azure Container Apps"; Kubernetes, "Accessing the API from a Pod".
    package init(variables: [String: String]) {
        let value = { (name: String) in variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        place =
            if value("CONTAINER_APP_NAME") != nil {
                .containerApp
            } else if value("WEBSITE_SITE_NAME") != nil {
                .appService
            } else if value("KUBERNETES_SERVICE_HOST") != nil {
                .pod
            } else {
                .elsewhere
            }
        hasIdentityEndpoint = value("IDENTITY_ENDPOINT") != nil || value("MSI_ENDPOINT") != nil
        hasFederatedToken = value("AZURE_FEDERATED_TOKEN_FILE") != nil
        disablesIdentity = ["true", "1"].contains(value("WEBSITE_DISABLE_MSI")?.lowercased())
        clientID = value("AZURE_CLIENT_ID")
    }
}

/// Whose credentials read IAM.
package struct ReaderFacts: Hashable, Sendable {
    /// What gives them: `AWS_ACCESS_KEY_ID`, `profile admin`.
    package var source: String
    /// What is set as well and does not count because of them: `profile admin (AWS_PROFILE)`.
    package var shadowed: [String]
    /// Why they did not read all; `nil` when they did.
    package var problem: Failure?

    package init(source: String, shadowed: [String] = [], problem: Failure? = nil) {
        self.source = source
        self.shadowed = shadowed
        self.problem = problem
    }
}

/// What the token's issuer publishes, as it looks from here.
package enum IssuerEvidence: Hashable, Sendable {
    /// Nobody asked.
    case unknown
    /// Its discovery document or its keys could not be had, for this reason.
    case unreadable(String)
    /// The ids of its keys, and how long it took to get them.
    case published(keyIDs: [String], took: Duration)
}
