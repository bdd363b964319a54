package import Federation

/// An OIDC provider as IAM describes it.
package struct ProviderRecord: Hashable, Sendable {
    package let provider: OIDCProvider
    package let tags: [String: String]
}

// OIDC providers. `arn` is always the provider's.
extension IAMClient {
    /// Makes a provider for an issuer's whole URL, and gives its ARN.
    ///
    /// Without thumbprints IAM looks for one itself.
    ///
    /// - Throws: ``AWSError``; ``AWSError/isExistingEntity`` when the account has one for that URL.
    package func createProvider(
        url: String,
        clientIDs: [String],
        thumbprints: [String] = [],
        tags: [String: String] = [:]
    ) async throws(AWSError) -> String {
        var call = IAMCall("CreateOpenIDConnectProvider", ["Url": url]).with("ClientIDList", clientIDs)
        if !thumbprints.isEmpty { call = call.with("ThumbprintList", thumbprints) }
        return try await ask(Wrapped<CreatedProvider>.self, call.with(tags: tags)).result.arn
    }

    /// Describes a provider.
    ///
    /// - Throws: ``AWSError``; ``AWSError/isMissingEntity`` when there is none.
    package func provider(_ arn: String) async throws(AWSError) -> ProviderRecord {
        let call = IAMCall("GetOpenIDConnectProvider", ["OpenIDConnectProviderArn": arn])
        return try await ask(Wrapped<DescribedProvider>.self, call).result.record(arn)
    }

    /// The ARNs of all providers of the account; IAM gives them in one answer.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func providers() async throws(AWSError) -> [String] {
        let reply = try await ask(Wrapped<ListedProviders>.self, IAMCall("ListOpenIDConnectProviders"))
        return (reply.result.list?.member ?? []).map(\.arn)
    }

    /// Lets a provider take one more audience; one that it takes already changes nothing.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func addClientID(_ clientID: String, to arn: String) async throws(AWSError) {
        try await tell(
            IAMCall(
                "AddClientIDToOpenIDConnectProvider",
                ["OpenIDConnectProviderArn": arn, "ClientID": clientID]
            )
        )
    }

    /// Takes an audience from a provider; one that it does not take changes nothing.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func removeClientID(_ clientID: String, from arn: String) async throws(AWSError) {
        try await tell(
            IAMCall(
                "RemoveClientIDFromOpenIDConnectProvider",
                ["OpenIDConnectProviderArn": arn, "ClientID": clientID]
            )
        )
    }

    /// Replaces all of a provider's thumbprints: at most five, forty hexadecimal digits each.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func updateThumbprints(_ thumbprints: [String], of arn: String) async throws(AWSError) {
        let call = IAMCall("UpdateOpenIDConnectProviderThumbprint", ["OpenIDConnectProviderArn": arn])
        try await tell(call.with("ThumbprintList", thumbprints))
    }

    /// Adds tags to a provider, or changes those it has.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func tagProvider(_ arn: String, _ tags: [String: String]) async throws(AWSError) {
        try await tell(
            IAMCall("TagOpenIDConnectProvider", ["OpenIDConnectProviderArn": arn]).with(tags: tags)
        )
    }

    /// Takes tags from a provider.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func untagProvider(_ arn: String, _ keys: [String]) async throws(AWSError) {
        try await tell(
            IAMCall("UntagOpenIDConnectProvider", ["OpenIDConnectProviderArn": arn]).with("TagKeys", keys)
        )
    }

    /// All tags of a provider.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func providerTags(_ arn: String) async throws(AWSError) -> [String: String] {
        let call = IAMCall("ListOpenIDConnectProviderTags", ["OpenIDConnectProviderArn": arn])
        return try await askAll(Wrapped<ListedTags>.self, call).dictionary
    }

    /// Removes a provider, whatever roles still name it.
    ///
    /// - Throws: ``AWSError``; ``AWSError/isMissingEntity`` when there is none.
    package func deleteProvider(_ arn: String) async throws(AWSError) {
        try await tell(IAMCall("DeleteOpenIDConnectProvider", ["OpenIDConnectProviderArn": arn]))
    }
}

private struct CreatedProvider: Decodable {
    let arn: String

    enum CodingKeys: String, CodingKey {
        case arn = "OpenIDConnectProviderArn"
    }
}

private struct DescribedProvider: Decodable {
    let url: String
    let clientIDs: MemberList<String>?
    let thumbprints: MemberList<String>?
    let created: String?
    let tags: MemberList<TagElement>?

    enum CodingKeys: String, CodingKey {
        case url = "Url"
        case clientIDs = "ClientIDList"
        case thumbprints = "ThumbprintList"
        case created = "CreateDate"
        case tags = "Tags"
    }

    func record(_ arn: String) -> ProviderRecord {
        ProviderRecord(
            provider: OIDCProvider(
                arn: arn,
                url: url,
                clientIDs: clientIDs?.member ?? [],
                thumbprints: thumbprints?.member ?? [],
                created: created.flatMap(Instant.init(iso8601:))?.date
            ),
            tags: tags?.dictionary ?? [:]
        )
    }
}

private struct ListedProviders: Decodable {
    struct Entry: Decodable {
        let arn: String

        enum CodingKeys: String, CodingKey {
            case arn = "Arn"
        }
    }

    let list: MemberList<Entry>?

    enum CodingKeys: String, CodingKey {
        case list = "OpenIDConnectProviderList"
    }
}

/// Tags as every operation that lists them gives them.
struct ListedTags: PagedReply {
    private let tags: MemberList<TagElement>?
    private let isTruncated: Bool?
    private let marker: String?

    enum CodingKeys: String, CodingKey {
        case tags = "Tags"
        case isTruncated = "IsTruncated"
        case marker = "Marker"
    }

    var page: Page<TagElement> {
        Page(elements: tags?.member ?? [], isTruncated: isTruncated ?? false, marker: marker)
    }
}
