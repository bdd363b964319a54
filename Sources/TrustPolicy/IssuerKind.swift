import Federation

/// A service that issues tokens, recognized from the URL of the OIDC provider.
package enum IssuerKind: String, CaseIterable, Hashable, Sendable {
    /// Version 1 tokens of an Entra tenant, in any cloud.
    case entraVersionOne
    /// Version 2 tokens of an Entra tenant, in any cloud.
    case entraVersionTwo
    case entraExternalID
    case azureADB2C
    case azureDevOps
    case gitHub
    case gitLab
    case buildkite
    case circleCI
    case google
    case oracleCloud
    case auth0
    case other

    /// Recognizes an issuer by its URL, with or without `https://`.
    package init(url: String) {
        let text = OIDCProvider.hostAndPath(of: url).lowercased()
        let host = String(text.prefix { $0 != "/" })
        if let issuer = EntraIssuer(url: url) {
            self = issuer.kind
        } else if host == "vstoken.dev.azure.com" {
            self = .azureDevOps
        } else if host == "token.actions.githubusercontent.com" || text.hasPrefix("github.com/enterprises/")
            || host.hasPrefix("token.actions.") && host.hasSuffix(".ghe.com")
        {
            self = .gitHub
        } else {
            self = Self.hosts.first { host == $0.host || host.hasSuffix("." + $0.host) }?.kind ?? .other
        }
    }

    private static let hosts: [(host: String, kind: IssuerKind)] = [
        ("gitlab.com", .gitLab), ("agent.buildkite.com", .buildkite), ("buildkite.dev", .buildkite),
        ("buildkite.site", .buildkite), ("oidc.circleci.com", .circleCI), ("accounts.google.com", .google),
        ("identity.oraclecloud.com", .oracleCloud), ("auth0.com", .auth0),
    ]

    /// Whether the issuer is an Entra tenant, which issues tokens for managed identities.
    package var isEntra: Bool { self == .entraVersionOne || self == .entraVersionTwo }

    /// The service's name, for use in a sentence.
    package var name: String {
        switch self {
        case .entraVersionOne, .entraVersionTwo: "Entra"
        case .entraExternalID: "Entra External ID"
        case .azureADB2C: "Azure AD B2C"
        case .azureDevOps: "Azure DevOps"
        case .gitHub: "GitHub Actions"
        case .gitLab: "GitLab"
        case .buildkite: "Buildkite"
        case .circleCI: "CircleCI"
        case .google: "Google"
        case .oracleCloud: "Oracle Cloud"
        case .auth0: "Auth0"
        case .other: "this issuer"
        }
    }

    /// The claims that have AWS condition keys for every issuer.
    package static let commonClaims: Set<String> = ["aud", "sub", "oaud", "amr", "email"]

    /// The additional claims that have AWS condition keys for this issuer.
    ///
    /// Source: AWS service authorization reference, condition keys of AssumeRoleWithWebIdentity.
    package var issuerSpecificClaims: Set<String> {
        switch self {
        case .gitHub:
            [
                "actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref", "repository",
                "repository_id", "repository_owner_id", "workflow",
            ]
        case .gitLab:
            [
                "namespace_id", "pipeline_source", "project_id", "ref_protected", "runner_environment",
                "user_access_level", "user_email", "user_id", "user_login",
            ]
        case .buildkite:
            [
                "build_branch", "cluster_id", "cluster_name", "organization_id", "organization_slug",
                "pipeline_id", "pipeline_slug",
            ]
        case .circleCI: ["oidc.circleci.com/project-id"]
        case .google: ["google/organization_number"]
        case .oracleCloud: ["rpst_id"]
        case .entraVersionOne, .entraVersionTwo, .entraExternalID, .azureADB2C, .azureDevOps, .auth0, .other:
            []
        }
    }

    /// Returns whether AWS has a condition key for a claim of this issuer, ignoring letter case.
    package func supports(claim: String) -> Bool {
        let name = claim.lowercased()
        return Self.commonClaims.contains(name) || issuerSpecificClaims.contains(name)
    }

    /// Whether the issuer's URL ends in a slash; `nil` if unknown.
    ///
    /// Sources: Microsoft, "Access token claims reference" (`iss` of versions 1.0 and 2.0), "Overview of tokens in
    /// Azure Active Directory B2C" (`https://<domain>/<tenant>/v2.0/`), and the discovery documents of External ID
    /// tenants (`https://<tenant>.ciamlogin.com/<tenant>/v2.0`); the discovery documents of the other services.
    package var issuerEndsInSlash: Bool? {
        switch self {
        case .entraVersionOne, .azureADB2C, .auth0: true
        case .entraVersionTwo, .entraExternalID, .azureDevOps, .gitHub, .gitLab, .buildkite, .circleCI,
            .google:
            false
        case .oracleCloud, .other: nil
        }
    }

    /// The name of the issuer's tokens, for use in a sentence.
    package var tokensName: String {
        switch self {
        case .entraVersionOne: "version 1 tokens"
        case .entraVersionTwo: "version 2 tokens"
        default: "tokens of \(name)"
        }
    }

    /// Whether `sub` contains a changing value (for example, a commit), so that no policy can require an exact `sub`.
    package var hasVolatileSubject: Bool { self == .buildkite }
}

