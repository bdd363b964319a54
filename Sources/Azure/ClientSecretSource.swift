import Federation
import Transport

/// An application that authenticates with a client secret from an environment variable or a file.
struct ClientSecretSource: TokenSource {
    static let declaration = SourceDeclaration(kind: .clientSecret) { context throws(TokenSourceError) in
        try ClientSecretSource(context)
    }

    private static let fileSize = 4096

    let kind = TokenSourceKind.clientSecret
    private let client: EntraClient
    private let secret: Secret

    init(_ context: SourceContext) throws(TokenSourceError) {
        client = try EntraClient(context, kind: .clientSecret)
        secret = try Self.secret(context)
        if secret.isEmpty { throw .unavailable(source: .clientSecret, missing: "a secret that is not empty") }
    }

    func token(for request: TokenRequest) async throws(TokenSourceError) -> AccessToken {
        try await client.token(for: request.audience, clientCredential: .secret(secret))
    }

    private static func secret(_ context: SourceContext) throws(TokenSourceError) -> Secret {
        if let name = context.identity.settings.secretVariable {
            return try context.variable(name, for: .clientSecret)
        }
        guard let path = context.identity.settings.secretFile else {
            throw .unavailable(source: .clientSecret, missing: "secret_env or secret_file")
        }
        do throws(FileReadError) {
            return Secret(try BoundedFile.text(path, limit: fileSize))
        } catch {
            throw .unavailable(source: .clientSecret, reason: "\(error)")
        }
    }
}
