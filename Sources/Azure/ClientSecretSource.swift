import Federation

/// An application that proves itself by a secret, from a variable or from a file.
struct ClientSecretSource: TokenSource {
    private static let fileSize = 4096

    let kind = TokenSourceKind.clientSecret
    private let client: EntraClient
    private let secret: Secret

    init(_ site: SourceSite) throws(TokenSourceError) {
        client = try EntraClient(site, kind: .clientSecret)
        secret = try Self.secret(site)
        if secret.isEmpty { throw .unavailable(source: .clientSecret, missing: "a secret that is not empty") }
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        try await client.token(for: request.audience, proof: .secret(secret))
    }

    private static func secret(_ site: SourceSite) throws(TokenSourceError) -> Secret {
        if let name = site.identity.settings.secretVariable {
            return try site.variable(name, for: .clientSecret)
        }
        guard let path = site.identity.settings.secretFile else {
            throw .unavailable(source: .clientSecret, missing: "secret_env or secret_file")
        }
        do throws(BoundedFile.Problem) {
            return Secret(try BoundedFile.text(path, limit: fileSize))
        } catch {
            throw .unavailable(source: .clientSecret, missing: "the secret (\(path) \(error))")
        }
    }
}
