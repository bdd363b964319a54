import Federation
import FoundationEssentials

extension IAMOperation {
    /// Operations on OIDC providers.
    static let providerOperations = [
        createProvider, getProvider, listProviders, addClientID, removeClientID, updateThumbprint,
        deleteProvider,
    ]

    private static let createProvider = IAMOperation(
        "CreateOpenIDConnectProvider",
        on: IAMResource.newProvider
    ) {
        (call: inout IAMRequest) throws(AWSFault) in
        let input = try NewProvider(call.call)
        let arn = IAMProvider.arn(account: call.account.id, issuer: input.url)
        guard call.account.providers.latest(arn) == nil else {
            throw .alreadyExists("Provider with url \(input.url) already exists.")
        }
        guard call.account.providers.count < IAMProvider.quota else {
            throw .limitExceeded(
                "Cannot exceed quota for OpenIdConnectProvidersPerAccount: \(IAMProvider.quota)"
            )
        }
        let provider = IAMProvider(
            url: OIDCProvider.hostAndPath(of: input.url),
            arn: arn,
            created: call.now,
            clientIDs: input.clientIDs,
            thumbprints: input.thumbprints.isEmpty ? [IAMProvider.fetchedThumbprint] : input.thumbprints,
            tags: input.tags
        )
        call.write(provider, arn: arn)
        return [XMLElement("OpenIDConnectProviderArn", arn)]
            + (input.tags.isEmpty ? [] : [input.tags.element])
    }

    private static let getProvider = showingProvider("GetOpenIDConnectProvider", reading: nothing) {
        (provider, _) throws(AWSFault) in
        [
            XMLElement("ClientIDList", members: provider.clientIDs),
            XMLElement("CreateDate", provider.created.formatted(.iso8601)),
            provider.tags.element,
            XMLElement("ThumbprintList", members: provider.thumbprints),
            XMLElement("Url", provider.url),
        ]
    }

    private static let listProviders = IAMOperation("ListOpenIDConnectProviders", on: IAMResource.providers) {
        (call: inout IAMRequest) throws(AWSFault) in
        let providers = call.account.providers.values(for: .iam, at: call.now)
        return [
            XMLElement("OpenIDConnectProviderList", members: providers) { [XMLElement("Arn", $0.arn)] }
        ]
    }

    private static let addClientID = changingProvider("AddClientIDToOpenIDConnectProvider", reading: clientID)
    {
        (provider, clientID) throws(AWSFault) in
        if !provider.clientIDs.contains(clientID) { provider.clientIDs.append(clientID) }
        try IAMProvider.check(clientIDs: provider.clientIDs)
    }

    private static let removeClientID = changingProvider(
        "RemoveClientIDFromOpenIDConnectProvider",
        reading: clientID
    ) { (provider, clientID) throws(AWSFault) in
        provider.clientIDs.removeAll { $0 == clientID }
    }

    private static let updateThumbprint = changingProvider(
        "UpdateOpenIDConnectProviderThumbprint",
        reading: { (call, constraints) in constraints.thumbprints(call) },
        change: { (provider, thumbprints) throws(AWSFault) in
            try IAMProvider.check(thumbprints: thumbprints)
            provider.thumbprints = thumbprints
        }
    )

    private static let deleteProvider = IAMOperation("DeleteOpenIDConnectProvider", on: IAMResource.provider)
    {
        (call: inout IAMRequest) throws(AWSFault) in
        var constraints = Constraints.iam
        let arn = constraints.arn(call.call, "OpenIDConnectProviderArn", "openIDConnectProviderArn")
        try constraints.check()
        guard call.account.providers.latest(arn) != nil else { throw .providerNotFound(arn) }
        call.write(nil, arn: arn)
        return nil
    }

    private static let clientID: Reading<String> = { (call, constraints) in
        constraints.required(call["ClientID"], "clientID", TextRule(1...255))
    }
}

/// The parameters of CreateOpenIDConnectProvider.
private struct NewProvider {
    let url: String
    let clientIDs: [String]
    let thumbprints: [String]
    let tags: [IAMTag]

    init(_ call: QueryCall) throws(AWSFault) {
        var constraints = Constraints.iam
        clientIDs = call.list("ClientIDList") ?? []
        constraints.elements(clientIDs, "clientIDList", TextRule(1...255))
        let tags = constraints.tags(call)
        thumbprints = constraints.thumbprints(call)
        url = constraints.required(call["Url"], "url", TextRule(1...255))
        try constraints.check()
        guard Self.isProviderURL(url) else { throw .validation("Invalid Open ID Connect Provider URL") }
        try IAMProvider.check(thumbprints: thumbprints)
        try IAMProvider.check(clientIDs: clientIDs)
        self.tags = try IAMTag.merge(tags, into: [])
    }

    /// Whether the text is an https URL without user, port, query, or fragment.
    private static func isProviderURL(_ text: String) -> Bool {
        guard text.hasPrefix("https://"), let parts = URLComponents(string: text) else { return false }
        let hasHost = parts.host?.isEmpty == false
        return hasHost && parts.port == nil && parts.query == nil && parts.fragment == nil
            && parts.user == nil
    }
}

extension IAMProvider {
    /// The maximum number of providers in an account.
    static let quota = 100

    /// The thumbprint of a new provider that was created without thumbprints.
    ///
    /// IAM retrieves this thumbprint from the issuer. The lab uses the root certificate of Microsoft's issuers, which
    /// AWS trusts even without a thumbprint.
    ///
    /// Source: Microsoft Sentinel's instructions for AWS.
    static let fetchedThumbprint = "626d44e704d1ceabe3bf0d53397464ac8080142c"

    /// Checks the number of client IDs.
    static func check(clientIDs: [String]) throws(AWSFault) {
        guard clientIDs.count <= 100 else {
            throw .limitExceeded("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100")
        }
    }

    /// Checks the number of thumbprints; IAM accepts five, although its error message says fewer than five.
    static func check(thumbprints: [String]) throws(AWSFault) {
        guard thumbprints.count <= 5 else {
            throw .invalidInput("Thumbprint list must contain fewer than 5 entries.")
        }
    }
}

extension Constraints {
    fileprivate mutating func thumbprints(_ call: QueryCall) -> [String] {
        let thumbprints = call.list("ThumbprintList") ?? []
        elements(thumbprints, "thumbprintList", TextRule(40...40))
        return thumbprints
    }
}

extension AWSFault {
    /// The error of most operations for a missing provider.
    static func noSuchProvider(_ arn: String) -> AWSFault {
        noSuchEntity("OpenIDConnect Provider not found for arn \(arn)")
    }

    /// The error of deletion and of tag operations for a missing provider.
    static func providerNotFound(_ arn: String) -> AWSFault {
        noSuchEntity("OpenId connect Provider \(arn) cannot be found.")
    }
}
