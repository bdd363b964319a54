import Federation
import FoundationEssentials

/// The instance metadata service: its token endpoint, and the properties of the machine.
///
/// Source: Azure, "How to use managed identities on a virtual machine to acquire an access token".
enum InstanceMetadata {
    static let path = "/metadata/identity/oauth2/token"
    /// The path of the machine's properties.
    private static let instancePath = "/metadata/instance"
    /// The accepted number of requests per second and machine.
    static let rateLimit = 20
    /// The accepted number of concurrent requests per machine.
    static let concurrencyLimit = 5

    private static let versions: Set = [
        "2018-02-01", "2018-04-02", "2018-10-01", "2019-02-01", "2019-03-11", "2019-04-30", "2019-06-01",
        "2019-06-04", "2019-08-01", "2019-08-15", "2019-11-01", "2020-06-01", "2020-07-15", "2020-09-01",
        "2020-10-01", "2020-12-01", "2021-01-01", "2021-02-01", "2021-03-01", "2021-05-01", "2021-10-01",
        "2021-11-01", "2021-11-15", "2021-12-13", "2023-07-01", "2023-11-15", "2024-03-15", "2024-07-17",
    ]

    private static let server = (name: "Server", value: "IMDS/150.870.65.1475")

    static func respond(to request: WireRequest, in state: inout AzureState) -> WireResponse {
        guard [path, instancePath, instancePath + "/compute"].contains(request.path) else {
            return .empty(404, headers: [server])
        }
        guard request.method == "GET" else { return .empty(405, headers: [server, ("Allow", "GET")]) }
        do {
            try checkHeaders(request)
            guard state.metadataConcurrency.allowsRequest(at: request.at),
                state.metadataBudget.delay(of: 1, at: request.at) == nil
            else {
                throw Refusal(429, "too_many_requests", "Request rate limit exceeded")
            }
            return request.path == path
                ? try token(for: request.query, in: &state, at: request.at)
                : try instance(request, in: state)
        } catch let refusal as Refusal {
            return refusal.response
        } catch let error as EntraError {
            return .json(
                error.status,
                error.body(request: state.nextRequestID(), at: request.at),
                headers: [server]
            )
        } catch {
            return Refusal(500, "unknown", "Failed to retrieve token from the Active directory").response
        }
    }

    private static func checkHeaders(_ request: WireRequest) throws {
        guard request.header("metadata") == "true" else {
            throw Refusal(400, "bad_request_102", "Required metadata header not specified")
        }
        guard request.header("x-forwarded-for") == nil else {
            throw Refusal(400, "invalid_request", "X-Forwarded-For header is not supported")
        }
    }

    private static func token(
        for query: Parameters,
        in state: inout AzureState,
        at date: Date
    ) throws -> WireResponse {
        guard let version = query["api-version"] else {
            throw Refusal(400, "invalid_request", "Required query variable 'api-version' is missing")
        }
        guard versions.contains(version) else {
            throw Refusal(400, "invalid_request", "The requested version is not supported.")
        }
        guard let resource = query.filled("resource") else {
            throw Refusal(400, "invalid_request", "Required query variable 'resource' is missing")
        }
        let identity = try select(query, in: state.host)
        if let fault = identity.fault { return fault.response }
        let token = try state.platformToken(of: identity, for: resource, at: date)
        return .json(200, body(token, at: date), headers: [server])
    }

    /// Returns the properties that identify the machine; the lab omits all others.
    ///
    /// Source: Azure, "Azure Instance Metadata Service", category instance.
    private static func instance(_ request: WireRequest, in state: AzureState) throws -> WireResponse {
        guard let version = request.query["api-version"] else {
            throw Refusal(
                400,
                "Bad request. api-version was not specified in the request",
                "aka.ms/azureimds"
            )
        }
        guard versions.contains(version) else {
            throw Refusal(
                400,
                "Bad request. api-version is invalid or was not specified in the request.",
                "aka.ms/azureimds"
            )
        }
        guard ["json", nil].contains(request.query["format"]) else {
            throw Refusal(400, "Bad request", "The simulated service supports only the format json.")
        }
        let group = state.resources.groups.first ?? "lab"
        let id = state.resources.subscription
        let compute = JSONValue.object([
            "azEnvironment": .string("AzurePublicCloud"),
            "location": .string("westeurope"),
            "name": .string("lab"),
            "osType": .string("Linux"),
            "provider": .string("Microsoft.Compute"),
            "resourceGroupName": .string(group),
            "resourceId": .string(
                "/subscriptions/\(id)/resourceGroups/\(group)/providers/Microsoft.Compute/virtualMachines/lab"
            ),
            "subscriptionId": .string(id),
            "vmId": .string(state.seed.guid("virtual machine")),
        ])
        let isWhole = request.path == instancePath
        return .json(200, isWhole ? .object(["compute": compute]) : compute, headers: [server])
    }

    /// Returns the identity selected by `client_id`, `object_id`, or `msi_res_id`.
    ///
    /// App Service's `mi_res_id` is ignored, as on a real virtual machine.
    private static func select(_ query: Parameters, in host: IdentityHost) throws -> AttachedIdentity {
        let selectors = [
            query.filled("client_id").map(RequestedIdentity.clientID),
            query.filled("object_id").map(RequestedIdentity.principalID),
            query.filled("msi_res_id").map(RequestedIdentity.resourceID),
        ].compactMap { $0 }
        guard selectors.count <= 1 else {
            throw Refusal(
                400,
                "invalid_request",
                "Only one of client_id, object_id and msi_res_id may be specified"
            )
        }
        do {
            return try host.identity(selectors.first)
        } catch .notFound {
            throw Refusal(400, "invalid_request", "Identity not found")
        } catch .ambiguous {
            throw Refusal(
                400,
                "invalid_request",
                "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity "
                    + "in the token request"
            )
        }
    }

    /// Returns the response body; every value is a string.
    static func body(_ token: IssuedToken, at date: Date) -> JSONValue {
        let seconds = String(token.secondsLeft(at: date))
        return .object([
            "access_token": .string(token.compact),
            "client_id": .string(token.clientID),
            "expires_in": .string(seconds),
            "expires_on": .string(token.expirySeconds),
            "ext_expires_in": .string(seconds),
            "not_before": .string(token.notBeforeSeconds),
            "refresh_token": .string(""),
            "resource": .string(token.resource),
            "token_type": .string("Bearer"),
        ])
    }

    /// An error response of the service.
    private struct Refusal: Error {
        let status: Int
        let error: String
        let text: String

        init(_ status: Int, _ error: String, _ text: String) {
            self.status = status
            self.error = error
            self.text = text
        }

        var response: WireResponse {
            let body = JSONValue.object(["error": .string(error), "error_description": .string(text)])
            return .json(status, body, headers: [server])
        }
    }
}
