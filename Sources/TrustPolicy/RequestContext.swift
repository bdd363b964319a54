package import Federation
package import FoundationEssentials

/// A request for evaluating a trust policy.
package struct TrustRequest: Hashable, Sendable {
    /// Usually `sts:AssumeRoleWithWebIdentity`; for the session of another role, `sts:AssumeRole`.
    package var action: String
    package var principal: RequestPrincipal
    package var context: RequestContext

    package init(
        action: String = "sts:AssumeRoleWithWebIdentity",
        federatedPrincipal: String,
        context: RequestContext
    ) {
        self.init(action: action, principal: .federated(federatedPrincipal), context: context)
    }

    package init(action: String, principal: RequestPrincipal, context: RequestContext) {
        self.action = action
        self.principal = principal
        self.context = context
    }
}

/// The condition keys of a request, with their values; keys are case-insensitive.
package struct RequestContext: Hashable, Sendable {
    /// The values of a key, or `unknown` if only AWS knows the values.
    package enum Entry: Hashable, Sendable {
        case values([String])
        case unknown

        /// The values; empty for `unknown`.
        var values: [String] {
            if case .values(let values) = self { values } else { [] }
        }
    }

    /// The entries, by key in lowercase.
    private var entries: [String: Entry] = [:]
    /// The keys that are unknown rather than absent if ``entries`` does not contain them.
    private var unknownKeys = UnknownKeys.none
    /// Whether all tags of the requested role are known, so that a tag without an entry is absent.
    private var hasRoleTags = false
    /// The URL of the token's provider, without `https://`, in its original letter case; `nil` without a token.
    private(set) var provider: String?
    /// The callers that the context represents.
    private var callers = Callers.one
    /// The token's claims; `nil` without a token.
    package private(set) var claims: Claims?

    package init() {}

    /// The entry of a key; `nil` if the request does not contain the key.
    package subscript(key: String) -> Entry? {
        get { entry(foldedKey: key.lowercased()) }
        set { entries[key.lowercased()] = newValue }
    }

    /// Returns the entry of a key that is already lowercase.
    func entry(foldedKey key: String) -> Entry? {
        switch callers {
        case .one: break
        case .choosing: if UnknownKeys.isChosen(key) { return .unknown }
        case .withSubjectAndAudience: if isIndependentOfSubjectAndAudience(key) { return .unknown }
        }
        if let entry = entries[key] { return entry }
        if hasRoleTags, UnknownKeys.isRoleTag(key) { return nil }
        return unknownKeys.contains(key) ? .unknown : nil
    }

    /// The context with unknown values for the keys that a caller chooses (for example, the session name).
    package var withAnyChosenValues: RequestContext {
        var context = self
        context.callers = .choosing
        return context
    }

    /// The request's keys for claims of the token, sorted by claim.
    ///
    /// The URL keeps its letter case (`oidc.eks.eu-west-1.amazonaws.com/id/0123ABCD…`), which IAM ignores in keys but
    /// not in ARNs. The claims are in lowercase.
    var providerKeys: [OIDCKey] {
        let folded = provider?.lowercased()
        return entries.keys.compactMap(OIDCKey.init).map { key in
            key.provider == folded ? OIDCKey(provider: provider ?? "", name: key.name) : key
        }
        .sorted { $0.name < $1.name }
    }

    /// Sets the tags of the requested role (`aws:ResourceTag/…` and `iam:ResourceTag/…`).
    ///
    /// Source: AWS service authorization reference, actions of STS (the role is the resource of these actions).
    package mutating func setRoleTags(_ tags: [String: String]) {
        hasRoleTags = true
        for (name, value) in tags {
            for prefix in UnknownKeys.roleTagPrefixes { set(prefix + name.lowercased(), value) }
        }
    }

    /// The context of all calls with tokens that have this token's issuer, subject, and audience.
    ///
    /// All other keys of the issuer and all keys of AWS are unknown.
    package var ofAnyCallerWithSubjectAndAudience: RequestContext {
        var context = self
        context.callers = .withSubjectAndAudience
        return context
    }

    private func isIndependentOfSubjectAndAudience(_ foldedKey: String) -> Bool {
        if UnknownKeys.isOfAWS(foldedKey) { return true }
        guard let key = OIDCKey(foldedKey) else { return foldedKey.contains(":") }
        let provider = claims?.issuer.map { OIDCProvider.hostAndPath(of: $0).lowercased() }
        return key.provider == provider && key.isSupported && !["aud", "sub"].contains(key.name)
    }

    /// Sets the values of a key that is already lowercase; an empty array has no effect.
    private mutating func set(_ foldedKey: String, _ values: [String]) {
        if !values.isEmpty { entries[foldedKey] = .values(values) }
    }

    /// Sets the value of a key that is already lowercase; `nil` has no effect.
    private mutating func set(_ foldedKey: String, _ value: String?) {
        if let value { entries[foldedKey] = .values([value]) }
    }
}

