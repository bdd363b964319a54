import Federation
import FoundationEssentials

/// The token endpoint of a Service Fabric node, with TLS and a separate port.
///
/// Source: Azure Service Fabric, "How to leverage a Service Fabric application's managed identity".
enum ServiceFabric {
    static let path = "/metadata/identity/oauth2/token"
    private static let versions = ["2019-07-01-preview", "2020-05-01"]

    static func respond(to request: WireRequest, in state: inout AzureState) -> WireResponse {
        guard request.path == path else { return .empty(404) }
        guard request.method == "GET" else { return .empty(405, headers: [("Allow", "GET")]) }
        do throws(Refusal) {
            return .json(200, try token(for: request, in: &state))
        } catch {
            return .json(
                error.status,
                .object([
                    "error": .object([
                        "correlationId": .string(state.nextRequestID().correlation),
                        "code": .string(error.code),
                        "message": .string(error.message),
                    ])
                ])
            )
        }
    }

    private static func token(
        for request: WireRequest,
        in state: inout AzureState
    ) throws(Refusal) -> JSONValue {
        guard let secret = request.header("secret") else { throw .noSecret }
        let version = request.query["api-version"] ?? ""
        guard versions.contains(version) else { throw .badVersion(version) }
        guard let resource = request.query.filled("resource") else { throw .noResource }
        let selector = request.query.filled("principalId").map(RequestedIdentity.principalID)
        guard secret == state.secrets.serviceFabric, let identity = identity(selector, in: state.host) else {
            throw .noIdentity
        }
        guard let token = try? state.platformToken(of: identity, for: resource, at: request.at) else {
            throw .failure
        }
        return .object([
            "access_token": .string(token.compact),
            "expires_on": .string(token.expirySeconds),
            "resource": .string(token.resource),
            "token_type": .string("Bearer"),
        ])
    }

    /// Returns the requested identity or, without a selector, the application's first identity.
    private static func identity(_ selector: RequestedIdentity?, in host: IdentityHost) -> AttachedIdentity? {
        guard let selector else { return host.identities.first }
        return try? host.identity(selector)
    }

    private struct Refusal: Error {
        let status: Int
        let code: String
        let message: String

        static let noSecret = Refusal(
            status: 400,
            code: "SecretHeaderNotFound",
            message: "Secret is not found in the request headers."
        )
        static let noResource = Refusal(
            status: 400,
            code: "ArgumentNullOrEmpty",
            message: "The parameter 'resource' should not be null or empty string."
        )
        static let noIdentity = Refusal(
            status: 404,
            code: "ManagedIdentityNotFound",
            message: "Managed identity not found for the specified application host."
        )
        static let failure = Refusal(
            status: 500,
            code: "InternalServerError",
            message: "An internal server error occurred."
        )

        static func badVersion(_ version: String) -> Refusal {
            Refusal(
                status: 400,
                code: "InvalidApiVersion",
                message:
                    "The api-version '\(version)' is not supported. Supported version is '\(versions[0])'."
            )
        }
    }
}
