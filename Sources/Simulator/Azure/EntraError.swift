import Federation
import FoundationEssentials

/// An error of Entra's token service.
///
/// Source: Microsoft Entra authentication and authorization error codes.
struct EntraError: Error, Hashable, Sendable {
    /// The number after `AADSTS`.
    let code: Int
    /// The OAuth error code.
    let error: String
    let text: String

    /// The HTTP status: 401 for `invalid_client`, and 400 for other errors.
    var status: Int {
        error == "invalid_client" ? 401 : 400
    }

    /// The code and the text, without request IDs.
    var summary: String {
        "AADSTS\(code): \(text)"
    }

    /// Returns the response body.
    func body(request: EntraRequestID, at date: Date) -> JSONValue {
        let timestamp = Self.timestamp(date)
        return .object([
            "error": .string(error),
            "error_description": .string(
                "\(summary) Trace ID: \(request.trace) Correlation ID: \(request.correlation) "
                    + "Timestamp: \(timestamp)"
            ),
            "error_codes": .array([.integer(code)]),
            "timestamp": .string(timestamp),
            "trace_id": .string(request.trace),
            "correlation_id": .string(request.correlation),
            "error_uri": .string("https://login.microsoftonline.com/error?code=\(code)"),
        ])
    }

    private static func timestamp(_ date: Date) -> String {
        date.formatted(
            Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: .gmt)
                .year().month().day().time(includingFractionalSeconds: false).timeZone(separator: .omitted)
        )
    }
}

/// The trace ID and correlation ID of a request.
struct EntraRequestID: Hashable, Sendable {
    let trace: String
    let correlation: String
}

/// Errors of malformed requests.
extension EntraError {
    static func missing(_ parameter: String) -> EntraError {
        EntraError(
            code: 900144,
            error: "invalid_request",
            text: "The request body must contain the following parameter: '\(parameter)'."
        )
    }

    static func unsupportedGrant(_ grant: String) -> EntraError {
        EntraError(
            code: 70003,
            error: "unsupported_grant_type",
            text: "The app requested an unsupported grant type '\(grant)'."
        )
    }

    static func badScope(_ scope: String) -> EntraError {
        EntraError(
            code: 1_002_012,
            error: "invalid_scope",
            text:
                "The provided value for scope \(scope) is not valid. Client credential flows must have a scope value "
                + "with /.default suffixed to the resource identifier (application ID URI)."
        )
    }
}

/// Errors of client authentication.
extension EntraError {
    static let noCredential = EntraError(
        code: 7_000_218,
        error: "invalid_client",
        text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
    )

    static func wrongSecret(client: String) -> EntraError {
        EntraError(
            code: 7_000_215,
            error: "invalid_client",
            text:
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
                + "value, not the client secret ID, for a secret added to app '\(client)'."
        )
    }

    static func expiredSecret(client: String) -> EntraError {
        EntraError(
            code: 7_000_222,
            error: "invalid_client",
            text:
                "The provided client secret keys for app '\(client)' are expired. Visit the Azure portal to create "
                + "new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials "
                + "for added security: https://aka.ms/certCreds."
        )
    }

    static func noServicePrincipal(client: String, tenant: String) -> EntraError {
        EntraError(
            code: 7_000_229,
            error: "unauthorized_client",
            text:
                "The client application \(client) is missing service principal in the tenant \(tenant). See "
                + "instructions here: https://go.microsoft.com/fwlink/?linkid=2225119"
        )
    }

    static func clientDisabled(client: String, name: String) -> EntraError {
        EntraError(
            code: 7_000_112,
            error: "unauthorized_client",
            text: "Application '\(client)'(\(name)) is disabled."
        )
    }
}

/// Errors of client assertions.
extension EntraError {
    static let malformedAssertion = EntraError(
        code: 50027,
        error: "invalid_request",
        text: "JWT token is invalid or malformed."
    )

    static let unsupportedAssertionType = EntraError(
        code: 900_144,
        error: "invalid_request",
        text: "The request body must contain the following parameter: 'client_assertion_type'."
    )

    /// The error for an invalid signature; `reason` is Entra's text.
    static func badSignature(_ reason: String, thumbprint: String) -> EntraError {
        EntraError(
            code: 700_027,
            error: "invalid_client",
            text:
                "Client assertion contains an invalid signature. [Reason - \(reason), Thumbprint of key used by "
                + "client: '\(thumbprint)']"
        )
    }

