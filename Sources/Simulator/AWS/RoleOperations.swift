import Federation
import FoundationEssentials
import Transport

extension IAMOperation {
    /// Operations on roles.
    static let roleOperations = [createRole, getRole, listRoles, updateRole, updateTrustPolicy, deleteRole]

    private static let createRole = IAMOperation("CreateRole", on: IAMResource.newRole) {
        (call: inout IAMRequest) throws(AWSFault) in
        let input = try CreateRoleParameters(call.call)
        guard call.account.roles.latest(input.name.lowercased()) == nil else {
            throw .alreadyExists("Role with name \(input.name) already exists.")
        }
        guard call.account.roles.count < IAMRole.quota else {
            throw .limitExceeded("Cannot exceed quota for RolesPerAccount: \(IAMRole.quota)")
        }
        try call.checkTrust(input.trustDocument)
        let role = IAMRole(
            id: UniqueID.role(
                call.seed,
                "\(call.account.id) \(input.name) \(call.now.timeIntervalSince1970)"
            ),
            name: input.name,
            path: input.path,
            arn: IAMRole.arn(account: call.account.id, path: input.path, name: input.name),
            created: call.now,
            trustDocument: input.trustDocument,
            description: input.description,
            maxSessionDuration: input.maxSessionDuration ?? 3600,
            permissionsBoundary: input.permissionsBoundary,
            tags: input.tags,
            inlinePolicies: [:],
            attachedPolicies: []
        )
        call.write(role, named: role.name)
        return [
            XMLElement("Role", role.summary + role.boundary + (role.tags.isEmpty ? [] : [role.tags.element]))
        ]
    }

    private static let getRole = showingRole("GetRole", reading: nothing) {
        (role, _) throws(AWSFault) in
        let tags = role.tags.isEmpty ? [] : [role.tags.element]
        let content = role.summary + role.limits + role.boundary + tags + [XMLElement("RoleLastUsed", [])]
        return [XMLElement("Role", content)]
    }

    private static let listRoles = IAMOperation("ListRoles", on: IAMResource.roles) {
        (call: inout IAMRequest) throws(AWSFault) in
        var constraints = Constraints.iam
        let (page, path) = try pageBelowPath(call.call, &constraints)
        try constraints.check()
        let roles = call.account.roles.values(for: .iam, at: call.now).filter { $0.path.hasPrefix(path) }
        return try page.cut(roles, by: { $0.name.lowercased() }) { roles in
            XMLElement("Roles", members: roles) { $0.summary + $0.limits }
        }
    }

    private static let updateRole = changingRole(
        "UpdateRole",
        result: [],
        reading: { (call, constraints) throws(AWSFault) in
            (description: constraints.description(call), duration: try constraints.maxSessionDuration(call))
        },
        change: { (role, input) throws(AWSFault) in
            role.description = input.description ?? role.description
            role.maxSessionDuration = input.duration ?? role.maxSessionDuration
        }
    )

    private static let updateTrustPolicy = IAMOperation("UpdateAssumeRolePolicy", on: IAMResource.role) {
        (call: inout IAMRequest) throws(AWSFault) in
        var constraints = Constraints.iam
        let name = constraints.required(call.call["RoleName"], "roleName", .roleName)
        let document = constraints.document(call.call, "PolicyDocument", "policyDocument")
        try constraints.check()
        guard var role = call.account.latestRole(name) else { throw .noSuchRole(name) }
        try call.checkTrust(document)
        role.trustDocument = document
        call.write(role, named: name)
        return nil
    }

    private static let deleteRole = IAMOperation("DeleteRole", on: IAMResource.role) {
        (call: inout IAMRequest) throws(AWSFault) in
        var constraints = Constraints.iam
        let name = constraints.required(call.call["RoleName"], "roleName", .roleName)
        try constraints.check()
        guard let role = call.account.latestRole(name) else { throw .noSuchRole(name) }
        guard role.attachedPolicies.isEmpty else {
            throw .deleteConflict("Cannot delete entity, must detach all policies first.")
        }
        guard role.inlinePolicies.isEmpty else {
            throw .deleteConflict("Cannot delete entity, must delete policies first.")
        }
        call.write(nil, named: name)
        return nil
    }
}

/// The parameters of CreateRole.
private struct CreateRoleParameters {
    let name: String
    let path: String
    let trustDocument: String
    let description: String?
    let maxSessionDuration: Int?
    let permissionsBoundary: String?
    let tags: [IAMTag]

    init(_ call: QueryCall) throws(AWSFault) {
        var constraints = Constraints.iam
        trustDocument = constraints.document(call, "AssumeRolePolicyDocument", "assumeRolePolicyDocument")
        description = constraints.description(call)
        maxSessionDuration = try constraints.maxSessionDuration(call)
        constraints.optional(call["Path"], "path", TextRule(1...512, .path))
        constraints.optional(call["PermissionsBoundary"], "permissionsBoundary", TextRule(20...2048))
        name = constraints.required(call["RoleName"], "roleName", .roleName)
        let tags = constraints.tags(call)
        try constraints.check()
        path = call["Path"] ?? "/"
        permissionsBoundary = call["PermissionsBoundary"]
        self.tags = try IAMTag.merge(tags, into: [])
        if let permissionsBoundary { try Self.check(boundary: permissionsBoundary) }
    }

    private static func check(boundary: String) throws(AWSFault) {
        guard let arn = ARN(boundary), arn.service == "iam", arn.resource.hasPrefix("policy/") else {
            throw .invalidInput("ARN \(boundary) is not valid.")
        }
        guard ManagedPolicy.find(boundary) != nil else {
            throw .noSuchEntity("Scope ARN: \(boundary) does not exist or is not attachable.")
        }
    }
}

extension Constraints {
    fileprivate mutating func description(_ call: QueryCall) -> String? {
        optional(call["Description"], "description", TextRule(0...1000, .description))
        return call["Description"]
    }
}

extension IAMRole {
    /// The maximum number of roles in an account.
    static let quota = 1000

    /// The members in the responses of CreateRole, GetRole, and ListRoles.
    fileprivate var summary: [XMLElement] {
        [
            XMLElement("Path", path),
            XMLElement("RoleName", name),
            XMLElement("RoleId", id),
            XMLElement("Arn", arn),
            XMLElement("CreateDate", created.formatted(.iso8601)),
            XMLElement("AssumeRolePolicyDocument", trustDocument.percentEncodedDocument),
        ] + (description.map { [XMLElement("Description", $0)] } ?? [])
    }

    /// The maximum session duration, which the response of CreateRole omits.
    fileprivate var limits: [XMLElement] {
        [XMLElement("MaxSessionDuration", String(maxSessionDuration))]
    }

    /// The permissions boundary, which the response of ListRoles omits.
    fileprivate var boundary: [XMLElement] {
        guard let permissionsBoundary else { return [] }
        let content = [
            XMLElement("PermissionsBoundaryType", "Policy"),
            XMLElement("PermissionsBoundaryArn", permissionsBoundary),
        ]
        return [XMLElement("PermissionsBoundary", content)]
    }
}

extension String {
    /// The policy document with percent-encoding (RFC 3986), as in IAM's responses.
    var percentEncodedDocument: String { FormEncoding.escape(self) }
}
