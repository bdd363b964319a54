import Federation

extension IAMOperation {
    /// Operations on the policies that are part of a role.
    static let inlinePolicyOperations = [putPolicy, getPolicy, listPolicies, deletePolicy]

    private static let putPolicy = IAMOperation("PutRolePolicy", on: IAMResource.role) {
        (call: inout IAMCall) throws(AWSFault) in
        var constraints = Constraints.iam
        let document = constraints.document(call.call, "PolicyDocument", "policyDocument")
        let policy = constraints.policyName(call.call)
        let name = constraints.roleName(call.call)
        try constraints.check()
        var role = try call.writableRole(name)
        _ = try IdentityPolicy(parsing: document)
        role.inlinePolicies[policy] = document
        let size = role.inlinePolicies.values.reduce(0) { total, text in
            total + text.unicodeScalars.count { !$0.properties.isWhitespace }
        }
        guard size <= IAMRole.inlineQuota else {
            throw .limitExceeded(
                "Maximum policy size of \(IAMRole.inlineQuota) bytes exceeded for role \(name)"
            )
        }
        call.write(role, named: name)
        return nil
    }

    private static let getPolicy = IAMOperation("GetRolePolicy", on: IAMResource.role) {
        (call: inout IAMCall) throws(AWSFault) in
        var constraints = Constraints.iam
        let policy = constraints.policyName(call.call)
        let name = constraints.roleName(call.call)
        try constraints.check()
        guard let document = try call.readableRole(name).inlinePolicies[policy] else {
            throw .noSuchRolePolicy(policy)
        }
        return [
            XMLElement("RoleName", name),
            XMLElement("PolicyName", policy),
            XMLElement("PolicyDocument", document.percentEncodedDocument),
        ]
    }

    private static let listPolicies = IAMOperation("ListRolePolicies", on: IAMResource.role) {
        (call: inout IAMCall) throws(AWSFault) in
        var constraints = Constraints.iam
        let page = try Page(call.call, &constraints)
        let name = constraints.roleName(call.call)
        try constraints.check()
        let names = try call.readableRole(name).inlinePolicies.keys.sorted()
        return try page.cut(names, by: \.self) { XMLElement("PolicyNames", members: $0) }
    }

    private static let deletePolicy = IAMOperation("DeleteRolePolicy", on: IAMResource.role) {
        (call: inout IAMCall) throws(AWSFault) in
        var constraints = Constraints.iam
        let policy = constraints.policyName(call.call)
        let name = constraints.roleName(call.call)
        try constraints.check()
        var role = try call.writableRole(name)
        guard role.inlinePolicies.removeValue(forKey: policy) != nil else { throw .noSuchRolePolicy(policy) }
        call.write(role, named: name)
        return nil
    }

    /// Operations that tie managed policies to a role.
    static let attachedPolicyOperations = [attachPolicy, detachPolicy, listAttachedPolicies]

    private static let attachPolicy = IAMOperation("AttachRolePolicy", on: IAMResource.role) {
        (call: inout IAMCall) throws(AWSFault) in
        let (arn, name) = try policyAndRole(call)
        var role = try call.writableRole(name)
        guard ManagedPolicy.find(arn) != nil else {
            throw .noSuchEntity("Policy \(arn) does not exist or is not attachable.")
        }
        guard !role.attachedPolicies.contains(arn) else { return nil }
        guard role.attachedPolicies.count < IAMRole.attachedQuota else {
            throw .limitExceeded("Cannot exceed quota for PoliciesPerRole: \(IAMRole.attachedQuota)")
        }
        role.attachedPolicies.append(arn)
        call.write(role, named: name)
        return nil
    }

    private static let detachPolicy = IAMOperation("DetachRolePolicy", on: IAMResource.role) {
        (call: inout IAMCall) throws(AWSFault) in
        let (arn, name) = try policyAndRole(call)
        var role = try call.writableRole(name)
        guard role.attachedPolicies.contains(arn) else { throw .noSuchEntity("Policy \(arn) was not found.") }
        role.attachedPolicies.removeAll { $0 == arn }
        call.write(role, named: name)
        return nil
    }

    private static let listAttachedPolicies = IAMOperation("ListAttachedRolePolicies", on: IAMResource.role) {
        (call: inout IAMCall) throws(AWSFault) in
        var constraints = Constraints.iam
        let page = try Page(call.call, &constraints)
        constraints.optional(call.call["PathPrefix"], "pathPrefix", TextRule(1...512, .pathPrefix))
        let name = constraints.roleName(call.call)
        try constraints.check()
        let prefix = call.call["PathPrefix"] ?? "/"
        let policies = try call.readableRole(name).attachedPolicies.sorted().compactMap(ManagedPolicy.find)
            .filter { $0.path.hasPrefix(prefix) }
        return try page.cut(policies, by: \.arn) { policies in
            XMLElement("AttachedPolicies", members: policies) { policy in
                [XMLElement("PolicyName", policy.name), XMLElement("PolicyArn", policy.arn)]
            }
        }
    }

    private static func policyAndRole(_ call: IAMCall) throws(AWSFault) -> (arn: String, role: String) {
        var constraints = Constraints.iam
        let arn = constraints.arn(call.call, "PolicyArn", "policyArn")
        let name = constraints.roleName(call.call)
        try constraints.check()
        guard ARN(arn) != nil else { throw .validation("ARN \(arn) is not valid.") }
        return (arn, name)
    }
}

extension IAMRole {
    /// How many characters besides white space the inline policies may have together.
    static let inlineQuota = 10_240
    /// How many managed policies may be attached.
    static let attachedQuota = 10
}

extension AWSFault {
    fileprivate static func noSuchRolePolicy(_ name: String) -> AWSFault {
        noSuchEntity("The role policy with name \(name) cannot be found.")
    }
}
