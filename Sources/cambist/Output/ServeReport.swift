import Federation
import Operations

/// What `serve` announces: where each mapping's credentials are, and the token that every request must carry.
struct ServeReport: Encodable {
    struct Mapping: Encodable {
        let name: String
        let url: String
    }

    let version = 1
    let mappings: [Mapping]
    /// Where no file holds it; a secret, which is what it was asked for.
    var authorizationToken: String?
    var authorizationTokenFile: String?
    var error: ErrorReport?

    /// The lines for a shell.
    var exports: String {
        let token =
            authorizationTokenFile.map { "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=\(ShellWord.posix($0))" }
            ?? "AWS_CONTAINER_AUTHORIZATION_TOKEN=\(authorizationToken ?? "")"
        return mappings.map { mapping in
            """
            # \(mapping.name)
            export AWS_CONTAINER_CREDENTIALS_FULL_URI=\(mapping.url)
            export \(token)

            """
        }
        .joined()
    }
}
