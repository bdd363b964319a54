import Federation
import Foundation
import Transport

/// Entra's token endpoint of one tenant, asked by an application or identity that proves who it is.
///
/// Source: Microsoft identity platform, "OAuth 2.0 client credentials flow".
struct EntraClient: Sendable {
    /// How a client proves who it is.
    enum Proof: Sendable {
        case secret(Secret)
        /// A signed JWT.
        case assertion(Secret)
    }

    /// The exact address of the token endpoint, which is an assertion's audience too.
    let address: URL
    let clientID: String
    let endpoint: TokenEndpoint

    /// The client of the identity; ids that the configuration leaves out come from the variables that
    /// Azure's libraries read, where `variables` allows it.
    init(_ site: SourceSite, kind: TokenSourceKind, readsVariables: Bool = false) throws(TokenSourceError) {
        let variable = { (name: String) in readsVariables ? site.environment.value(name) : nil }
        guard let tenantID = site.identity.tenantID ?? variable("AZURE_TENANT_ID") else {
            throw .unavailable(
                source: kind,
                missing: readsVariables ? "tenant_id or AZURE_TENANT_ID" : "tenant_id"
            )
        }
        guard let clientID = site.identity.clientID ?? variable("AZURE_CLIENT_ID") else {
            throw .unavailable(
                source: kind,
                missing: readsVariables ? "client_id or AZURE_CLIENT_ID" : "client_id"
            )
        }
        address = site.authority.appending(path: "\(tenantID)/oauth2/v2.0/token")
        self.clientID = clientID
        var endpoint = site.endpoint(kind, .entra)
        endpoint.allowsProxy = true
        self.endpoint = endpoint
    }

    /// A token for the application whose identifier URI is `audience`.
    func token(for audience: String, proof: Proof) async throws(TokenSourceError) -> AccessToken {
        var form = [
            (name: "grant_type", value: "client_credentials"), ("client_id", clientID),
            ("scope", audience + "/.default"),
        ]
        switch proof {
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

extension SourceSite {
    /// Where Entra is asked for this identity.
    var authority: URL {
        identity.settings.authority ?? endpoints.authority ?? EntraAuthority.publicAddress
    }
}
