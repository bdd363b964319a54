package import Federation
package import Foundation

/// The condition keys of a request; names are compared without regard to case.
package struct RequestContext: Hashable, Sendable {
    /// A key's values, or that this side cannot know them.
    package enum Entry: Hashable, Sendable {
        case values([String])
        case unknown

        /// The values, as far as they are known.
        var values: [String] {
            if case .values(let values) = self { values } else { [] }
        }
    }

    private var entries: [String: Entry] = [:]
    /// Whether keys that only AWS can see are unknown rather than absent.
    private var leavesAWSKeysUnknown = false
    /// The token that it was made of, for near misses.
    package private(set) var claims: Claims?

    package init() {}

    /// The entry of a key; `nil` for a key that the request does not carry.
    package subscript(key: String) -> Entry? {
        get { entry(foldedKey: key.lowercased()) }
        set { entries[key.lowercased()] = newValue }
    }

    /// The entry of a key that is already lower case.
    func entry(foldedKey key: String) -> Entry? {
        if let entry = entries[key] { return entry }
        return leavesAWSKeysUnknown && AWSKeys.isUnknowable(key) ? .unknown : nil
    }

    /// The keys that have an entry, in lower case.
    var foldedKeys: some Collection<String> { entries.keys }
}

extension RequestContext {
    /// What a request with a token carries.
    ///
    /// Keys that the token or the arguments do not settle and only AWS can see (`aws:SourceIp`, the role's
    /// tags, …) are unknown. Source: IAM user guide, condition keys for web identity federation.
    ///
    /// - Parameters:
    ///   - claims: the token's claims.
    ///   - providerURL: the registered provider's URL, with or without `https://`; the token's issuer when
    ///     absent.
    ///   - federatedPrincipal: the provider's ARN.
    ///   - roleARN: the role that is asked for.
    ///   - sessionName: the session's name.
    ///   - sourceIP: the address that AWS sees.
    ///   - userAgent: the request's `User-Agent`.
    ///   - region: the region whose STS is asked.
    ///   - now: the time of the request.
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
        self["aws:SecureTransport"] = .values(["true"])
        self["aws:ViaAWSService"] = .values(["false"])
        for (key, value) in [
            ("aws:SourceIp", sourceIP), ("aws:UserAgent", userAgent), ("aws:RequestedRegion", region),
            ("aws:ResourceAccount", roleARN?.account),
        ] {
            if let value { self[key] = .values([value]) }
        }
        guard let now else { return }
        self["aws:CurrentTime"] = .values([now.formatted(.iso8601)])
        self["aws:EpochTime"] = .values([String(Int(now.timeIntervalSince1970))])
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

/// The condition keys that AWS fills in and a client cannot see.
private enum AWSKeys {
    private static let names: Set<String> = [
        "aws:currenttime", "aws:epochtime", "aws:principalaccount", "aws:principaltype",
        "aws:requestedregion", "aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths",
        "aws:sourceip", "aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce",
        "aws:useragent", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths", "aws:vpcsourceip",
    ]
    private static let prefixes = ["aws:resourcetag/", "iam:resourcetag/"]

    static func isUnknowable(_ foldedKey: String) -> Bool {
        names.contains(foldedKey) || prefixes.contains { foldedKey.hasPrefix($0) }
    }
}
