import Federation
import FoundationEssentials

/// Azure Resource Manager: user-assigned identities, tenants, and subscriptions.
///
/// Source: Azure REST API, Microsoft.ManagedIdentity userAssignedIdentities.
enum ResourceManager {
    /// The accepted token audiences.
    static let audiences: Set = [
        "https://management.azure.com", "https://management.azure.com/",
        "https://management.core.windows.net", "https://management.core.windows.net/",
    ]
    /// The API versions that support federated identity credentials.
    static let federationVersions: Set = [
        "2023-01-31", "2024-11-30", "2025-01-31-preview", "2025-05-31-preview", "2026-04-30", "2026-05-31",
    ]
    private static let versions = federationVersions.union(["2018-11-30"])

    /// Returns the response to a request; `address` is the base URL of the service.
    static func respond(
        to request: WireRequest,
        address: String,
        in state: inout AzureState
    ) -> WireResponse {
        let headers = [(name: "x-ms-request-id", value: state.nextRequestID().trace)]
        do throws(ResourceError) {
            var response = try answer(request, address: address, in: &state)
            response.headers += headers
            return response
        } catch {
            let members = ["code": JSONValue.string(error.code), "message": .string(error.message)]
            return .json(error.status, .object(["error": .object(members)]), headers: headers)
        }
    }

    private static func answer(
        _ request: WireRequest,
        address: String,
        in state: inout AzureState
    ) throws(ResourceError) -> WireResponse {
        let caller = try caller(of: request, in: state)
        guard let version = request.query["api-version"] else { throw .missingVersion }
        if let found = try account(request, in: state) { return found }
        if let found = try identities(request, version: version, address: address, caller, in: state) {
            return found
        }
        if let found = try IdentityFederation.answer(request, version: version, caller: caller, in: &state) {
            return found
        }
        guard let path = IdentityPath(request.path) else { throw .notFound(request.path) }
        guard versions.contains(version) else { throw .unknownVersion(version) }
        guard path.subscription == state.resources.subscription else {
            throw .noSubscription(path.subscription)
        }
        let action = request.method == "GET" ? "read" : request.method == "DELETE" ? "delete" : "write"
        guard state.resources.contributors.contains(caller.objectID) else {
            throw .unauthorized(caller.objectID, action: action, scope: request.path)
        }
        guard state.resources.groups.contains(where: { $0.lowercased() == path.group.lowercased() }) else {
            throw .noGroup(path.group)
        }
        guard let name = path.name else { return try list(path, request, in: state) }
        switch request.method {
        case "GET":
            guard let found = state.resources.identity(path) else {
                throw .noIdentity(name, group: path.group)
            }
            return .json(200, found.json(tenant: state.directory.tenantID))
        case "PUT":
            return try create(path, name: name, request, in: &state)
        case "DELETE":
            guard let found = state.resources.identity(path) else { return .empty(204) }
            state.resources.remove(path)
            state.directory.deleteServicePrincipal(found.principalID, at: request.at)
            return .empty(200)
        default:
            throw .methodNotAllowed(request.method)
        }
    }

    /// Returns the response to a tenant or subscription request of `az login`; `nil` for any other path.
    ///
    /// Source: Azure REST API, Subscriptions List and Get, Tenants List, api-version 2022-12-01.
    private static func account(
        _ request: WireRequest,
        in state: AzureState
    ) throws(ResourceError) -> WireResponse? {
        let parts = request.path.split(separator: "/").map { $0.lowercased() }
        let isSubscription = parts.first == "subscriptions" && parts.count <= 2
        guard isSubscription || parts == ["tenants"] else { return nil }
        guard request.method == "GET" else { throw .methodNotAllowed(request.method) }
        let tenant = JSONValue.string(state.directory.tenantID)
        if parts == ["tenants"] {
            let entry = JSONValue.object([
                "id": .string("/tenants/\(state.directory.tenantID)"), "tenantId": tenant,
                "tenantCategory": .string("Home"), "displayName": .string("Lab"),
            ])
            return .json(200, .object(["value": .array([entry])]))
        }
        let id = state.resources.subscription
        let entry = JSONValue.object([
            "id": .string("/subscriptions/\(id)"), "subscriptionId": .string(id), "tenantId": tenant,
            "displayName": .string("Lab"), "state": .string("Enabled"),
            "authorizationSource": .string("RoleBased"),
            "managedByTenants": .array([]),
        ])
        guard parts.count == 2 else { return .json(200, .object(["value": .array([entry])])) }
        guard parts[1] == id.lowercased() else { throw .noSubscription(parts[1]) }
        return .json(200, entry)
    }

