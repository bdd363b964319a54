import Federation
import FoundationEssentials
import Transport

/// A client for Entra's token endpoint in one tenant.
///
/// Source: Microsoft identity platform, "OAuth 2.0 client credentials flow".
struct EntraClient: Sendable {
    static let publicAuthority = MicrosoftCloud.public.authority

    /// The credential with which the client authenticates.
    enum ClientCredential: Sendable {
        case secret(Secret)
        /// A signed JWT.
        case assertion(Secret)
    }

    /// The exact URL of the token endpoint, which is also the audience of client assertions.
    let address: URL
    let clientID: String
    private let endpoint: TokenEndpoint

    /// Entra's clock minus the local clock; zero without a notable offset (see ``ClockOffset/isNotable``).
    var clockOffset: Duration {
        endpoint.transport.clockOffset(of: address).flatMap { $0.isNotable ? $0.offset : nil }
            ?? .zero
    }

    /// Creates a client for the identity of the context.
    ///
    /// With `readsVariables`, environment variables of the Azure SDKs supply IDs that the configuration lacks.
    init(_ context: SourceContext, kind: TokenSourceKind, readsVariables: Bool = false)
        throws(TokenSourceError)
    {
        let variable = { (name: String) in readsVariables ? context.environment.value(name) : nil }
        guard let tenantID = context.identity.tenantID ?? variable("AZURE_TENANT_ID") else {
            throw .unavailable(
                source: kind,
                missing: readsVariables ? "tenant_id or AZURE_TENANT_ID" : "tenant_id"
            )
        }
        guard let clientID = context.identity.clientID ?? variable("AZURE_CLIENT_ID") else {
            throw .unavailable(
                source: kind,
                missing: readsVariables ? "client_id or AZURE_CLIENT_ID" : "client_id"
            )
        }
        address = context.authority.appending(path: "\(tenantID)/oauth2/v2.0/token")
        self.clientID = clientID
        var endpoint = context.endpoint(kind, .entra)
        endpoint.allowsProxy = true
        self.endpoint = endpoint
    }

    /// Requests a token for the application with the identifier URI `audience`.
    func token(for audience: String, clientCredential: ClientCredential) async throws(TokenSourceError)
        -> AccessToken
    {
        var form = [
            (name: "grant_type", value: "client_credentials"), ("client_id", clientID),
            ("scope", audience + "/.default"),
        ]
        switch clientCredential {
        case .secret(let secret):
            form.append(("client_secret", secret.reveal()))
        case .assertion(let assertion):
            form.append(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"))
            form.append(("client_assertion", assertion.reveal()))
        }
        let body = Secret(FormEncoding.encode(form))
        return try await endpoint.token(HTTPRequest(.post, address, headers: [.form], body: body))
    }
}

extension RetryPolicy {
    /// The retry policy for Entra's token endpoint: one retry after 429 or 5xx, and one after a failed connection.
    ///
    /// Source: MSAL's retry of 5xx; Microsoft identity platform, error handling, for 429 with `Retry-After`.
    fileprivate static let entra: RetryPolicy = {
        var policy = RetryPolicy(pauses: [.seconds(1)])
        policy.statuses = Set(500...599).union([429])
        policy.reconnectPauses = [.seconds(1)]
        return policy
    }()
}

extension HTTPRequest.HeaderField {
    /// The content type of a URL-encoded form.
    static let form = HTTPRequest.HeaderField("Content-Type", "application/x-www-form-urlencoded")
}
