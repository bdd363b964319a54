import Federation
import FoundationEssentials

/// An error of Microsoft Graph.
struct GraphError: Error, Hashable, Sendable {
    let status: Int
    let code: String
    let message: String
    var retryAfter: Duration?

    init(_ status: Int, _ code: String, _ message: String, retryAfter: Duration? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    /// Returns the error response, including the request IDs.
    func response(requestID: String, clientRequestID: String, at date: Date) -> WireResponse {
        let inner: [String: JSONValue] = [
            "date": .string(String(date.formatted(.iso8601).dropLast())),
            "request-id": .string(requestID),
            "client-request-id": .string(clientRequestID),
        ]
        let error: [String: JSONValue] = [
            "code": .string(code),
            "message": .string(message),
            "innerError": .object(inner),
        ]
        let headers = retryAfter.map {
            [(name: "Retry-After", value: String(Int(saturating: $0.seconds.rounded(.up))))]
        }
        return .json(status, .object(["error": .object(error)]), headers: headers ?? [])
    }
}

extension GraphError {
    static let insufficientPrivileges = GraphError(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation."
    )

    static func notFound(_ id: String) -> GraphError {
        GraphError(
            404,
            "Request_ResourceNotFound",
            "Resource '\(id)' does not exist or one of its queried reference-property objects are not present."
        )
    }

    static func badRequest(_ message: String) -> GraphError {
        GraphError(400, "Request_BadRequest", message)
    }

    static let invalidReference = badRequest("Not a valid reference update")

    static func invalidValue(_ property: String, of resource: String) -> GraphError {
        badRequest("Invalid value specified for property '\(property)' of resource '\(resource)'.")
    }

    static func unknownProperty(_ property: String) -> GraphError {
        badRequest("Invalid property '\(property)'.")
    }

    static func unsupportedQuery(_ what: String) -> GraphError {
        GraphError(400, "Request_UnsupportedQuery", "Unsupported or invalid query: \(what)")
    }

    static let noSuchSegment = GraphError(
        400,
        "BadRequest",
        "Resource not found for the segment."
    )

    static let methodNotAllowed = GraphError(
        405,
        "Request_BadRequest",
        "Specified HTTP method is not allowed for the request target."
    )

    static func tooManyRequests(retryAfter: Duration) -> GraphError {
        GraphError(429, "TooManyRequests", "Too many requests", retryAfter: retryAfter)
    }
}
