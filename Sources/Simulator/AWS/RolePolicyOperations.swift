import Federation

extension IAMOperation {
    /// Operations on the inline policies of a role.
    static let inlinePolicyOperations = [
        changingRole("PutRolePolicy", reading: newPolicy) { (role, policy) throws(AWSFault) in
            _ = try IdentityPolicy(parsing: policy.document)
            role.inlinePolicies[policy.name] = policy.document
            try role.checkInlineQuota()
        },
        showingRole("GetRolePolicy", reading: policyName) { (role, name) throws(AWSFault) in
            guard let document = role.inlinePolicies[name] else { throw .noSuchRolePolicy(name) }
            return [
                XMLElement("RoleName", role.name),
                XMLElement("PolicyName", name),
                XMLElement("PolicyDocument", document.percentEncodedDocument),
            ]
        },
        showingRole("ListRolePolicies", reading: page) { (role, page) throws(AWSFault) in
            try page.cut(role.inlinePolicies.keys.sorted(), by: \.self) {
                XMLElement("PolicyNames", members: $0)
            }
        },
        changingRole("DeleteRolePolicy", reading: policyName) { (role, name) throws(AWSFault) in
            guard role.inlinePolicies.removeValue(forKey: name) != nil else { throw .noSuchRolePolicy(name) }
        },
    ]

    /// Operations on the managed policies attached to a role.
    static let attachedPolicyOperations = [
        changingRole("AttachRolePolicy", reading: policyARN) { (role, arn) throws(AWSFault) in
            guard ARN(arn) != nil else { throw .validation("ARN \(arn) is not valid.") }
            guard ManagedPolicy.find(arn) != nil else {
                throw .noSuchEntity("Policy \(arn) does not exist or is not attachable.")
            }
            if !role.attachedPolicies.contains(arn) { role.attachedPolicies.append(arn) }
            guard role.attachedPolicies.count <= IAMRole.attachedQuota else {
                throw .limitExceeded("Cannot exceed quota for PoliciesPerRole: \(IAMRole.attachedQuota)")
            }
        },
        changingRole("DetachRolePolicy", reading: policyARN) { (role, arn) throws(AWSFault) in
            guard ARN(arn) != nil else { throw .validation("ARN \(arn) is not valid.") }
            guard let index = role.attachedPolicies.firstIndex(of: arn) else {
                throw .noSuchEntity("Policy \(arn) was not found.")
            }
            role.attachedPolicies.remove(at: index)
        },
        showingRole("ListAttachedRolePolicies", reading: pageBelowPath) { (role, input) throws(AWSFault) in
            let policies = role.attachedPolicies.sorted().compactMap(ManagedPolicy.find)
                .filter { $0.path.hasPrefix(input.path) }
            return try input.page.cut(policies, by: \.arn) { policies in
                XMLElement("AttachedPolicies", members: policies) { policy in
                    [XMLElement("PolicyName", policy.name), XMLElement("PolicyArn", policy.arn)]
                }
            }
        },
    ]

    private static let policyName: Reading<String> = { (call, constraints) in
        constraints.required(call["PolicyName"], "policyName", .policyName)
    }

    private static let policyARN: Reading<String> = { (call, constraints) in
        constraints.arn(call, "PolicyArn", "policyArn")
    }

    private static let newPolicy: Reading<(name: String, document: String)> = {
        (call, constraints) throws(AWSFault) in
        let name = try policyName(call, &constraints)
        return (name, constraints.document(call, "PolicyDocument", "policyDocument"))
    }

    /// Reads the page and the path prefix for a list.
    static let pageBelowPath: Reading<(page: ResultPage, path: String)> = {
        (call, constraints) throws(AWSFault) in
        constraints.optional(call["PathPrefix"], "pathPrefix", TextRule(1...512, .pathPrefix))
        return (try ResultPage(call, &constraints), call["PathPrefix"] ?? "/")
    }
}

extension IAMRole {
    /// The maximum number of attached managed policies.
    static let attachedQuota = 10
    /// The maximum total size of all inline policies, in characters excluding white space.
    static let inlineQuota = 10_240

    fileprivate func checkInlineQuota() throws(AWSFault) {
        let size = inlinePolicies.values.reduce(0) { total, text in
            total + text.unicodeScalars.count { !$0.properties.isWhitespace }
        }
        guard size <= Self.inlineQuota else {
            throw .limitExceeded("Maximum policy size of \(Self.inlineQuota) bytes exceeded for role \(name)")
        }
    }
}

extension AWSFault {
    fileprivate static func noSuchRolePolicy(_ name: String) -> AWSFault {
        noSuchEntity("The role policy with name \(name) cannot be found.")
    }
}
