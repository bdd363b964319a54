import Federation
import FoundationEssentials

/// The token endpoint of App Service, Functions, and Container Apps, API versions 2017-09-01 and 2019-08-01.
///
/// Source: Azure, "How to use managed identities for App Service and Azure Functions".
enum AppService {
    private static let server = (name: "Server", value: "Kestrel")

    /// Returns the response to a token request.
    static func respond(to request: WireRequest, in state: inout AzureState) -> WireResponse {
        guard request.path == "/token" else { return .empty(404, headers: [server]) }
        guard request.method == "GET" else { return .empty(405, headers: [server, ("Allow", "GET")]) }
        guard let version = Version(rawValue: request.query["api-version"] ?? "") else {
            return refusal(400, "The api-version is missing or not supported.")
        }
        guard request.header(version.secretHeader) == state.secrets.appService else {
            return refusal(401, "The \(version.secretHeader) header is missing or wrong.")
        }
        guard let resource = request.query.filled("resource") else {
            return refusal(400, "The resource is missing.")
        }
        guard let identity = identity(request.query, version: version, in: state.host) else {
            return refusal(
                400,
                "No User Assigned or Delegated Managed Identity found for specified "
                    + "ClientId/ResourceId/PrincipalId."
            )
        }
        do {
            let token = try state.platformToken(of: identity, for: resource, at: request.at)
            return .json(200, version.body(token), headers: [server])
        } catch {
            return genericFailure(state.nextRequestID())
        }
    }

    /// Returns the requested identity; without a selector, returns the system-assigned identity, if any.
    private static func identity(_ query: Parameters, version: Version, in host: IdentityHost)
        -> AttachedIdentity?
    {
        let selectors = version.selectors(query)
        switch selectors.count {
        case 0: return host.identities.first(where: \.isSystemAssigned)
        case 1: return try? host.identity(selectors[0])
        default: return nil
        }
    }

    private static func refusal(_ status: Int, _ message: String) -> WireResponse {
        let body = JSONValue.object(["statusCode": .integer(status), "message": .string(message)])
        return .json(status, body, headers: [server])
    }

    /// The response to any failure in Entra; `occured` is App Service's own spelling.
    private static func genericFailure(_ id: EntraRequestID) -> WireResponse {
        let body = JSONValue.object([
            "statusCode": .integer(500),
            "message": .string("An unexpected error occured while fetching the AAD Token."),
            "correlationId": .string(id.correlation),
        ])
        return .json(500, body, headers: [server, ("X-CORRELATION-ID", id.correlation)])
    }

    private enum Version: String {
        case legacy = "2017-09-01"
        case current = "2019-08-01"

        var secretHeader: String {
            switch self {
            case .legacy: "secret"
            case .current: "X-IDENTITY-HEADER"
            }
        }

        func selectors(_ query: Parameters) -> [RequestedIdentity] {
            switch self {
            case .legacy:
                [query.filled("clientid").map(RequestedIdentity.clientID)].compactMap { $0 }
            case .current:
                [
                    query.filled("client_id").map(RequestedIdentity.clientID),
                    (query.filled("principal_id") ?? query.filled("object_id")).map(
                        RequestedIdentity.principalID
                    ),
                    query.filled("mi_res_id").map(RequestedIdentity.resourceID),
                ].compactMap { $0 }
            }
        }

        func body(_ token: IssuedToken) -> JSONValue {
            var members: [String: JSONValue] = [
                "access_token": .string(token.compact),
                "resource": .string(token.resource),
                "token_type": .string("Bearer"),
            ]
            switch self {
            case .legacy:
                members["expires_on"] = .string(LegacyDate.text(token.expiry))
            case .current:
                members["expires_on"] = .string(token.expirySeconds)
                members["client_id"] = .string(token.clientID)
            }
            return .object(members)
        }
    }
}

/// The date format of API version 2017-09-01: `9/14/2017 1:05:09 PM +00:00`.
enum LegacyDate {
    static func text(_ date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        let hour = parts.hour ?? 0
        let clock = [parts.minute, parts.second].map { twoDigits($0 ?? 0) }.joined(separator: ":")
        let day = [parts.month, parts.day, parts.year].map { String($0 ?? 0) }.joined(separator: "/")
        return "\(day) \((hour + 11) % 12 + 1):\(clock) \(hour < 12 ? "AM" : "PM") +00:00"
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : String(number)
    }
}
