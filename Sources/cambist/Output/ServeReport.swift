import Federation
import Operations

/// The output of `serve`: a URL for each mapping, and the authorization token for requests.
struct ServeReport: Encodable {
    struct Mapping: Encodable {
        let name: String
        let url: String
    }

    let version = 1
    let mappings: [Mapping]
    /// The token, which is a secret; `nil` if the token is in a file.
    var authorizationToken: String?
    var authorizationTokenFile: String?
    var error: ErrorReport?

    /// The shell commands that export the variables for an SDK.
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
