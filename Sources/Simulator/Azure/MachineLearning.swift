import Federation

/// The token endpoint of Azure Machine Learning compute.
///
/// The protocol is similar to App Service's version 2017-09-01. Times are in seconds since 1970.
///
/// Source: the Azure Machine Learning source in Microsoft's authentication libraries.
enum MachineLearning {
    static func respond(to request: WireRequest, in state: inout AzureState) -> WireResponse {
        guard request.path == "/token" else { return .empty(404) }
        guard request.method == "GET" else { return .empty(405, headers: [("Allow", "GET")]) }
        guard request.header("secret") == state.secrets.machineLearning else {
            return refusal(401, "The secret header is missing or wrong.")
        }
        guard request.query["api-version"] == "2017-09-01" else {
            return refusal(400, "The api-version is missing or not supported.")
        }
        guard let resource = request.query.filled("resource") else {
            return refusal(400, "The resource is missing.")
        }
        do {
            let selector = request.query.filled("clientid").map(RequestedIdentity.clientID)
            let identity = try state.host.identity(selector)
            let token = try state.platformToken(of: identity, for: resource, at: request.at)
            return .json(
                200,
                .object([
                    "access_token": .string(token.compact),
                    "client_id": .string(token.clientID),
                    "expires_on": .string(token.expirySeconds),
                    "resource": .string(token.resource),
                    "token_type": .string("Bearer"),
                ])
            )
        } catch let error as EntraError {
            return refusal(400, error.summary)
        } catch {
            return refusal(400, "No managed identity with that client id is assigned to the compute.")
        }
    }

    private static func refusal(_ status: Int, _ message: String) -> WireResponse {
        .json(status, .object(["statusCode": .integer(status), "message": .string(message)]))
    }
}
