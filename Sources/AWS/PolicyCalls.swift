import Federation
package import Transport

/// A managed policy that is attached to a role.
package struct AttachedPolicy: Hashable, Sendable {
    package let name: String
    package let arn: String
}

/// A managed policy.
package struct ManagedPolicyRecord: Hashable, Sendable {
    package let name: String
    package let arn: String
    /// `v1`, `v2`, ….
    package let defaultVersion: String
    /// Whether it can be attached to a role.
    package let isAttachable: Bool
}

// The policies of roles; `role` is a role's name without its path.
extension IAMClient {
    /// Attaches a managed policy to a role; has no effect if it is attached already.
    ///
    /// - Throws: ``CloudError`` after its retries.
    package func attachPolicy(_ arn: String, to role: String) async throws(CloudError) {
        try await perform(IAMCall("AttachRolePolicy", ["RoleName": role, "PolicyArn": arn]))
    }

    /// Detaches a managed policy from a role.
    ///
    /// - Throws: ``CloudError``; ``CloudError/isMissingEntity`` when it is not attached.
    package func detachPolicy(_ arn: String, from role: String) async throws(CloudError) {
        try await perform(IAMCall("DetachRolePolicy", ["RoleName": role, "PolicyArn": arn]))
    }

    /// Returns the managed policies that are attached to a role.
    ///
    /// - Throws: ``CloudError`` after its retries.
    package func attachedPolicies(of role: String) async throws(CloudError) -> [AttachedPolicy] {
        let call = IAMCall("ListAttachedRolePolicies", ["RoleName": role])
        return try await list("AttachedPolicies", call) { policy throws(ReplyXMLError) in
            AttachedPolicy(
                name: try policy.only("PolicyName").text,
                arn: try policy.only("PolicyArn").text
            )
        }
    }

    /// Creates or replaces an inline policy of a role.
    ///
    /// - Throws: ``CloudError`` after its retries.
    package func putPolicy(_ name: String, of role: String, _ document: String) async throws(CloudError) {
        try await perform(
            IAMCall(
                "PutRolePolicy",
                [
                    "RoleName": role, "PolicyName": name,
                    "PolicyDocument": PolicyDocumentCoding.encode(document),
                ]
            )
        )
    }

    /// Returns the JSON of a role's inline policy, as stored.
    ///
    /// - Throws: ``CloudError``; ``CloudError/isMissingEntity`` when the role has none of that name.
    package func policy(_ name: String, of role: String) async throws(CloudError) -> String {
        let call = IAMCall("GetRolePolicy", ["RoleName": role, "PolicyName": name])
        return try await result(call) { result throws(ReplyXMLError) in
            PolicyDocumentCoding.decode(try result.only("PolicyDocument").text)
        }
    }

    /// Returns the names of a role's inline policies.
    ///
    /// - Throws: ``CloudError`` after its retries.
    package func policyNames(of role: String) async throws(CloudError) -> [String] {
        try await list("PolicyNames", IAMCall("ListRolePolicies", ["RoleName": role]), \.text)
    }

    /// Deletes an inline policy of a role.
    ///
    /// - Throws: ``CloudError``; ``CloudError/isMissingEntity`` when the role has none of that name.
    package func deletePolicy(_ name: String, of role: String) async throws(CloudError) {
        try await perform(IAMCall("DeleteRolePolicy", ["RoleName": role, "PolicyName": name]))
    }

    /// Returns a managed policy.
    ///
    /// - Throws: ``CloudError``; ``CloudError/isMissingEntity`` when there is none.
    package func managedPolicy(_ arn: String) async throws(CloudError) -> ManagedPolicyRecord {
        try await result(IAMCall("GetPolicy", ["PolicyArn": arn])) { result throws(ReplyXMLError) in
            let policy = try result.only("Policy")
            return ManagedPolicyRecord(
                name: try policy.only("PolicyName").text,
                arn: try policy.only("Arn").text,
                defaultVersion: policy.text("DefaultVersionId") ?? "v1",
                isAttachable: policy.text("IsAttachable") != "false"
            )
        }
    }
}