/// The parsed issuer URL of an Entra tenant.
package struct EntraIssuer: Hashable, Sendable {
    /// A Microsoft cloud with a separate instance of Entra.
    package enum Cloud: String, Hashable, Sendable {
        case `public` = "the public cloud"
        case usGovernment = "the US government cloud"
        case china = "the China cloud"
    }

    package let host: String
    /// The clouds that use the host; two clouds can share a host.
    package let clouds: Set<Cloud>
    package let kind: IssuerKind
    /// The tenant in the URL's path (a GUID in the issuer of a token); empty without a path.
    package let tenant: String

    /// Parses a URL, with or without `https://`; `nil` for the URL of another service.
    package init?(url: String) {
        let parts = OIDCProvider.hostAndPath(of: url).split(separator: "/").map(String.init)
        guard let host = parts.first?.lowercased() else { return nil }
        let isVersionTwo = parts.last?.lowercased() == "v2.0"
        let clouds: Set<Cloud>
        if let known = Self.clouds[host] {
            clouds = known
            kind = isVersionTwo ? .entraVersionTwo : .entraVersionOne
        } else if host.hasSuffix(".ciamlogin.com") {
            clouds = [.public]
            kind = .entraExternalID
        } else if host.hasSuffix(".b2clogin.com") {
            clouds = [.public]
            kind = .azureADB2C
        } else {
            return nil
        }
        self.host = host
        self.clouds = clouds
        // B2C issuers with a user flow have another form: `https://<domain>/tfp/<tenant>/<user flow>/v2.0/`.
        let path = parts.dropFirst()
        let namesUserFlow = kind == .azureADB2C && path.first?.lowercased() == "tfp"
        tenant = (namesUserFlow ? path.dropFirst() : path).first ?? ""
    }

    /// Path parts that stand for several tenants; no token's issuer contains these parts.
    private static let sharedEndpoints: Set<String> = ["common", "organizations", "consumers"]

    /// Whether the tenant is a domain name or a shared endpoint.
    var namesTenantByDomain: Bool {
        tenant.contains(".") || Self.sharedEndpoints.contains(tenant.lowercased())
    }

    /// Sources: Microsoft, "National clouds"; the issuers of real tokens.
    private static let clouds: [String: Set<Cloud>] = [
        "sts.windows.net": [.public, .usGovernment],
        "login.microsoftonline.com": [.public],
        "login.windows.net": [.public],
        "login.microsoft.com": [.public],
        "login.microsoftonline.us": [.usGovernment],
        "sts.chinacloudapi.cn": [.china],
        "login.chinacloudapi.cn": [.china],
        "login.partner.microsoftonline.cn": [.china],
    ]
}

