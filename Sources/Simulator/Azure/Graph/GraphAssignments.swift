import Federation
import FoundationEssentials

/// App role assignments in Microsoft Graph, by principal or by resource.
enum GraphAssignments {
    static func collection(
        _ key: ObjectKey,
        _ side: AssignmentSide,
        _ call: GraphCall,
        in state: inout AzureState
    ) throws(GraphError) -> WireResponse {
        try call.requireReading()
        let owner = try call.view.servicePrincipal(key)
        switch call.request.method {
        case "GET":
            let found = assignments(of: owner, side, in: call.view).map(call.view.json)
            return call.page(of: found, context: "appRoleAssignments")
        case "POST":
            try call.require(call.caller.holds(anyOf: .writeAssignments))
            let assignment = try draft(for: owner, side, call, in: state)
            state.directory.write(assignment, at: call.request.at)
            return call.entity(call.view.json(assignment), context: "appRoleAssignments", status: 201)
        default:
            throw .methodNotAllowed
        }
    }

    static func member(
        _ id: String,
        of key: ObjectKey,
        _ side: AssignmentSide,
        _ call: GraphCall,
        in state: inout AzureState
    ) throws(GraphError) -> WireResponse {
        try call.requireReading()
        let owner = try call.view.servicePrincipal(key)
        guard let found = assignments(of: owner, side, in: call.view).first(where: { $0.id == id }) else {
            throw GraphError(
                404,
                "Request_ResourceNotFound",
                "EntitlementGrant being updated or deleted is not found"
            )
        }
        switch call.request.method {
        case "GET":
            return call.entity(call.view.json(found), context: "appRoleAssignments")
        case "DELETE":
            try call.require(call.caller.holds(anyOf: .writeAssignments))
            state.directory.deleteAssignment(id, at: call.request.at)
            return .empty(204)
        default:
            throw .methodNotAllowed
        }
    }

    private static func assignments(
        of owner: ServicePrincipal,
        _ side: AssignmentSide,
        in view: DirectoryView
    ) -> [AppRoleAssignment] {
        view.assignments.filter {
            switch side {
            case .principal: $0.principalID == owner.objectID
            case .resource: $0.resourceID == owner.objectID
            }
        }
    }

    /// Parses and validates a new assignment.
    ///
    /// The check for duplicates uses the newest version of the directory. All other checks use the responding replica.
    private static func draft(
        for owner: ServicePrincipal,
        _ side: AssignmentSide,
        _ call: GraphCall,
        in state: AzureState
    ) throws(GraphError) -> AppRoleAssignment {
        let body = try call.body()
        let principalID = try guid("principalId", in: body)
        let resourceID = try guid("resourceId", in: body)
        let roleID = try guid("appRoleId", in: body)
        guard owner.objectID == (side == .principal ? principalID : resourceID) else {
            throw .invalidReference
        }
        guard call.view.servicePrincipal(principalID) != nil else { throw .notFound(principalID) }
        guard let resource = call.view.servicePrincipal(resourceID) else { throw .invalidReference }
        guard offers(roleID, resource, in: call.view) else {
            throw .badRequest("Permission being assigned was not found on application")
        }
        let others = state.directory.newest.assignments(of: principalID, on: resourceID)
        guard !others.contains(where: { $0.roleID == roleID }) else {
            throw .badRequest("Permission being assigned already exists on the object")
        }
        return AppRoleAssignment(
            id: state.seed.assignmentID("\(principalID) \(resourceID) \(roleID) \(call.request.at)"),
            principalID: principalID,
            resourceID: resourceID,
            roleID: roleID,
            created: call.request.at
        )
    }

    /// Whether a service principal can be assigned to a role of the resource.
    ///
    /// Default access (no specific role) is possible only if no enabled role allows applications.
    private static func offers(_ roleID: String, _ resource: ServicePrincipal, in view: DirectoryView) -> Bool
    {
        let roles = view.roles(of: resource).filter { $0.isEnabled && $0.memberTypes.contains(.application) }
        return roleID == AppRole.defaultAccess ? roles.isEmpty : roles.contains { $0.id == roleID }
    }

    private static func guid(_ name: String, in body: [String: JSONValue]) throws(GraphError) -> String {
        guard let text = body[name]?.string, text.isGUID else {
            throw .invalidValue(name, of: "AppRoleAssignment")
        }
        return text.lowercased()
    }
}

extension DirectoryView {
    /// Returns the service principal identified by a path.
    func servicePrincipal(_ key: ObjectKey) throws(GraphError) -> ServicePrincipal {
        try object(key, id: { servicePrincipal($0) }, appID: { servicePrincipal(appID: $0) })
    }

    /// Returns the application identified by a path.
    func application(_ key: ObjectKey) throws(GraphError) -> DirectoryApplication {
        try object(key, id: { application($0) }, appID: { application(appID: $0) })
    }

    private func object<Object>(
        _ key: ObjectKey,
        id: (String) -> Object?,
        appID: (String) -> Object?
    ) throws(GraphError) -> Object {
        let found =
            switch key {
            case .id(let text): id(text.lowercased())
            case .appID(let text): appID(text.lowercased())
            }
        guard let found else { throw .notFound(key.text) }
        return found
    }
}