    /// The maximum number of identities in one response to a subscription's list.
    private static let pageSize = 50

    /// Returns one page of a subscription's identities; `nil` for any other path.
    ///
    /// Source: Azure REST API, User Assigned Identities List By Subscription.
    private static func identities(
        _ request: WireRequest,
        version: String,
        address: String,
        _ caller: BearerToken,
        in state: AzureState
    ) throws(ResourceError) -> WireResponse? {
        let parts = request.path.split(separator: "/").map { $0.lowercased() }
        guard parts.count == 5, parts[0] == "subscriptions",
            parts[2...] == ["providers", "microsoft.managedidentity", "userassignedidentities"]
        else { return nil }
        guard versions.contains(version) else { throw .unknownVersion(version) }
        guard parts[1] == state.resources.subscription.lowercased() else { throw .noSubscription(parts[1]) }
        guard request.method == "GET" else { throw .methodNotAllowed(request.method) }
        guard state.resources.contributors.contains(caller.objectID) else {
            throw .unauthorized(caller.objectID, action: "read", scope: request.path)
        }
        let all = state.resources.allIdentities
        let skipped = min(request.query["$skiptoken"].flatMap { Int($0) }.map { max(0, $0) } ?? 0, all.count)
        let page = all[skipped...].prefix(pageSize)
        var members: [String: JSONValue] = [
            "value": .array(page.map { $0.json(tenant: state.directory.tenantID) })
        ]
        if skipped + page.count < all.count {
            members["nextLink"] = .string(
                "\(address)\(request.path)?api-version=\(version)&$skiptoken=\(skipped + page.count)"
            )
        }
        return .json(200, .object(members))
    }

    private static func caller(of request: WireRequest, in state: AzureState) throws(ResourceError)
        -> BearerToken
    {
        do {
            return try BearerToken(request, audiences: audiences, in: state)
        } catch {
            throw .unauthenticated(error)
        }
    }

    private static func list(
        _ path: IdentityPath,
        _ request: WireRequest,
        in state: AzureState
    ) throws(ResourceError) -> WireResponse {
        guard request.method == "GET" else { throw .methodNotAllowed(request.method) }
        let found = state.resources.identities(in: path.group).map {
            $0.json(tenant: state.directory.tenantID)
        }
        return .json(200, .object(["value": .array(found)]))
    }

    private static func create(
        _ path: IdentityPath,
        name: String,
        _ request: WireRequest,
        in state: inout AzureState
    ) throws(ResourceError) -> WireResponse {
        guard name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9_\-]{2,127}/) != nil else { throw .badName(name) }
        guard let body = request.json, let location = body["location"]?.string else { throw .noLocation }
        var tags: [String: String] = [:]
        if case .object(let members) = body["tags"] { tags = members.compactMapValues(\.string) }
        let tenant = state.directory.tenantID
        if var existing = state.resources.identity(path) {
            guard existing.location == location.lowercased() else {
                throw .otherLocation(existing, wanted: location)
            }
            existing.tags = tags
            state.resources.put(existing)
            return .json(200, existing.json(tenant: tenant))
        }
        let id = "\(path.text) \(request.at)"
        let identity = StoredIdentity(
            path: path.text,
            location: location.lowercased(),
            tags: tags,
            principalID: state.seed.guid("principal of \(id)"),
            clientID: state.seed.guid("client of \(id)")
        )
        state.resources.put(identity)
        state.directory.write(identity.servicePrincipal(created: request.at), at: request.at)
        return .json(201, identity.json(tenant: tenant))
    }
}

/// The path of a user-assigned identity, or of the identities in a resource group.
struct IdentityPath: Hashable, Sendable {
    let subscription: String
    let group: String
    let name: String?

    /// Parses a path with case-insensitive fixed segments; `nil` for other resources.
    init?(_ path: String) {
        let parts = path.split(separator: "/").compactMap { $0.percentDecoded }
        let words = parts.map { $0.lowercased() }
        guard parts.count == 7 || parts.count == 8, words[0] == "subscriptions", words[2] == "resourcegroups",
            words[4] == "providers", words[5] == "microsoft.managedidentity",
            words[6] == "userassignedidentities"
        else { return nil }
        subscription = words[1]
        group = parts[3]
        name = parts.count == 8 ? parts[7] : nil
    }

    /// The resource ID in Azure's canonical spelling.
    var text: String {
        let type = "/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
        return "/subscriptions/\(subscription)/resourceGroups/\(group)\(type)" + (name.map { "/" + $0 } ?? "")
    }
}