    static let foreignAssertion = EntraError(
        code: 700_021,
        error: "invalid_client",
        text: "Client assertion application identifier doesn't match 'client_id' parameter."
    )

    static let wrongAssertionAudience = EntraError(
        code: 700_023,
        error: "invalid_client",
        text: "Client assertion audience claim does not match Realm issuer."
    )

    static func assertionOutOfTime(now: Date, from: Date, to: Date) -> EntraError {
        let times = [now, from, to].map { $0.formatted(.iso8601) }
        return EntraError(
            code: 700_024,
            error: "invalid_client",
            text:
                "Client assertion is not within its valid time range. Current time: \(times[0]), assertion valid "
                + "from \(times[1]), expiry time of assertion \(times[2])."
        )
    }

    static let untrustedAssertion = EntraError(
        code: 50013,
        error: "invalid_grant",
        text: "Assertion failed signature validation. [Reason - The key was not found.]"
    )

    static let unreachableIssuer = EntraError(
        code: 90061,
        error: "invalid_request",
        text: "Request to External OIDC endpoint failed."
    )

    static let assertionIsNotAppOnly = EntraError(
        code: 700_229,
        error: "invalid_client",
        text: "The federated assertion is not an app-only token."
    )

    static func noFederatedCredential(_ part: FederatedPart, found: String) -> EntraError {
        EntraError(
            code: part.rawValue,
            error: "invalid_client",
            text:
                "No matching federated identity record found for presented assertion \(part) '\(found)'. Check your "
                + "federated identity credential Subject, Audience and Issuer against the presented assertion. "
                + "https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
        )
    }

    /// A claim that may match no federated identity credential; the raw value is the error code.
    enum FederatedPart: Int {
        case issuer = 700_211
        case audience = 700_212
        case subject = 700_213
    }
}

/// Errors about resources, clients, tenants, and assignments.
extension EntraError {
    static func resourceNotFound(_ resource: String, tenant: String) -> EntraError {
        EntraError(
            code: 500011,
            error: "invalid_resource",
            text: "The resource principal named \(resource) was not found in the tenant named \(tenant). "
                + "This can happen if the application has not been installed by the administrator of the tenant "
                + "or consented to by any user in the tenant. You might have sent your authentication request "
                + "to the wrong tenant."
        )
    }

    static func resourceDisabled(_ resource: String) -> EntraError {
        EntraError(
            code: 500014,
            error: "invalid_resource",
            text: "The service principal for resource '\(resource)' is disabled. This indicate that a "
                + "subscription within the tenant has lapsed, or that the administrator for this tenant has "
                + "disabled the application, preventing tokens from being issued for it."
        )
    }

    /// The error for a token request whose resource is a managed identity.
    ///
    /// Entra's text is not published, so only the code is Entra's.
    static func managedIdentityAsResource(_ resource: String) -> EntraError {
        EntraError(
            code: 100040,
            error: "invalid_request",
            text: "The managed identity '\(resource)' cannot be the resource of a token request."
        )
    }

    static func notAssigned(client: String, name: String, resource: String, resourceName: String)
        -> EntraError
    {
        EntraError(
            code: 501051,
            error: "invalid_grant",
            text: "Application '\(client)'(\(name)) is not assigned to a role for the application "
                + "'\(resource)'(\(resourceName))."
        )
    }

    static func clientNotFound(_ client: String, tenant: String) -> EntraError {
        EntraError(
            code: 700016,
            error: "unauthorized_client",
            text:
                "Application with identifier '\(client)' was not found in the directory '\(tenant)'. This can happen "
                + "if the application has not been installed by the administrator of the tenant or consented to by "
                + "any user in the tenant. You may have sent your authentication request to the wrong tenant."
        )
    }

    /// Returns the error for an unknown tenant.
    ///
    /// `error` is `invalid_tenant` for discovery and `invalid_request` for tokens.
    static func tenantNotFound(_ tenant: String, error: String) -> EntraError {
        EntraError(
            code: 90002,
            error: error,
            text:
                "Tenant '\(tenant)' not found. Check to make sure you have the correct tenant ID and are signing "
                + "into the correct cloud. Check with your subscription administrator, this may happen if there "
                + "are no active subscriptions for the tenant."  // wording: quoted
        )
    }

    static func noConsent(client: String, name: String) -> EntraError {
        EntraError(
            code: 65001,
            error: "invalid_grant",
            text:
                "The user or administrator has not consented to use the application with ID '\(client)' named "
                + "'\(name)'. Send an interactive authorization request for this user and resource."
        )
    }
}
