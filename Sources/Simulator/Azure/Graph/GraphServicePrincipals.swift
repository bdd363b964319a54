import Federation
import FoundationEssentials

/// Service principals in Microsoft Graph.
enum GraphServicePrincipals {
    static func collection(_ call: GraphCall, in state: inout AzureState) throws(GraphError) -> WireResponse {
        switch call.request.method {
        case "GET":
            try call.requireReading()
            let objects = call.view.servicePrincipals.map(call.view.json)
            return call.page(of: objects, context: "servicePrincipals")
        case "POST":
            try call.requireWriting()
            let principal = try draft(call, in: state)
            state.directory.write(principal, at: call.request.at)
            return call.entity(call.view.json(principal), context: "servicePrincipals", status: 201)
        default:
            throw .methodNotAllowed
        }
    }

    static func member(
        _ key: ObjectKey,
        _ call: GraphCall,
        in state: inout AzureState
    ) throws(GraphError) -> WireResponse {
        try call.requireReading()
        let principal = try call.view.servicePrincipal(key)
        switch call.request.method {
        case "GET":
            return call.entity(call.view.json(principal), context: "servicePrincipals")
        case "PATCH":
            try call.requireWriting()
            guard principal.kind == .application else { throw .insufficientPrivileges }
            let newest = state.directory.newest.servicePrincipal(principal.objectID) ?? principal
            state.directory.write(try newest.patched(with: call.body()), at: call.request.at)
            return .empty(204)
        case "DELETE":
            try call.requireWriting()
            guard principal.kind == .application else { throw .insufficientPrivileges }
            state.directory.deleteServicePrincipal(principal.objectID, at: call.request.at)
            return .empty(204)
        default:
            throw .methodNotAllowed
        }
    }

    /// Parses a new service principal and checks for duplicates in the newest version of the directory.
    private static func draft(_ call: GraphCall, in state: AzureState) throws(GraphError) -> ServicePrincipal
    {
        var body = try call.body()
        guard let appID = body.removeValue(forKey: "appId")?.string?.lowercased() else {
            throw .invalidValue("appId", of: "ServicePrincipal")
        }
        guard let application = call.view.application(appID: appID) else {
            throw GraphError(
                400,
                "NoBackingApplicationObject",
                "The appId '\(appID)' of the service principal does not reference a valid application object."
            )
        }
        guard state.directory.newest.servicePrincipal(appID: appID) == nil else {
            throw GraphError(
                409,
                "Request_MultipleObjectsWithSameKeyValue",
                "The service principal cannot be created, updated, or restored because the service principal name "
                    + "\(appID) is already in use."
            )
        }
        let principal = ServicePrincipal(
            objectID: state.seed.guid("service principal \(appID) \(call.request.at)"),
            appID: appID,
            displayName: application.displayName,
            kind: .application,
            created: call.request.at
        )
        return try principal.patched(with: body)
    }
}

extension ServicePrincipal {
    /// Returns the service principal after applying the properties in a request body.
    fileprivate func patched(with body: [String: JSONValue]) throws(GraphError) -> ServicePrincipal {
        var result = self
        for (name, value) in body where !name.hasPrefix("@odata.") {
            switch (name, value) {
            case ("accountEnabled", .bool(let isOn)): result.isEnabled = isOn
            case ("appRoleAssignmentRequired", .bool(let isOn)): result.requiresAssignment = isOn
            case ("notes", .string(let text)): result.notes = text
            case ("notes", .null): result.notes = nil
            case ("tags", .array): result.tags = value.strings
            case ("accountEnabled", _), ("appRoleAssignmentRequired", _), ("notes", _), ("tags", _):
                throw .invalidValue(name, of: "ServicePrincipal")
            default: throw .unknownProperty(name)
            }
        }
        return result
    }
}
