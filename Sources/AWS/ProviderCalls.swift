package import Federation
package import Transport

/// An OIDC provider with its tags.
package struct ProviderRecord: Hashable, Sendable {
    package let provider: OIDCProvider
    package let tags: [String: String]
}

// OIDC providers; the parameter `arn` is the ARN of the provider.
extension IAMClient {
    /// Creates a provider for an issuer URL and returns its ARN.
    ///
    /// If no thumbprints are given, IAM retrieves a thumbprint itself.
    ///
    /// - Throws: ``CloudError``; ``CloudError/isExistingEntity`` is `true` if the account already has a provider for
    ///   the URL.
    package func createProvider(
        url: String,
        clientIDs: [String],
        thumbprints: [String] = [],
        tags: [String: String] = [:]
    ) async throws(CloudError) -> String {
        var call = IAMCall("CreateOpenIDConnectProvider", ["Url": url]).with("ClientIDList", clientIDs)
        if !thumbprints.isEmpty { call = call.with("ThumbprintList", thumbprints) }
        return try await result(call.with(tags: tags)) { result throws(ReplyXMLError) in
            try result.only("OpenIDConnectProviderArn").text
        }
    }

    /// Returns a provider.
    ///
    /// - Throws: ``CloudError``; ``CloudError/isMissingEntity`` is `true` if the provider does not exist.
    package func provider(_ arn: String) async throws(CloudError) -> ProviderRecord {
        let call = IAMCall("GetOpenIDConnectProvider", ["OpenIDConnectProviderArn": arn])
        return try await result(call) { result throws(ReplyXMLError) in
            ProviderRecord(
                provider: OIDCProvider(
                    arn: arn,
                    url: try result.only("Url").text,
                    clientIDs: result.list("ClientIDList").map(\.text),
                    thumbprints: result.list("ThumbprintList").map(\.text),
                    created: result.text("CreateDate").flatMap(Instant.init(iso8601:))?.date
                ),
                tags: result.tags()
            )
        }
    }

    /// Returns the ARNs of the account's providers, which IAM lists in a single response.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func providers() async throws(CloudError) -> [String] {
        try await result(IAMCall("ListOpenIDConnectProviders")) { result throws(ReplyXMLError) in
            result.list("OpenIDConnectProviderList").compactMap { $0.text("Arn") }
        }
    }

    /// Adds an audience to a provider; has no effect if the provider already has the audience.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func addClientID(_ clientID: String, to arn: String) async throws(CloudError) {
        try await perform(
            IAMCall(
                "AddClientIDToOpenIDConnectProvider",
                ["OpenIDConnectProviderArn": arn, "ClientID": clientID]
            )
        )
    }

    /// Removes an audience from a provider; has no effect if the provider lacks the audience.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func removeClientID(_ clientID: String, from arn: String) async throws(CloudError) {
        try await perform(
            IAMCall(
                "RemoveClientIDFromOpenIDConnectProvider",
                ["OpenIDConnectProviderArn": arn, "ClientID": clientID]
            )
        )
    }

    /// Replaces a provider's thumbprints: at most five, of forty hexadecimal digits each.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func updateThumbprints(_ thumbprints: [String], of arn: String) async throws(CloudError) {
        let call = IAMCall("UpdateOpenIDConnectProviderThumbprint", ["OpenIDConnectProviderArn": arn])
        try await perform(call.with("ThumbprintList", thumbprints))
    }

    /// Adds or changes tags of a provider.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func tagProvider(_ arn: String, _ tags: [String: String]) async throws(CloudError) {
        try await perform(
            IAMCall("TagOpenIDConnectProvider", ["OpenIDConnectProviderArn": arn]).with(tags: tags)
        )
    }

    /// Removes tags from a provider.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func untagProvider(_ arn: String, _ keys: [String]) async throws(CloudError) {
        try await perform(
            IAMCall("UntagOpenIDConnectProvider", ["OpenIDConnectProviderArn": arn]).with("TagKeys", keys)
        )
    }

    /// Returns the tags of a provider.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func providerTags(_ arn: String) async throws(CloudError) -> [String: String] {
        let call = IAMCall("ListOpenIDConnectProviderTags", ["OpenIDConnectProviderArn": arn])
        return try await self.tags(call)
    }

    /// Deletes a provider, even if roles still trust it.
    ///
    /// For a missing provider, IAM can return success (see the IAM API reference) or an error. The property
    /// ``CloudError/isMissingEntity`` of the error is `true`.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func deleteProvider(_ arn: String) async throws(CloudError) {
        try await perform(IAMCall("DeleteOpenIDConnectProvider", ["OpenIDConnectProviderArn": arn]))
    }
}