/// A difference between a provider's URL and a token's issuer; the cases begin with the smallest difference.
package enum IssuerDifference: String, CaseIterable, Hashable, Sendable {
    /// Only the trailing slash.
    case slash
    /// Letter case, and possibly the trailing slash.
    case letterCase = "case"
    /// The other token version (1 or 2) of the same tenant.
    case version
    /// The tenant's domain, or `common`, instead of its GUID.
    case domain
    /// A malformed tenant ID, such as a GUID that lacks a digit.
    case malformedTenant = "tenant-id"
    /// Another Microsoft cloud.
    case cloud
    /// A different host with the same path.
    case host
    /// Another path on the same host, such as another realm or organization.
    case path
    case tenant

    /// Finds the difference; `nil` if the URLs are equal or have nothing in common.
    package init?(of url: String, from issuer: String) {
        let left = OIDCProvider.hostAndPath(of: url)
        let right = OIDCProvider.hostAndPath(of: issuer)
        if left.hasSameBytes(as: right) { return nil }
        if left.droppingTrailingSlash == right.droppingTrailingSlash {
            self = .slash
        } else if left.lowercased().droppingTrailingSlash == right.lowercased().droppingTrailingSlash {
            self = .letterCase
        } else if let left = EntraIssuer(url: left), let right = EntraIssuer(url: right) {
            self.init(of: left, from: right)
        } else {
            let leftHost = left.prefix { $0 != "/" }.lowercased()
            let rightHost = right.prefix { $0 != "/" }.lowercased()
            let leftPath = String(left.dropFirst(leftHost.count)).droppingTrailingSlash
            let rightPath = String(right.dropFirst(rightHost.count)).droppingTrailingSlash
            if leftHost == rightHost {
                self = .path
            } else if leftPath == rightPath, !leftPath.isEmpty {
                self = .host
            } else {
                return nil
            }
        }
    }

    private init(of left: EntraIssuer, from right: EntraIssuer) {
        let isSameTenant = left.tenant.lowercased() == right.tenant.lowercased()
        if !left.tenant.isGUID, right.tenant.isGUID {
            self = left.namesTenantByDomain ? .domain : .malformedTenant
        } else if !isSameTenant {
            self = .tenant
        } else if left.clouds.isDisjoint(with: right.clouds) {
            self = .cloud
        } else if left.kind.isEntra, right.kind.isEntra, left.kind != right.kind {
            self = .version
        } else if left.host != right.host {
            self = .host
        } else {
            self = .path
        }
    }

    /// Returns the smallest difference between one of the URLs and an issuer, if any.
    package static func smallest(of urls: some Sequence<String>, from issuer: String) -> IssuerDifference? {
        let found = Set(urls.compactMap { IssuerDifference(of: $0, from: issuer) })
        return allCases.first(where: found.contains)
    }

    /// The difference as a predicate for "The URL …".
    package var predicate: String {
        switch self {
        case .slash: "differs from the token's issuer only in the trailing slash"
        case .letterCase: "differs from the token's issuer only in letter case, which is significant in AWS"
        case .version: "is for the other token version of this tenant"
        case .domain:
            "has a domain name, or a shared endpoint, where the token's issuer has the tenant's GUID"
        case .malformedTenant:
            "has no valid tenant ID: an ID has 8-4-4-4-12 hexadecimal digits, as in the token's issuer"
        case .cloud: "is for the tenant in another Microsoft cloud"
        case .host: "has a different host from the token's issuer"
        case .path: "has a different path on the issuer's host"
        case .tenant: "is for another tenant"
        }
    }
}

/// A condition key of an OIDC provider: `sts.windows.net/<tenant>/:aud`.
package struct OIDCKey: Hashable {
    package let provider: String
    package let name: String

    init(provider: String, name: String) {
        self.provider = provider
        self.name = name
    }

    /// Parses a key; `nil` if the part before the last colon is not the URL of a provider.
    ///
    /// The initializer accepts a scheme or a port in the URL, although both are mistakes in a policy. The result is
    /// `nil` for keys of AWS, such as `aws:SourceIp` and `aws:RequestTag/example.com:sub`.
    package init?(_ key: String) {
        let bytes = key.utf8
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")),
            bytes[..<colon].contains(UInt8(ascii: ".")), !Self.beginsWithService(bytes[..<colon])
        else { return nil }
        provider = String(key[..<colon])
        name = String(key[bytes.index(after: colon)...])
    }

    /// Returns whether a text begins with a service's prefix (`aws:`), and not with a scheme (`https:`) or a host.
    private static func beginsWithService(_ text: Substring.UTF8View) -> Bool {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return false }
        return !text[..<colon].contains(UInt8(ascii: ".")) && !text[colon...].starts(with: "://".utf8)
    }

    /// The key as written in a policy.
    var description: String { "\(provider):\(name)" }

    /// The service that operates the provider.
    package var kind: IssuerKind { IssuerKind(url: provider) }

    /// Whether AWS supports the key.
    package var isSupported: Bool { kind.supports(claim: name) }
}
