package import Federation
package import Transport

package import struct FoundationEssentials.Date

/// The properties of a role to create.
package struct NewRole: Hashable, Sendable {
    package var name: String
    /// `/`, or a path that begins and ends with a slash.
    package var path: String
    /// The trust policy, as JSON.
    package var trustDocument: String
    package var description: String?
    /// The maximum session duration, 1–12 h; IAM's default is 1 h.
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

// Roles; the parameter `name` is the name of a role, without its path.
extension IAMClient {
    /// Creates a role.
    ///
    /// - Throws: ``CloudError``; ``CloudError/isExistingEntity`` is `true` if the account has a role with this name,
    ///   ignoring case and path.
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
    /// - Throws: ``CloudError``; ``CloudError/isMissingEntity`` is `true` if the account has no role with this name.
    package func role(_ name: String) async throws(CloudError) -> RoleRecord {
        try await result(IAMCall("GetRole", ["RoleName": name]), RoleRecord.read)
    }

    /// The number of roles per response.
    ///
    /// A response with 40 roles is within ``ReplyXMLReader/Limits``, even if each trust policy has 8,192 characters
    /// before IAM percent-encodes the policy.
    private static let rolesPerPage = 40

    /// Returns the roles below a path.
    ///
    /// IAM omits tags, permissions boundaries, and the time of last use from lists.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func roles(below path: String = "/") async throws(CloudError) -> [RoleRecord] {
        let call = IAMCall("ListRoles", ["PathPrefix": path, "MaxItems": String(Self.rolesPerPage)])
        return try await list("Roles", call) { role throws(ReplyXMLError) in
            try RoleRecord(role)
        }
    }

    /// Replaces a role's trust policy.
    ///
    /// IAM has no conditional update, so the caller should read the role immediately before and after the call.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func updateTrustPolicy(of name: String, to document: String) async throws(CloudError) {
        try await perform(
            IAMCall(
                "UpdateAssumeRolePolicy",
                ["RoleName": name, "PolicyDocument": PolicyDocumentCoding.encode(document)]
            )
        )
    }

    /// Replaces a role's description and maximum session duration.
    ///
    /// To keep a property, pass its current value.
    ///
    /// - Throws: ``CloudError`` after all retries.
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

    /// Deletes a role; the caller must first remove all policies from the role.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func deleteRole(_ name: String) async throws(CloudError) {
        try await perform(IAMCall("DeleteRole", ["RoleName": name]))
    }

    /// Adds or changes tags of a role.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func tagRole(_ name: String, _ tags: [String: String]) async throws(CloudError) {
        try await perform(IAMCall("TagRole", ["RoleName": name]).with(tags: tags))
    }

    /// Removes tags from a role.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func untagRole(_ name: String, _ keys: [String]) async throws(CloudError) {
        try await perform(IAMCall("UntagRole", ["RoleName": name]).with("TagKeys", keys))
    }

    /// Returns the tags of a role.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func roleTags(_ name: String) async throws(CloudError) -> [String: String] {
        try await tags(IAMCall("ListRoleTags", ["RoleName": name]))
    }
}

/// A role as returned by IAM.
package struct RoleRecord: Hashable, Sendable {
    package let arn: RoleARN
    /// The unique ID, `AROA…`; a role that is recreated with the same name gets a different ID.
    package let id: String
    package let created: Date?
    /// The trust policy as JSON, exactly as stored.
    package let trustDocument: String
    package let description: String?
    package let maxSession: Duration
    /// The ARN of a managed policy.
    package let permissionsBoundary: String?
    package let tags: [String: String]
    /// The time of last use, as reported by IAM.
    package let lastUsed: Date?
}

extension RoleRecord {
    /// The maximum session durations that IAM accepts, in seconds.
    private static let sessionLengths = 3600...43200

    /// Parses the role in a result.
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
