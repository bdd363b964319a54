package import Federation

/// Whose rights calls to Microsoft Graph and Azure Resource Manager use: a configured identity and its tokens.
package struct AzureCaller: Sendable {
    /// Any identity with a token source; its permissions decide what it may do.
    package let identity: ManagedIdentity
    private let tokens: TokenCache

    package init(identity: ManagedIdentity, tokens: TokenCache) {
        self.identity = identity
        self.tokens = tokens
    }

    /// A token for a service.
    func token(for audience: String) async throws(TokenSourceError) -> AccessToken {
        try await tokens.token(for: TokenRequest(identity: identity, audience: audience)).token
    }
}
