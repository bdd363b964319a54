package import struct FoundationEssentials.URL

/// A source of tokens; `auto` detects the source that this host provides.
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

    /// Whether the source may return a token that was issued long before the request.
    package var mayServeCachedTokens: Bool {
        switch self {
        case .workloadIdentity, .clientSecret, .clientCertificate: false
        default: true
        }
    }

    /// Whether Azure caches the source's tokens for about a day and cannot be forced to renew them.
    package var isCachedByPlatform: Bool {
        switch self {
        case .imds, .appService, .azureArc, .azureML, .cloudShell, .serviceFabric: true
        default: false
        }
    }
}

/// Identity settings that only some sources use.
package struct TokenSourceSettings: Hashable, Sendable {
    /// `secret_env`: the environment variable that holds a client secret.
    package var secretVariable: String?
    /// `secret_file`: a file that holds a client secret.
    package var secretFile: String?
    /// `certificate_file`: a PEM file with certificate and key, or a PFX file.
    package var certificateFile: String?
    /// `certificate_password_env`: the environment variable that holds the PFX file's password.
    package var certificatePasswordVariable: String?
    /// `token_file`: a federated token (`workload-identity`), or the token itself (`file`).
    package var tokenFile: String?
    /// `authority`: the base URL of Entra; ``Endpoints/authority`` or the public cloud's if absent.
    package var authority: URL?
    /// `command`: the argument vector of a program that prints a token.
    package var command: [String]
    /// `timeout`: the time limit of a token request, including retries; the source's default if absent.
    package var timeout: Duration?
    /// `federated_identity`: the identity whose token serves as client assertion.
    ///
    /// The application trusts that identity through a federated identity credential.
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
