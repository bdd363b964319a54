import Federation
import FoundationEssentials

/// The token endpoint of Cloud Shell, which issues tokens only for the signed-in user.
///
/// Source: the Cloud Shell source of Microsoft's authentication libraries.
enum CloudShell {
    static func respond(to request: WireRequest, in state: inout AzureState) -> WireResponse {
        guard request.path == "/oauth2/token" else { return .empty(404) }
        guard request.method == "POST" else { return .empty(405, headers: [("Allow", "POST")]) }
        guard request.header("metadata") == "true" else {
            return refusal("bad_request_102", "Required metadata header not specified")
        }
        guard let resource = request.form?.filled("resource") else {
            return refusal("invalid_request", "The resource is missing from the form.")
        }
        do {
            let token = try state.tokens.issue(
                to: state.user,
                through: .cloudShell,
                for: resource,
                in: state.directory,
                at: request.at
            )
            return .json(200, InstanceMetadata.body(token, at: request.at))
        } catch let error as EntraError {
            return refusal(error.error, error.summary)
        } catch {
            return refusal("unknown", "No token could be issued.")
        }
    }

    private static func refusal(_ code: String, _ message: String) -> WireResponse {
        .json(400, .object(["error": .object(["code": .string(code), "message": .string(message)])]))
    }
}
