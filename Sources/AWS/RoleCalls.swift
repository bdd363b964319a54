import Federation

/// What a new role is to be.
package struct NewRole: Hashable, Sendable {
    package var name: String
    /// `/`, or `/…/`.
    package var path: String
    /// JSON.
    package var trustDocument: String
    package var description: String?
    /// 1 h … 12 h; IAM takes 1 h when absent.
    package var maxSession: Duration?
    /// The ARN of a managed policy.
    package var permissionsBoundary: String?
    package var tags: [String: String]

    package init(
        name: String,
        path: String = "/",
        trustDocument: String,
        description: String? = nil,
        maxSession: Duration? = nil,
        permissionsBoundary: String? = nil,
        tags: [String: String] = [:]
    ) {
        self.name = name
        self.path = path
        self.trustDocument = trustDocument
        self.description = description
        self.maxSession = maxSession
        self.permissionsBoundary = permissionsBoundary
        self.tags = tags
    }
}

// Roles. `name` is always the role's, without its path.
extension IAMClient {
    /// Makes a role.
    ///
    /// - Throws: ``AWSError``; ``AWSError/isExistingEntity`` when the account has one of that name, in any
    ///   case and under any path.
    package func createRole(_ role: NewRole) async throws(AWSError) -> RoleRecord {
        let call = IAMCall(
            "CreateRole",
            [
                "RoleName": role.name,
                "Path": role.path,
                "AssumeRolePolicyDocument": SentDocument.encode(role.trustDocument),
                "Description": role.description,
                "MaxSessionDuration": role.maxSession.map { String($0.components.seconds) },
                "PermissionsBoundary": role.permissionsBoundary,
            ]
        )
        return try await ask(Wrapped<RoleReply>.self, call.with(tags: role.tags)).result.role.record
    }

    /// Describes a role.
    ///
    /// - Throws: ``AWSError``; ``AWSError/isMissingEntity`` when the account has none of that name.
    package func role(_ name: String) async throws(AWSError) -> RoleRecord {
        try await ask(Wrapped<RoleReply>.self, IAMCall("GetRole", ["RoleName": name])).result.role.record
    }

    /// All roles below a path; without their tags, boundary and last use, which IAM leaves out here.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func roles(below path: String = "/") async throws(AWSError) -> [RoleRecord] {
        try await askAll(Wrapped<ListedRoles>.self, IAMCall("ListRoles", ["PathPrefix": path])).map(\.record)
    }

    /// Replaces a role's trust policy.
    ///
    /// IAM compares nothing: read the role just before, and again after.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func updateTrustPolicy(of name: String, to document: String) async throws(AWSError) {
        try await tell(
            IAMCall(
                "UpdateAssumeRolePolicy",
                ["RoleName": name, "PolicyDocument": SentDocument.encode(document)]
            )
        )
    }

    /// Changes a role's description and longest session; give both, as ``role(_:)`` has them.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func updateRole(
        _ name: String,
        description: String?,
        maxSession: Duration
    ) async throws(AWSError) {
        try await tell(
            IAMCall(
                "UpdateRole",
                [
                    "RoleName": name, "Description": description,
                    "MaxSessionDuration": String(maxSession.components.seconds),
                ]
            )
        )
    }

    /// Removes a role, which must have no policies any more.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func deleteRole(_ name: String) async throws(AWSError) {
        try await tell(IAMCall("DeleteRole", ["RoleName": name]))
    }

    /// Adds tags to a role, or changes those it has.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func tagRole(_ name: String, _ tags: [String: String]) async throws(AWSError) {
        try await tell(IAMCall("TagRole", ["RoleName": name]).with(tags: tags))
    }

    /// Takes tags from a role.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func untagRole(_ name: String, _ keys: [String]) async throws(AWSError) {
        try await tell(IAMCall("UntagRole", ["RoleName": name]).with("TagKeys", keys))
    }

    /// All tags of a role.
    ///
    /// - Throws: ``AWSError`` after its retries.
    package func roleTags(_ name: String) async throws(AWSError) -> [String: String] {
        try await askAll(Wrapped<ListedTags>.self, IAMCall("ListRoleTags", ["RoleName": name])).dictionary
    }
}

private struct RoleReply: Decodable {
    let role: RoleElement

    enum CodingKeys: String, CodingKey {
        case role = "Role"
    }
}

private struct ListedRoles: PagedReply {
    let roles: MemberList<RoleElement>?
    let isTruncated: Bool?
    let marker: String?

    enum CodingKeys: String, CodingKey {
        case roles = "Roles"
        case isTruncated = "IsTruncated"
        case marker = "Marker"
    }

    var page: Page<RoleElement> {
        Page(elements: roles?.member ?? [], isTruncated: isTruncated ?? false, marker: marker)
    }
}
