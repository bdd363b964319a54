import Federation
import FoundationEssentials

/// Entra's OpenID Connect discovery documents and signing keys.
///
/// Source: OpenID Connect Discovery 1.0; Microsoft Entra's documents of both versions.
enum Discovery {
    /// Returns the response to a request for a discovery document or keys; `nil` for other requests.
    ///
    /// - Parameters:
    ///   - request: A request whose path begins with the tenant.
    ///   - authority: The URL of the authority, without a trailing slash.
    ///   - state: The state that contains the issuer's keys.
    /// - Returns: The response, or `nil`.
    /// - Throws: ``EntraError`` for an unknown tenant.
    static func respond(
        to request: WireRequest,
        authority: String,
        in state: inout AzureState
    ) throws -> WireResponse? {
        let parts = request.path.split(separator: "/").map(String.init)
        guard request.method == "GET", let tenant = parts.first else { return nil }
        let known = state.directory.tenantID
        let rest = parts.dropFirst().joined(separator: "/")
        guard let requested = DiscoveryDocument(rawValue: rest) else { return nil }
        guard tenant.lowercased() == known || (requested.isShared && tenant == "common") else {
            throw EntraError.tenantNotFound(tenant, error: "invalid_tenant")
        }
        switch requested {
        case .document1: return .json(200, document1(tenant: known, authority: authority))
        case .document2: return .json(200, document2(tenant: known, authority: authority))
        case .keys1: return try keys(of: Issuer.version1(known), in: &state, at: request.at)
        case .keys2: return try keys(of: Issuer.version2(known), in: &state, at: request.at)
        }
    }

    /// Returns the key set of this tenant's issuer; `nil` for another issuer.
    static func keySet(of issuer: String, in state: inout AzureState, at date: Date) throws -> Data? {
        let tenant = state.directory.tenantID
        guard issuer == Issuer.version1(tenant) || issuer == Issuer.version2(tenant) else { return nil }
        return try keys(of: issuer, in: &state, at: date).body
    }

    private static func keys(of issuer: String, in state: inout AzureState, at date: Date) throws
        -> WireResponse
    {
        .json(200, try state.tokens.keys.published(issuer: issuer, at: date))
    }

    private static func document1(tenant: String, authority: String) -> JSONValue {
        document(
            issuer: Issuer.version1(tenant),
            keys: "\(authority)/common/discovery/keys",
            base: "\(authority)/\(tenant)/oauth2"
        )
    }

    private static func document2(tenant: String, authority: String) -> JSONValue {
        document(
            issuer: Issuer.version2(tenant),
            keys: "\(authority)/\(tenant)/discovery/v2.0/keys",
            base: "\(authority)/\(tenant)/oauth2/v2.0"
        )
    }

    private static func document(issuer: String, keys: String, base: String) -> JSONValue {
        let lists: [String: [String]] = [
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "subject_types_supported": ["pairwise"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        ]
        var document = lists.mapValues { JSONValue.array($0.map(JSONValue.string)) }
        document["issuer"] = .string(issuer)
        document["jwks_uri"] = .string(keys)
        document["token_endpoint"] = .string("\(base)/token")
        document["authorization_endpoint"] = .string("\(base)/authorize")
        document["tenant_region_scope"] = .string("EU")
        document["cloud_instance_name"] = .string("microsoftonline.com")
        return .object(document)
    }

    /// The published documents, by their paths below the tenant.
    private enum DiscoveryDocument: String {
        case document1 = ".well-known/openid-configuration"
        case document2 = "v2.0/.well-known/openid-configuration"
        case keys1 = "discovery/keys"
        case keys2 = "discovery/v2.0/keys"

        /// Whether the document is also published below `common`.
        var isShared: Bool {
            self == .keys1 || self == .keys2
        }
    }
}
