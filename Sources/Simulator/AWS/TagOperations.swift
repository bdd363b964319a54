extension IAMOperation {
    /// Operations on the tags of OIDC providers.
    static let providerTagOperations = [
        changingProvider("TagOpenIDConnectProvider", missing: AWSFault.providerNotFound, reading: tags) {
            (provider, tags) throws(AWSFault) in
            provider.tags = try IAMTag.merge(tags, into: provider.tags)
        },
        changingProvider("UntagOpenIDConnectProvider", missing: AWSFault.providerNotFound, reading: tagKeys) {
            (provider, keys) throws(AWSFault) in
            provider.tags.removeAll { keys.contains($0.key) }
        },
        showingProvider("ListOpenIDConnectProviderTags", missing: AWSFault.providerNotFound, reading: page) {
            (provider, page) throws(AWSFault) in
            try page.cut(provider.tags, by: \.key, as: \.element)
        },
    ]

    /// Operations on the tags of roles.
    static let roleTagOperations = [
        changingRole("TagRole", reading: tags) { (role, tags) throws(AWSFault) in
            role.tags = try IAMTag.merge(tags, into: role.tags)
        },
        changingRole("UntagRole", reading: tagKeys) { (role, keys) throws(AWSFault) in
            role.tags.removeAll { keys.contains($0.key) }
        },
        showingRole("ListRoleTags", reading: page) { (role, page) throws(AWSFault) in
            try page.cut(role.tags, by: \.key, as: \.element)
        },
    ]

    private static let tags: Reading<[IAMTag]> = { (call, constraints) in constraints.tags(call) }

    private static let tagKeys: Reading<[String]> = { (call, constraints) in constraints.tagKeys(call) }

    /// Reads the requested page of a list.
    static let page: Reading<ResultPage> = { (call, constraints) throws(AWSFault) in
        try ResultPage(call, &constraints)
    }
}
