import Federation
import FoundationEssentials

/// A subset of Microsoft Graph v1.0.
///
/// Source: Microsoft Graph REST API v1.0: application, servicePrincipal, appRoleAssignment,
/// federatedIdentityCredential.
enum GraphService {
    static let metadata = "https://graph.microsoft.com/v1.0/$metadata"
    /// The accepted token audiences.
    static let audiences: Set = [
        "https://graph.microsoft.com", "https://graph.microsoft.com/", "00000003-0000-0000-c000-000000000000",
    ]

    static func respond(to request: WireRequest, address: String, in state: inout AzureState) -> WireResponse
    {
        let id = state.nextRequestID()
        let clientID = request.header("client-request-id") ?? id.correlation
        var response: WireResponse
        do throws(GraphError) {
            response = try answer(request, address: address, in: &state)
        } catch {
            response = error.response(requestID: id.trace, clientRequestID: clientID, at: request.at)
        }
        response.headers += [("request-id", id.trace), ("client-request-id", clientID)]
        return response
    }

    private static func answer(
        _ request: WireRequest,
        address: String,
        in state: inout AzureState
    ) throws(GraphError) -> WireResponse {
        let caller = try caller(of: request, in: state)
        let query = try GraphQuery(request)
        if let delay = state.graphBudget.delay(of: query.cost, at: request.at) {
            throw .tooManyRequests(retryAfter: delay)
        }
        guard let target = GraphTarget(path: request.path) else { throw .noSuchSegment }
        let call = GraphCall(
            request: request,
            caller: caller,
            query: query,
            address: address,
            view: state.graphView(at: request.at)
        )
        switch target {
        case .applications: return try GraphApplications.collection(call, in: &state)
        case .application(let key): return try GraphApplications.member(key, call, in: &state)
        case .federatedCredentials(let key):
            return try GraphFederatedCredentials.collection(key, call, in: &state)
        case .federatedCredential(let key, let name):
            return try GraphFederatedCredentials.member(name, of: key, call, in: &state)
        case .servicePrincipals: return try GraphServicePrincipals.collection(call, in: &state)
        case .servicePrincipal(let key): return try GraphServicePrincipals.member(key, call, in: &state)
        case .assignments(let key, let side):
            return try GraphAssignments.collection(key, side, call, in: &state)
        case .assignment(let key, let side, let id):
            return try GraphAssignments.member(id, of: key, side, call, in: &state)
        }
    }

    private static func caller(of request: WireRequest, in state: AzureState) throws(GraphError)
        -> BearerToken
    {
        do {
            return try BearerToken(request, audiences: audiences, in: state)
        } catch {
            let message =
                switch error {
                case .missing: "Access token is empty."
                case .malformed: "Invalid JWT, or its signature could not be validated."
                case .wrongAudience: "Access token validation failure. Invalid audience."
                case .expired: "Lifetime validation failed, the token is expired."
                }
            throw GraphError(401, "InvalidAuthenticationToken", message)
        }
    }
}

/// A call to Graph: the request, the caller, and the directory's version on the responding replica.
struct GraphCall: Sendable {
    let request: WireRequest
    let caller: BearerToken
    let query: GraphQuery
    /// The URL of the service.
    let address: String
    let view: DirectoryView

    /// Returns the response with one page of objects.
    func page(of objects: [JSONValue], context: String) -> WireResponse {
        .json(200, query.page(of: objects, context: context, address: address))
    }

    /// Returns the response with one object.
    func entity(_ object: JSONValue, context: String, status: Int = 200) -> WireResponse {
        .json(status, query.entity(object, context: context))
    }

    /// Throws if the permission is not granted.
    func require(_ isGranted: Bool) throws(GraphError) {
        guard isGranted else { throw .insufficientPrivileges }
    }

    /// Throws unless the caller may read applications, service principals, and assignments.
    func requireReading() throws(GraphError) {
        try require(
            caller.holds(anyOf: .readApplications, .readDirectory, .writeApplications, .writeOwnApplications)
        )
    }

    /// Throws unless the caller may change applications and service principals.
    func requireWriting() throws(GraphError) {
        try require(caller.holds(anyOf: .writeApplications))
    }

    /// Returns the members of the request body.
    func body() throws(GraphError) -> [String: JSONValue] {
        guard request.header("content-type")?.lowercased().hasPrefix("application/json") == true,
            case .object(let members) = request.json
        else {
            throw .badRequest(
                "Unable to read JSON request payload. Please ensure Content-Type header is set."
            )
        }
        return members
    }
}

/// The resource identified by a path.
enum GraphTarget: Hashable, Sendable {
    case applications
    case application(ObjectKey)
    case federatedCredentials(of: ObjectKey)
    /// A credential by its name or ID.
    case federatedCredential(of: ObjectKey, String)
    case servicePrincipals
    case servicePrincipal(ObjectKey)
    case assignments(of: ObjectKey, AssignmentSide)
    case assignment(of: ObjectKey, AssignmentSide, id: String)

    /// Parses a path below the service; `nil` for a resource that the lab does not support.
    init?(path: String) {
        let parts = path.split(separator: "/").compactMap { $0.percentDecoded }
        guard parts.first == "v1.0", parts.count >= 2 else { return nil }
        var rest = parts.dropFirst()
        let first = rest.removeFirst()
        let (name, alternate) = ObjectKey.split(first)
        let key = alternate ?? rest.popFirst().map(ObjectKey.id)
        if name == "applications", let key, rest.first == "federatedIdentityCredentials", rest.count <= 2 {
            self =
                rest.count == 1
                ? .federatedCredentials(of: key) : .federatedCredential(of: key, rest.last ?? "")
            return
        }
        let side = rest.popFirst().map(AssignmentSide.init)
        switch (name, key, side, rest.count) {
        case ("applications", nil, nil, 0): self = .applications
        case ("applications", let key?, nil, 0): self = .application(key)
        case ("servicePrincipals", nil, nil, 0): self = .servicePrincipals
        case ("servicePrincipals", let key?, nil, 0): self = .servicePrincipal(key)
        case ("servicePrincipals", let key?, .some(let side?), 0): self = .assignments(of: key, side)
        case ("servicePrincipals", let key?, .some(let side?), 1):
            self = .assignment(of: key, side, id: rest.first ?? "")
        default: return nil
        }
    }
}

/// The key of an object in a path.
enum ObjectKey: Hashable, Sendable {
    case id(String)
    case appID(String)

    /// Splits a segment such as `applications(appId='…')` into name and key.
    static func split(_ segment: String) -> (name: String, key: ObjectKey?) {
        guard let match = segment.wholeMatch(of: /(\w+)\(appId='([^']*)'\)/) else { return (segment, nil) }
        return (String(match.1), .appID(String(match.2)))
    }

    /// The ID as written in the request.
    var text: String {
        switch self {
        case .id(let id), .appID(let id): id
        }
    }
}

/// The principal or the resource whose assignments a path lists.
enum AssignmentSide: String, Hashable, Sendable {
    /// The assignments of a principal.
    case principal = "appRoleAssignments"
    /// The assignments to the roles of a resource.
    case resource = "appRoleAssignedTo"
}