extension RequestContext {
    /// Creates the context of a request with a token.
    ///
    /// Keys that only AWS can determine, such as `aws:SourceIp`, are unknown unless an argument sets the value.
    ///
    /// Source: IAM user guide, condition keys for web identity federation.
    ///
    /// - Parameters:
    ///   - claims: The token's claims.
    ///   - providerURL: The URL of the OIDC provider in IAM, with or without `https://`; by default the token's issuer.
    ///   - federatedPrincipal: The provider's ARN.
    ///   - roleARN: The requested role.
    ///   - sessionName: The session's name.
    ///   - sourceIP: The source address of the request from AWS's point of view.
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
        unknownKeys = .ofToken
        entries.reserveCapacity(12)
        let provider = OIDCProvider.hostAndPath(of: providerURL ?? claims.issuer ?? "")
        self.provider = provider
        set(claims: claims, provider: provider)
        set(tagsOf: claims)
        let authorized = claims.authorizedRoles
        let isAuthorized = !authorized.isEmpty && authorized.contains(roleARN?.description ?? "")
        set("sts:roleauthorizedbyidp", String(isAuthorized))
        entries["sts:rolesessionname"] = sessionName.map { .values([$0]) } ?? .unknown
        entries["aws:federatedprovider"] = federatedPrincipal.map { .values([$0]) } ?? .unknown
        set("aws:sourceip", sourceIP)
        set("aws:useragent", userAgent)
        set(region: region, account: roleARN?.account, at: now)
    }

    /// Creates the context of an AssumeRole call by a session of another role.
    ///
    /// Keys that only AWS can determine are unknown.
    ///
    /// Source: IAM user guide, AWS global condition context keys and keys of STS.
    ///
    /// - Parameters:
    ///   - principal: The calling session.
    ///   - roleARN: The requested role.
    ///   - sessionName: The name of the new session.
    ///   - session: The other parameters of the call.
    ///   - inheritedIdentity: The calling session's source identity.
    ///   - region: The region of the STS endpoint.
    ///   - now: The time of the request, limited to the years 1 to 9999.
    package init(
        principal: RoleSessionPrincipal,
        roleARN: RoleARN,
        sessionName: String,
        session: ChainedSession,
        inheritedIdentity: String? = nil,
        region: String? = nil,
        at now: Date? = nil
    ) {
        unknownKeys = .ofSession
        set("aws:principalarn", principal.roleARN.description)
        set("aws:principalaccount", principal.roleARN.account)
        set("aws:principaltype", "AssumedRole")
        set("aws:principalisawsservice", "false")
        set("sts:rolesessionname", sessionName)
        set("sts:externalid", session.externalID)
        set("aws:sourceidentity", inheritedIdentity)
        set("sts:sourceidentity", session.sourceIdentity ?? inheritedIdentity)
        set(tags: session.tags, transitiveKeys: session.transitiveTags)
        set(region: region, account: roleARN.account, at: now)
    }

    private mutating func set(region: String?, account: String?, at now: Date?) {
        set("aws:viaawsservice", "false")
        // Every call to STS uses TLS. Sources: IAM user guide, "AWS global condition context keys",
        // aws:SecureTransport; AWS General Reference, STS endpoints (HTTPS is the only protocol).
        set("aws:securetransport", "true")
        set("aws:requestedregion", region)
        set("aws:resourceaccount", account)
        guard let now else { return }
        let instant = Instant(clamping: now).date
        set("aws:currenttime", instant.formatted(.iso8601))
        set("aws:epochtime", String(Int(saturating: instant.timeIntervalSince1970)))
    }

    private mutating func set(claims: Claims, provider: String) {
        let prefix = provider.lowercased() + ":"
        set(prefix + "aud", claims.effectiveAudiences)
        set(prefix + "sub", claims.subject)
        set(prefix + "amr", claims.payload["amr"]?.strings ?? [])
        set(prefix + "email", claims.payload["email"]?.strings ?? [])
        if claims.authorizedParty != nil { set(prefix + "oaud", claims.audiences) }
        // Entra, the most common issuer, has no additional keys.
        guard !prefix.hasPrefix("sts.windows.net/") else { return }
        for name in IssuerKind(url: provider).issuerSpecificClaims {
            set(prefix + name.lowercased(), claims.texts(at: name))
        }
    }

    private mutating func set(tagsOf claims: Claims) {
        set("sts:sourceidentity", claims.sourceIdentity)
        let tags = claims.sessionTags
        if !tags.isEmpty { set(tags: tags, transitiveKeys: claims.transitiveTagKeys) }
    }

    private mutating func set(tags: [String: String], transitiveKeys: [String]) {
        for (name, value) in tags { set("aws:requesttag/" + name.lowercased(), value) }
        set("aws:tagkeys", tags.keys.sorted())
        set("sts:transitivetagkeys", transitiveKeys)
    }
}

