import Federation
import Foundation

/// What stands between a machine and its tokens.
enum IdentityTrouble: String, CaseIterable, Hashable, Sendable {
    /// 410: the service is being updated.
    case updating
    /// 404: the service is being updated.
    case missing
    case throttled
    /// 500.
    case failing
    /// 502, in a proxy's HTML.
    case proxy
    /// 403: something else answers at the address.
    case unreachable

    /// What a caller gets in place of a token.
    var response: WireResponse {
        switch self {
        case .updating: Self.json(410, "gone", "The service is being updated")
        case .missing: Self.json(404, "not_found", "The service is being updated")
        case .throttled: Self.json(429, "too_many_requests", "Request rate limit exceeded")
        case .failing: Self.json(500, "unknown", "Failed to retrieve token from the Active directory")
        case .proxy:
            WireResponse(
                status: 502,
                headers: [("Content-Type", "text/html"), ("Server", "proxy")],
                body: Data("<html><body><h1>502 Bad Gateway</h1></body></html>".utf8)
            )
        case .unreachable:
            WireResponse(
                status: 403,
                headers: [("Content-Type", "text/plain")],
                body: Data(
                    "connecting to 169.254.169.254:80: connecting to 169.254.169.254:80: unreachable".utf8
                )
            )
        }
    }

    private static func json(_ status: Int, _ error: String, _ text: String) -> WireResponse {
        .json(
            status,
            .object(["error": .string(error), "error_description": .string(text)]),
            headers: [("Server", "IMDS/150.870.65.1475")]
        )
    }
}
