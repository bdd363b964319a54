package import Federation
package import Foundation

/// A request for which a trust policy is evaluated.
package struct TrustRequest: Hashable, Sendable {
    /// Usually `sts:AssumeRoleWithWebIdentity`.
    package var action: String
    /// The ARN of the OIDC provider in the role's account.
    package var federatedPrincipal: String
    package var context: RequestContext

    package init(
        action: String = "sts:AssumeRoleWithWebIdentity",
        federatedPrincipal: String,
        context: RequestContext
    ) {
        self.action = action
        self.federatedPrincipal = federatedPrincipal
        self.context = context
    }
}

/// The condition keys of a request; names ignore letter case.
package struct RequestContext: Hashable, Sendable {
    /// The values of a key, or `unknown` if only AWS knows them.
    package enum Entry: Hashable, Sendable {
        case values([String])
        case unknown

        /// The values; empty if they are unknown.
        var values: [String] {
            if case .values(let values) = self { values } else { [] }
        }
    }

    private var entries: [String: Entry] = [:]
    /// Whether keys that only AWS can determine are unknown rather than absent.
    private var leavesAWSKeysUnknown = false
    /// The token's claims, used to detect near misses.
    package private(set) var claims: Claims?

    package init() {}

    /// The entry of a key; `nil` if the request does not contain the key.
    package subscript(key: String) -> Entry? {
        get { entry(foldedKey: key.lowercased()) }
        set { entries[key.lowercased()] = newValue }
    }

    /// The entry of a key that is already lowercase.
    func entry(foldedKey key: String) -> Entry? {
        if let entry = entries[key] { return entry }
        return leavesAWSKeysUnknown && AWSKeys.isUnknown(key) ? .unknown : nil
    }

    /// The keys that have an entry, in lowercase.
    var foldedKeys: some Collection<String> { entries.keys }
}

extension RequestContext {
    /// Creates the keys of a request with a token.
    ///
    /// Keys that only AWS can determine (`aws:SourceIp`, `aws:SecureTransport`, the role's tags, …) are
    /// unknown unless an argument sets them. Source: IAM user guide, condition keys for web identity
    /// federation.
    ///
    /// - Parameters:
    ///   - claims: The token's claims.
    ///   - providerURL: The registered provider's URL, with or without `https://`; by default the token's issuer.
    ///   - federatedPrincipal: The provider's ARN.
    ///   - roleARN: The requested role.
    ///   - sessionName: The session's name.
    ///   - sourceIP: The source address that AWS sees.
    ///   - userAgent: The request's `User-Agent`.
    ///   - region: The region of the STS endpoint.
    ///   - now: The time of the request, limited to the years 1 to 9999.
    package init(
        claims: Claims,
        providerURL: String? = nil,
        federatedPrincipal: String? = nil,
        roleARN: RoleARN? = nil,
        sessionName: String? = nil,
        sourceIP: String? = nil,
        userAgent: String? = nil,
        region: String? = nil,
        at now: Date? = nil
    ) {
        self.claims = claims
        leavesAWSKeysUnknown = true
        entries.reserveCapacity(24)
        set(claims: claims, prefix: OIDCProvider.hostAndPath(of: providerURL ?? claims.issuer ?? ""))
        set(tagsOf: claims)
        let authorized = claims.authorizedRoles
        let isAuthorized = !authorized.isEmpty && authorized.contains(roleARN?.description ?? "")
        self["sts:RoleAuthorizedByIdp"] = .values([String(isAuthorized)])
        self["sts:RoleSessionName"] = sessionName.map { .values([$0]) } ?? .unknown
        self["aws:FederatedProvider"] = federatedPrincipal.map { .values([$0]) } ?? .unknown
        self["aws:ViaAWSService"] = .values(["false"])
        for (key, value) in [
            ("aws:SourceIp", sourceIP), ("aws:UserAgent", userAgent), ("aws:RequestedRegion", region),
            ("aws:ResourceAccount", roleARN?.account),
        ] {
            if let value { self[key] = .values([value]) }
        }
        guard let now else { return }
        let instant = Instant(clamping: now).date
        self["aws:CurrentTime"] = .values([instant.formatted(.iso8601)])
        self["aws:EpochTime"] = .values([String(Int(saturating: instant.timeIntervalSince1970))])
    }

    private mutating func set(claims: Claims, prefix: String) {
        func set(_ name: String, _ values: [String]) {
            if !values.isEmpty { self["\(prefix):\(name)"] = .values(values) }
        }
        set("aud", claims.effectiveAudiences)
        set("sub", claims.subject.map { [$0] } ?? [])
        set("amr", claims.payload["amr"]?.strings ?? [])
        set("email", claims.payload["email"]?.strings ?? [])
        if claims.authorizedParty != nil { set("oaud", claims.audiences) }
        // Entra, the most common issuer, has no additional keys.
        guard !prefix.hasPrefix("sts.windows.net/") else { return }
        for name in IssuerKind(url: prefix).issuerSpecificClaims { set(name, claims.texts(at: name)) }
    }

    private mutating func set(tagsOf claims: Claims) {
        if let source = claims.sourceIdentity { self["sts:SourceIdentity"] = .values([source]) }
        let tags = claims.sessionTags
        guard !tags.isEmpty else { return }
        for (name, value) in tags { self["aws:RequestTag/\(name)"] = .values([value]) }
        self["aws:TagKeys"] = .values(tags.keys.sorted())
        self["sts:TransitiveTagKeys"] = .values(claims.transitiveTagKeys)
    }
}

extension Claims {
    /// The actions that a trust policy must allow for the token in addition to sts:AssumeRoleWithWebIdentity.
    package var additionalActions: [String] {
        [
            ("https://aws.amazon.com/tags", "sts:TagSession"),
            ("https://aws.amazon.com/source_identity", "sts:SetSourceIdentity"),
        ]
        .filter { payload[$0.0] != nil }.map(\.1)
    }
}

extension Claims {
    /// The texts of a claim, or of a member of a claim: `google/organization_number`.
    fileprivate func texts(at path: String) -> [String] {
        if let value = payload[path] { return value.scalarTexts }
        let names = path.split(separator: "/", maxSplits: 1).map(String.init)
        return names.count == 2 ? payload[names[0]]?[names[1]]?.scalarTexts ?? [] : []
    }
}

extension JSONValue {
    /// A scalar, or the scalars of an array, as texts.
    fileprivate var scalarTexts: [String] {
        switch self {
        case .string(let text): [text]
        case .bool, .integer, .number: [compactText]
        case .array(let values): values.flatMap(\.scalarTexts)
        case .null, .object: []
        }
    }
}

/// The condition keys that AWS sets and a client cannot determine.
private enum AWSKeys {
    private static let names: Set<String> = [
        "aws:currenttime", "aws:epochtime", "aws:principalaccount", "aws:principaltype",
        "aws:requestedregion", "aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths",
        "aws:securetransport", "aws:sourceip", "aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce",
        "aws:useragent", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths", "aws:vpcsourceip",
    ]
    private static let prefixes = ["aws:resourcetag/", "iam:resourcetag/"]

    static func isUnknown(_ foldedKey: String) -> Bool {
        names.contains(foldedKey) || prefixes.contains { foldedKey.hasPrefix($0) }
    }
}
