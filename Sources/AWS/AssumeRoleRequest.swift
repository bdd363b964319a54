package import Federation
package import Transport

/// The parameters of AssumeRole.
package struct AssumeRoleRequest: Hashable, Sendable {
    package var session: RoleSessionRequest
    /// The parameters that only AssumeRole has.
    package var chained: ChainedSession

    package init(session: RoleSessionRequest, chained: ChainedSession = ChainedSession()) {
        self.session = session
        self.chained = chained
    }

    /// Validates the request against STS's documented constraints; `region` is the endpoint's region.
    ///
    /// - Throws: ``CloudError/invalidRequest(parameter:problem:)`` for the first violation.
    package func validate(region: String) throws(CloudError) {
        try session.validate(region: region)
        if let id = chained.externalID {
            try require(
                ChainedSession.isExternalID(id),
                "ExternalId",
                "must have 2 to 1224 characters: letters, digits, and _+=,.@:/-"
            )
        }
        if let identity = chained.sourceIdentity {
            try require(
                RoleSessionName.isValid(identity),
                "SourceIdentity",
                "must have \(RoleSessionName.accepted)"
            )
        }
        try validateTags()
    }

    private func validateTags() throws(CloudError) {
        let tags = chained.tags
        try require(
            tags.count <= ChainedSession.maximumTags,
            "Tags",
            "has \(tags.count) tags; at most \(ChainedSession.maximumTags) are accepted"
        )
        for (key, value) in tags {
            try require(
                ChainedSession.isTagKey(key) && ChainedSession.isTagValue(value),
                "Tags",
                "has the tag \(key); keys have 1 to 128 and values at most 256 letters, digits, spaces, and _.:/=+-@"
            )
        }
        for key in chained.transitiveTags {
            try require(tags[key] != nil, "TransitiveTagKeys", "names \(key), which is not a key of Tags")
        }
    }

    var body: FormBody {
        var body = session.body(action: "AssumeRole")
        body.append(tags: chained.tags)
        if !chained.transitiveTags.isEmpty { body.append("TransitiveTagKeys", list: chained.transitiveTags) }
        body.append("ExternalId", ifAny: chained.externalID)
        body.append("SourceIdentity", ifAny: chained.sourceIdentity)
        return body
    }
}