extension Claims {
    /// The actions that the token needs in a trust policy, besides sts:AssumeRoleWithWebIdentity.
    package var additionalActions: [String] {
        [
            (sessionTagClaim, "sts:TagSession"),
            (payload["https://aws.amazon.com/source_identity"], "sts:SetSourceIdentity"),
        ]
        .filter { $0.0 != nil }.map(\.1)
    }
}

extension Claims {
    /// Returns the values of a claim, or of a member of a claim (`google/organization_number`), as texts.
    func texts(at path: String) -> [String] {
        if let value = payload[path] { return value.scalarTexts }
        let names = path.split(separator: "/", maxSplits: 1).map(String.init)
        return names.count == 2 ? payload[names[0]]?[names[1]]?.scalarTexts ?? [] : []
    }
}

extension JSONValue {
    fileprivate var scalarTexts: [String] {
        switch self {
        case .string(let text): [text]
        case .bool, .integer, .number: [compactText]
        case .array(let values): values.flatMap(\.scalarTexts)
        case .null, .object: []
        }
    }
}

extension ChainedSession {
    /// Returns the actions that the call needs in a trust policy, besides sts:AssumeRole.
    ///
    /// The new session inherits the calling session's source identity, so the call needs sts:SetSourceIdentity.
    package func furtherActions(inheritedIdentity: String?) -> [String] {
        (tags.isEmpty ? [] : ["sts:TagSession"])
            + (sourceIdentity ?? inheritedIdentity == nil ? [] : ["sts:SetSourceIdentity"])
    }
}

/// The callers that a context represents.
private enum Callers: Hashable, Sendable {
    case one
    /// One caller, with unknown values for the keys that the caller chooses.
    case choosing
    /// All callers with the token's issuer, subject, and audience.
    case withSubjectAndAudience
}

/// The condition keys whose values only AWS knows.
///
/// A key is absent if neither this list nor the request contains the key.
///
/// A request with a token is not signed. The request lacks the keys of signed requests (for example,
/// `aws:PrincipalArn` and `aws:userid`). AWS sets `aws:PrincipalAccount` and `aws:PrincipalType` even for an unsigned
/// request.
///
/// Source: IAM user guide, AWS global condition context keys, the availability of each key.
private enum UnknownKeys: Hashable, Sendable {
    case none
    /// The unknown keys of a request with a token.
    case ofToken
    /// The unknown keys of a request that a role's session signed.
    ///
    /// A session that was created with a token also has keys of the token's provider.
    ///
    /// Source: IAM user guide, condition keys for web identity federation.
    case ofSession

    private static let names: Set<String> = [
        "aws:currenttime", "aws:epochtime", "aws:principalaccount", "aws:principaltype",
        "aws:requestedregion", "aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths",
        "aws:sourceip", "aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce",
        "aws:useragent", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths", "aws:vpcsourceip",
    ]
    static let roleTagPrefixes = ["aws:resourcetag/", "iam:resourcetag/"]
    private static let sessionNames: Set<String> = [
        "aws:federatedprovider", "aws:multifactorauthage", "aws:multifactorauthpresent", "aws:principalorgid",
        "aws:principalorgpaths", "aws:tokenissuetime", "aws:userid",
    ]
    private static let sessionPrefix = "aws:principaltag/"
    private static let chosenNames: Set<String> = [
        "sts:rolesessionname", "sts:sourceidentity", "sts:durationseconds", "sts:transitivetagkeys",
        "aws:tagkeys",
    ]

    private static let prefixesOfAWS = ["aws:", "sts:", "iam:", "saml:"]

    /// Returns whether the key is a key of AWS rather than a claim of a token.
    static func isOfAWS(_ foldedKey: String) -> Bool { prefixesOfAWS.contains(where: foldedKey.hasPrefix) }

    /// Returns whether the caller or the token's issuer chooses the key's values.
    static func isChosen(_ foldedKey: String) -> Bool {
        chosenNames.contains(foldedKey) || foldedKey.hasPrefix("aws:requesttag/")
    }

    /// Returns whether the key is a tag of the requested role.
    static func isRoleTag(_ foldedKey: String) -> Bool {
        roleTagPrefixes.contains { foldedKey.hasPrefix($0) }
    }

    func contains(_ foldedKey: String) -> Bool {
        guard self != .none else { return false }
        if Self.names.contains(foldedKey) || Self.isRoleTag(foldedKey) { return true }
        return self == .ofSession
            && (Self.sessionNames.contains(foldedKey) || foldedKey.hasPrefix(Self.sessionPrefix)
                || OIDCKey(foldedKey).map { IssuerKind.commonClaims.contains($0.name) } ?? false)
    }
}
