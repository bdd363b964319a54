import Foundation

/// What Entra says of a request that is malformed.
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

/// What Entra says of a client that cannot prove who it is.
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

/// What Entra says of a client assertion.
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

    /// A signature that no registered certificate made, for a reason in the service's words.
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

    /// The part of an assertion that no federated credential has; its code.
    enum FederatedPart: Int {
        case issuer = 700_211
        case audience = 700_212
        case subject = 700_213
    }
}
