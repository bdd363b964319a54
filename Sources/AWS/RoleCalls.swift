package import Federation
package import Transport

package import struct Foundation.Date

/// The properties of a role to create.
package struct NewRole: Hashable, Sendable {
    package var name: String
    /// `/`, or `/…/`.
    package var path: String
    /// JSON.
    package var trustDocument: String
    package var description: String?
    /// 1 h … 12 h; IAM's default is 1 h.
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

// Roles; `name` is the role's without its path.
extension IAMClient {
    /// Creates a role.
    ///
    /// - Throws: ``CloudError``; ``CloudError/isExistingEntity`` when the account has one of that name, in any
    ///   case and under any path.
    package func createRole(_ role: NewRole) async throws(CloudError) -> RoleRecord {
        let call = IAMCall(
            "CreateRole",
            [
                "RoleName": role.name,
                "Path": role.path,
                "AssumeRolePolicyDocument": PolicyDocumentCoding.encode(role.trustDocument),
                "Description": role.description,
                "MaxSessionDuration": role.maxSession.map { String($0.wholeSeconds) },
                "PermissionsBoundary": role.permissionsBoundary,
            ]
        )
        return try await result(call.with(tags: role.tags), RoleRecord.read)
    }

    /// Returns a role.
    ///
    /// - Throws: ``CloudError``; ``CloudError/isMissingEntity`` when the account has none of that name.
    package func role(_ name: String) async throws(CloudError) -> RoleRecord {
        try await result(IAMCall("GetRole", ["RoleName": name]), RoleRecord.read)
    }

    /// Returns the roles below a path, without tags, boundary and last use, which IAM omits from lists.
    ///
    /// - Throws: ``CloudError`` after its retries.
    package func roles(below path: String = "/") async throws(CloudError) -> [RoleRecord] {
        try await list("Roles", IAMCall("ListRoles", ["PathPrefix": path])) { role throws(ReplyXMLError) in
            try RoleRecord(role)
        }
    }

    /// Replaces a role's trust policy.
    ///
    /// IAM has no conditional update: read the role just before, and again after.
    ///
    /// - Throws: ``CloudError`` after its retries.
    package func updateTrustPolicy(of name: String, to document: String) async throws(CloudError) {
        try await perform(
            IAMCall(
                "UpdateAssumeRolePolicy",
                ["RoleName": name, "PolicyDocument": PolicyDocumentCoding.encode(document)]
            )
        )
    }

    /// Replaces a role's description and longest session; pass the current value of the one to keep.
    ///
    /// - Throws: ``CloudError`` after its retries.
    package func updateRole(
        _ name: String,
        description: String?,
        maxSession: Duration
    ) async throws(CloudError) {
        try await perform(
            IAMCall(
                "UpdateRole",
                [
                    "RoleName": name, "Description": description,
                    "MaxSessionDuration": String(maxSession.wholeSeconds),
                ]
            )
        )
    }

    /// Deletes a role, which must have no policies left.
    ///
    /// - Throws: ``CloudError`` after its retries.
    package func deleteRole(_ name: String) async throws(CloudError) {
        try await perform(IAMCall("DeleteRole", ["RoleName": name]))
    }

    /// Adds or changes tags of a role.
    ///
    /// - Throws: ``CloudError`` after its retries.
    package func tagRole(_ name: String, _ tags: [String: String]) async throws(CloudError) {
        try await perform(IAMCall("TagRole", ["RoleName": name]).with(tags: tags))
    }

    /// Removes tags from a role.
    ///
    /// - Throws: ``CloudError`` after its retries.
    package func untagRole(_ name: String, _ keys: [String]) async throws(CloudError) {
        try await perform(IAMCall("UntagRole", ["RoleName": name]).with("TagKeys", keys))
    }

    /// Returns the tags of a role.
    ///
    /// - Throws: ``CloudError`` after its retries.
    package func roleTags(_ name: String) async throws(CloudError) -> [String: String] {
        try await tags(IAMCall("ListRoleTags", ["RoleName": name]))
    }
}

/// A role.
package struct RoleRecord: Hashable, Sendable {
    package let arn: RoleARN
    /// `AROA…`; a role created again under the same name has another.
    package let id: String
    package let created: Date?
    /// The trust policy's JSON, as stored.
    package let trustDocument: String
    package let description: String?
    /// The longest session it allows.
    package let maxSession: Duration
    /// The ARN of a managed policy.
    package let permissionsBoundary: String?
    package let tags: [String: String]
    /// The last use that IAM reports.
    package let lastUsed: Date?
}

extension RoleRecord {
    /// The values that IAM accepts as the longest session, in seconds.
    private static let sessionLengths = 900...43200

    /// Parses the role of a result.
    static func read(_ result: ReplyElement) throws(ReplyXMLError) -> RoleRecord {
        try RoleRecord(try result.only("Role"))
    }

    /// Parses a role; the members that are present depend on the operation.
    init(_ element: ReplyElement) throws(ReplyXMLError) {
        guard let arn = RoleARN(try element.only("Arn").text) else { throw .invalid(element: "Arn") }
        let seconds = element.integer("MaxSessionDuration") ?? 3600
        guard Self.sessionLengths.contains(seconds) else { throw .invalid(element: "MaxSessionDuration") }
        self.init(
            arn: arn,
            id: element.text("RoleId") ?? "",
            created: element.text("CreateDate").flatMap(Instant.init(iso8601:))?.date,
            trustDocument: PolicyDocumentCoding.decode(element.text("AssumeRolePolicyDocument") ?? ""),
            description: element.text("Description"),
            maxSession: .seconds(seconds),
            permissionsBoundary: element["PermissionsBoundary"]?.text("PermissionsBoundaryArn"),
            tags: element.tags(),
            lastUsed: element["RoleLastUsed"]?.text("LastUsedDate").flatMap(Instant.init(iso8601:))?.date
        )
    }
}
