import Federation
import FoundationEssentials

/// Entra's token endpoint for the client credentials grant, versions 1 and 2.
///
/// Source: Microsoft identity platform, "OAuth 2.0 client credentials flow"; for version 1, the older documentation
/// of Azure AD.
enum EntraTokenEndpoint {
    /// Returns the response to a token request; `nil` for other paths.
    ///
    /// - Parameters:
    ///   - request: A request whose path begins with the tenant.
    ///   - authority: The URL of the authority, without a trailing slash.
    ///   - state: The state of the tenant.
    /// - Returns: The response, or `nil`.
    /// - Throws: ``EntraError`` if Entra refuses the token.
    static func respond(
        to request: WireRequest,
        authority: String,
        in state: inout AzureState
    ) throws -> WireResponse? {
        let parts = request.path.split(separator: "/").map(String.init)
        guard let tenant = parts.first, let version = Version(path: parts.dropFirst()) else { return nil }
        guard request.method == "POST" else { return .empty(405, headers: [("Allow", "POST")]) }
        guard tenant.lowercased() == state.directory.tenantID else {
            throw EntraError.tenantNotFound(tenant, error: "invalid_request")
        }
        let form = request.form ?? Parameters(encoded: "")
        guard let grant = form.filled("grant_type") else { throw EntraError.missing("grant_type") }
        guard grant == "client_credentials" else { throw EntraError.unsupportedGrant(grant) }
        guard let clientID = form.filled("client_id") else { throw EntraError.missing("client_id") }
        let resource = try version.resource(form)
        let endpoint = authority + request.path
        let client = try ClientAuthentication(
            clientID: clientID,
            form: form,
            endpoint: endpoint,
            at: request.at
        )
        .client(in: state)
        let token = try state.tokens.issue(
            to: client.principal,
            proof: client.proof,
            for: resource,
            in: state.directory,
            at: request.at
        )
        return .json(
            200,
            version.body(token, at: request.at),
            headers: [
                ("Cache-Control", "no-store, no-cache"), ("x-ms-request-id", state.nextRequestID().trace),
            ]
        )
    }

    private enum Version {
        case one
        case two

        init?(path: ArraySlice<String>) {
            switch Array(path) {
            case ["oauth2", "token"]: self = .one
            case ["oauth2", "v2.0", "token"]: self = .two
            default: return nil
            }
        }

        /// Returns the requested resource: `resource` in version 1, `scope` without `/.default` in version 2.
        func resource(_ form: Parameters) throws(EntraError) -> String {
            switch self {
            case .one:
                guard let resource = form.filled("resource") else { throw .missing("resource") }
                return resource
            case .two:
                guard let scope = form.filled("scope") else { throw .missing("scope") }
                let suffix = "/.default"
                guard scope.hasSuffix(suffix), !scope.contains(" "), scope.count > suffix.count else {
                    throw .badScope(scope)
                }
                return String(scope.dropLast(suffix.count))
            }
        }

        /// Returns the response body; version 1 represents numbers as strings.
        func body(_ token: IssuedToken, at date: Date) -> JSONValue {
            let seconds = token.secondsLeft(at: date)
            switch self {
            case .one:
                return .object([
                    "access_token": .string(token.compact),
                    "expires_in": .string(String(seconds)),
                    "expires_on": .string(token.expirySeconds),
                    "ext_expires_in": .string(String(seconds)),
                    "not_before": .string(token.notBeforeSeconds),
                    "resource": .string(token.resource),
                    "token_type": .string("Bearer"),
                ])
            case .two:
                return .object([
                    "access_token": .string(token.compact),
                    "expires_in": .integer(seconds),
                    "ext_expires_in": .integer(seconds),
                    "token_type": .string("Bearer"),
                ])
            }
        }
    }
}
