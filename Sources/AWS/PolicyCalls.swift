import Federation
package import Transport

/// A managed policy attached to a role.
package struct AttachedPolicy: Hashable, Sendable {
    package let name: String
    package let arn: String
}

/// A managed policy.
package struct ManagedPolicyRecord: Hashable, Sendable {
    package let name: String
    package let arn: String
    /// The version ID: `v1`, `v2`, ….
    package let defaultVersion: String
    /// Whether the policy can be attached to a role.
    package let isAttachable: Bool
}

// The policies of roles; the parameter `role` is the name of a role, without its path.
extension IAMClient {
    /// Attaches a managed policy to a role; has no effect if the policy is already attached.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func attachPolicy(_ arn: String, to role: String) async throws(CloudError) {
        try await perform(IAMCall("AttachRolePolicy", ["RoleName": role, "PolicyArn": arn]))
    }

    /// Detaches a managed policy from a role.
    ///
    /// - Throws: ``CloudError``; ``CloudError/isMissingEntity`` is `true` if the policy is not attached.
    package func detachPolicy(_ arn: String, from role: String) async throws(CloudError) {
        try await perform(IAMCall("DetachRolePolicy", ["RoleName": role, "PolicyArn": arn]))
    }

    /// Returns the managed policies attached to a role.
    ///
    /// - Throws: ``CloudError`` after all retries.
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
    /// - Throws: ``CloudError`` after all retries.
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

    /// Returns an inline policy of a role as JSON, exactly as stored.
    ///
    /// - Throws: ``CloudError``; ``CloudError/isMissingEntity`` is `true` if the role has no policy with this name.
    package func policy(_ name: String, of role: String) async throws(CloudError) -> String {
        let call = IAMCall("GetRolePolicy", ["RoleName": role, "PolicyName": name])
        return try await result(call) { result throws(ReplyXMLError) in
            PolicyDocumentCoding.decode(try result.only("PolicyDocument").text)
        }
    }

    /// Returns the names of a role's inline policies.
    ///
    /// - Throws: ``CloudError`` after all retries.
    package func policyNames(of role: String) async throws(CloudError) -> [String] {
        try await list("PolicyNames", IAMCall("ListRolePolicies", ["RoleName": role]), \.text)
    }

    /// Deletes an inline policy of a role.
    ///
    /// - Throws: ``CloudError``; ``CloudError/isMissingEntity`` is `true` if the role has no policy with this name.
    package func deletePolicy(_ name: String, of role: String) async throws(CloudError) {
        try await perform(IAMCall("DeleteRolePolicy", ["RoleName": role, "PolicyName": name]))
    }

    /// Returns a managed policy.
    ///
    /// - Throws: ``CloudError``; ``CloudError/isMissingEntity`` is `true` if the policy does not exist.
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

    /// Returns the document of a version of a managed policy as JSON, exactly as stored.
    ///
    /// - Throws: ``CloudError``; ``CloudError/isMissingEntity`` is `true` if the policy or the version does not exist.
    package func document(ofPolicy arn: String, version: String) async throws(CloudError) -> String {
        let call = IAMCall("GetPolicyVersion", ["PolicyArn": arn, "VersionId": version])
        return try await result(call) { result throws(ReplyXMLError) in
            PolicyDocumentCoding.decode(try result.only("PolicyVersion").only("Document").text)
        }
    }
}
