package import struct Foundation.URL

/// A Microsoft Entra identity that requests tokens, as configured.
package struct ManagedIdentity: Hashable, Sendable, Identifiable {
    /// Its name under `identities:`.
    package let id: String
    /// The directory, a GUID; required by sources that call Entra directly.
    package var tenantID: String?
    /// The client (application) id: a selector, and the token's `appid`.
    package var clientID: String?
    /// The object id: the token's `oid` and `sub`; a selector only when no other is given.
    package var principalID: String?
    /// The Azure Resource Manager id of a user-assigned identity; a selector.
    package var resourceID: String?
    /// Whether it is the host's system-assigned identity, which has no selector.
    package var isSystemAssigned: Bool
    /// The source of its tokens.
    package var source: TokenSourceKind
    /// Settings of single sources.
    package var settings: TokenSourceSettings

    package init(
        id: String,
        tenantID: String? = nil,
        clientID: String? = nil,
        principalID: String? = nil,
        resourceID: String? = nil,
        isSystemAssigned: Bool = false,
        source: TokenSourceKind = .auto,
        settings: TokenSourceSettings = TokenSourceSettings()
    ) {
        self.id = id
        self.tenantID = tenantID
        self.clientID = clientID
        self.principalID = principalID
        self.resourceID = resourceID
        self.isSystemAssigned = isSystemAssigned
        self.source = source
        self.settings = settings
    }
}

/// A source of tokens; `auto` finds the one that this host has.
package enum TokenSourceKind: String, CaseIterable, Hashable, Sendable {
    case auto
    case imds
    case appService = "app-service"
    case azureArc = "azure-arc"
    case azureML = "azure-ml"
    case cloudShell = "cloud-shell"
    case serviceFabric = "service-fabric"
    case workloadIdentity = "workload-identity"
    case clientSecret = "client-secret"
    case clientCertificate = "client-certificate"
    case azureCLI = "azure-cli"
    case command
    case file

    /// Whether the source may return a token issued long before the request.
    package var mayServeCachedTokens: Bool {
        switch self {
        case .workloadIdentity, .clientSecret, .clientCertificate: false
        default: true
        }
    }

    /// Whether Azure caches its tokens for about a day and cannot be forced to renew them.
    package var isCachedByPlatform: Bool {
        switch self {
        case .imds, .appService, .azureArc, .azureML, .cloudShell, .serviceFabric: true
        case .auto, .workloadIdentity, .clientSecret, .clientCertificate, .azureCLI, .command, .file: false
        }
    }
}

/// The keys of an identity that only some sources read.
package struct TokenSourceSettings: Hashable, Sendable {
    /// `secret_env`: the environment variable that holds a client secret.
    package var secretVariable: String?
    /// `secret_file`: a file that holds a client secret.
    package var secretFile: String?
    /// `certificate_file`: PEM with key, or PFX.
    package var certificateFile: String?
    /// `certificate_password_env`: the environment variable that holds the PFX file's password.
    package var certificatePasswordVariable: String?
    /// `token_file`: a federated token (workload identity), or the token itself (`file`).
    package var tokenFile: String?
    /// `authority`: instead of `https://login.microsoftonline.com/`.
    package var authority: URL?
    /// `command`: argument vector of a program that prints a token.
    package var command: [String]
    /// `timeout`: the limit of one request; the source's own when absent.
    package var timeout: Duration?
    /// `federated_identity`: another identity whose token is the client assertion (managed identity as
    /// federated credential of an application).
    package var federatedIdentity: ManagedIdentity.ID?

    package init(
        secretVariable: String? = nil,
        secretFile: String? = nil,
        certificateFile: String? = nil,
        certificatePasswordVariable: String? = nil,
        tokenFile: String? = nil,
        authority: URL? = nil,
        command: [String] = [],
        timeout: Duration? = nil,
        federatedIdentity: ManagedIdentity.ID? = nil
    ) {
        self.secretVariable = secretVariable
        self.secretFile = secretFile
        self.certificateFile = certificateFile
        self.certificatePasswordVariable = certificatePasswordVariable
        self.tokenFile = tokenFile
        self.authority = authority
        self.command = command
        self.timeout = timeout
        self.federatedIdentity = federatedIdentity
    }
}
