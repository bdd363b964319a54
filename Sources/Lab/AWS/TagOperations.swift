extension IAMOperation {
    /// Operations on the tags of OIDC providers.
    static let providerTagOperations = [tagProvider, untagProvider, listProviderTags]

    /// Operations on the tags of roles.
    static let roleTagOperations = [tagRole, untagRole, listRoleTags]

    private static let tagProvider = IAMOperation("TagOpenIDConnectProvider", on: IAMResource.provider) {
        (call: inout IAMCall) throws(AWSFault) in
        var constraints = Constraints.iam
        let arn = constraints.providerARN(call.call)
        let tags = constraints.tags(call.call)
        try constraints.check()
        guard var provider = call.account.providers.latest(arn) else { throw .providerNotFound(arn) }
        provider.tags = try IAMTag.merge(tags, into: provider.tags)
        call.write(provider, arn: arn)
        return nil
    }

    private static let untagProvider = IAMOperation("UntagOpenIDConnectProvider", on: IAMResource.provider) {
        (call: inout IAMCall) throws(AWSFault) in
        var constraints = Constraints.iam
        let arn = constraints.providerARN(call.call)
        let keys = constraints.tagKeys(call.call)
        try constraints.check()
        guard var provider = call.account.providers.latest(arn) else { throw .providerNotFound(arn) }
        provider.tags.removeAll { keys.contains($0.key) }
        call.write(provider, arn: arn)
        return nil
    }

    private static let listProviderTags = IAMOperation(
        "ListOpenIDConnectProviderTags",
        on: IAMResource.provider
    ) { (call: inout IAMCall) throws(AWSFault) in
        var constraints = Constraints.iam
        let page = try Page(call.call, &constraints)
        let arn = constraints.providerARN(call.call)
        try constraints.check()
        guard let provider = call.account.providers.value(arn, for: .iam, at: call.now) else {
            throw .providerNotFound(arn)
        }
        return try page.cut(provider.tags, by: \.key, as: \.element)
    }

    private static let tagRole = IAMOperation("TagRole", on: IAMResource.role) {
        (call: inout IAMCall) throws(AWSFault) in
        var constraints = Constraints.iam
        let name = constraints.roleName(call.call)
        let tags = constraints.tags(call.call)
        try constraints.check()
        var role = try call.writableRole(name)
        role.tags = try IAMTag.merge(tags, into: role.tags)
        call.write(role, named: name)
        return nil
    }

    private static let untagRole = IAMOperation("UntagRole", on: IAMResource.role) {
        (call: inout IAMCall) throws(AWSFault) in
        var constraints = Constraints.iam
        let name = constraints.roleName(call.call)
        let keys = constraints.tagKeys(call.call)
        try constraints.check()
        var role = try call.writableRole(name)
        role.tags.removeAll { keys.contains($0.key) }
        call.write(role, named: name)
        return nil
    }

    private static let listRoleTags = IAMOperation("ListRoleTags", on: IAMResource.role) {
        (call: inout IAMCall) throws(AWSFault) in
        var constraints = Constraints.iam
        let page = try Page(call.call, &constraints)
        let name = constraints.roleName(call.call)
        try constraints.check()
        return try page.cut(call.readableRole(name).tags, by: \.key, as: \.element)
    }
}
