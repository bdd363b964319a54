import Federation
import Foundation

/// A refusal of Entra's token service, with its code and text.
///
/// Source: Microsoft Entra authentication and authorization error codes.
struct EntraError: Error, Hashable, Sendable {
    /// The number after `AADSTS`.
    let code: Int
    /// The OAuth error.
    let error: String
    let text: String

    /// 401 for a client that could not prove who it is, 400 for all else.
    var status: Int {
        error == "invalid_client" ? 401 : 400
    }

    /// The answer's body; `id` numbers the request.
    func body(request: EntraRequestID, at date: Date) -> JSONValue {
        let timestamp = Self.timestamp(date)
        return .object([
            "error": .string(error),
            "error_description": .string(
                "AADSTS\(code): \(text) Trace ID: \(request.trace) Correlation ID: \(request.correlation) "
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

/// The two GUIDs by which Microsoft finds a request again.
struct EntraRequestID: Hashable, Sendable {
    let trace: String
    let correlation: String
}

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

    /// The code is known from the field; its text is published nowhere, so this one is the lab's own.
    static func managedIdentityAsResource(_ resource: String) -> EntraError {
        EntraError(
            code: 100040,
            error: "invalid_request",
            text: "Tokens for the managed identity '\(resource)' as the resource are not issued."
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

    /// `error` is `invalid_tenant` for a discovery document and `invalid_request` for a token.
    static func tenantNotFound(_ tenant: String, error: String) -> EntraError {
        EntraError(
            code: 90002,
            error: error,
            text:
                "Tenant '\(tenant)' not found. Check to make sure you have the correct tenant ID and are signing "
                + "into the correct cloud. Check with your subscription administrator, this may happen if there "
                + "are no active subscriptions for the tenant."
        )
    }
}
