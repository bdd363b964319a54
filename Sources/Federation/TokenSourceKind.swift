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

    /// The properties of the source that do not depend on the host.
    package var properties: Properties {
        switch self {
        case .auto: Properties(nil, canSelectIdentity: true, keys: ["authority"])
        case .imds: Properties(.hostService, canSelectIdentity: true)
        case .appService: Properties(.hostService, canSelectIdentity: true)
        case .azureArc: Properties(.hostService)
        case .azureML: Properties(.hostService, canSelectIdentity: true)
        case .cloudShell: Properties(.hostService)
        case .serviceFabric: Properties(.hostService)
        case .workloadIdentity:
            Properties(.entra, keys: ["token_file", "federated_identity", "authority"])
        case .clientSecret:
            Properties(
                .entra,
                keys: ["secret_env", "secret_file", "authority"],
                requires: [["tenant_id"], ["client_id"], ["secret_env", "secret_file"]]
            )
        case .clientCertificate:
            Properties(
                .entra,
                keys: ["certificate_file", "certificate_password_env", "authority"],
                requires: [["tenant_id"], ["client_id"], ["certificate_file"]]
            )
        case .azureCLI: Properties(.local)
        case .command: Properties(.local, keys: ["command"], requires: [["command"]])
        case .file: Properties(.local, keys: ["token_file"], requires: [["token_file"]])
        }
    }

    package struct Properties: Sendable {
        /// The origin of the tokens; `nil` for `auto`.
        package let origin: Origin?
        /// Whether the source can return tokens of several identities; the configured IDs select one of the identities.
        package let canSelectIdentity: Bool
        /// An identity's configuration keys for this source, except the keys that every source reads.
        package let keys: [String]
        /// The required configuration keys of an identity: at least one key of each inner array.
        package let requirements: [[String]]

        fileprivate init(
            _ origin: Origin?,
            canSelectIdentity: Bool = false,
            keys: [String] = [],
            requires requirements: [[String]] = []
        ) {
            self.origin = origin
            self.canSelectIdentity = canSelectIdentity
            self.keys = keys
            self.requirements = requirements
        }
    }

    /// The origin of a source's tokens.
    package enum Origin: Hashable, Sendable {
        /// A service of the Azure host.
        case hostService
        /// Entra's token endpoint.
        case entra
        /// A file or a program.
        case local
    }

    /// The origin of the tokens; `nil` for `auto`.
    package var origin: Origin? { properties.origin }

    /// Whether the source may return a token that was issued long before the request.
    package var mayServeCachedTokens: Bool { origin != .entra }

    /// Whether Azure caches the source's tokens for about a day.
    ///
    /// A client cannot force Azure to renew a cached token.
    package var isCachedByPlatform: Bool { origin == .hostService }

    /// The sources that are services of the Azure host, most common first.
    package static let hostServices = allCases.filter { $0.origin == .hostService }

    /// The sources that read a configuration key, by key; a key that every source reads is absent.
    package static let readers = allCases.reduce(into: [String: [Self]]()) { readers, source in
        for key in source.properties.keys { readers[key, default: []].append(source) }
    }

    /// Whether the source reads a configuration key of an identity.
    package func reads(_ key: String) -> Bool {
        Self.readers[key]?.contains(self) ?? true
    }
}

/// Identity settings that only some sources use.
package struct TokenSourceSettings: Hashable, Sendable {
    /// `secret_env`: the environment variable with a client secret.
    package var secretVariable: String?
    /// `secret_file`: the file with a client secret.
    package var secretFile: String?
    /// `certificate_file`: a PEM file with certificate and key, or a PFX file.
    package var certificateFile: String?
    /// `certificate_password_env`: the environment variable with the password of the PFX file or of the PEM key.
    package var certificatePasswordVariable: String?
    /// `token_file`: a federated token (`workload-identity`), or the token itself (`file`).
    package var tokenFile: String?
    /// `authority`: the base URL of Entra; by default, ``Endpoints/authority`` or the URL of the Microsoft cloud.
    package var authority: URL?
    /// `command`: the argument vector of a program that prints a token.
    package var command: [String]
    /// `timeout`: the time limit of a token request, including retries; each source has a default.
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
