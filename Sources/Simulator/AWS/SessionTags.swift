import Federation
import TrustPolicy

/// The session tags and the source identity in a token or a call of AssumeRole.
///
/// Source: IAM user guide, session tags and source identity.
struct SessionTags: Sendable {
    /// The values, by key.
    private(set) var tags: [String: String] = [:]
    private(set) var transitiveKeys: [String] = []
    let sourceIdentity: String?

    /// Reads the tags of a token; the token's claim contains each value as a list of one string.
    init(_ claims: Claims) throws(AWSFault) {
        sourceIdentity = claims.sourceIdentity
        guard let claim = claims.sessionTagClaim else { return }
        guard case .object(let values) = claim["principal_tags"] ?? .object([:]), values.count <= 50 else {
            throw .notAToken
        }
        for (key, value) in values {
            guard case .array(let elements) = value, elements.count == 1, let text = elements[0].string,
                (1...128).contains(key.unicodeScalars.count), text.unicodeScalars.count <= 256
            else { throw .notAToken }
            tags[key] = text
        }
        transitiveKeys = claims.transitiveTagKeys
        try check(Array(tags.keys))
    }

    /// Creates the tags of an AssumeRole call.
    ///
    /// - Throws: STS's error if a key repeats, or if a transitive key has no tag.
    init(_ pairs: [(key: String, value: String)], transitive: [String], sourceIdentity: String?)
        throws(AWSFault)
    {
        tags = Dictionary(pairs) { first, _ in first }
        transitiveKeys = transitive
        self.sourceIdentity = sourceIdentity
        try check(pairs.map(\.key))
    }

    private func check(_ keys: [String]) throws(AWSFault) {
        guard Set(keys.map { $0.lowercased() }).count == keys.count else {
            throw Self.refused("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        }
        guard transitiveKeys.allSatisfy({ tags[$0] != nil }) else {
            throw Self.refused("The specified transitive tag key must be included in the requested tags.")
        }
    }

    /// Refuses tags that would replace a transitive tag of the calling session.
    func checkConflicts(with session: Session) throws(AWSFault) {
        let inherited = Set(session.transitiveTags.map { $0.lowercased() })
        guard !tags.keys.contains(where: { inherited.contains($0.lowercased()) }) else {
            throw Self.refused(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag "
                    + "key from the calling session."
            )
        }
    }

    /// The actions that the role's trust policy must allow in addition to the call itself.
    var actions: [String] {
        (tags.isEmpty ? [] : ["sts:TagSession"]) + (sourceIdentity == nil ? [] : ["sts:SetSourceIdentity"])
    }

    /// Adds the condition keys for the tags and the source identity.
    func describe(in context: inout RequestContext) {
        for (key, value) in tags {
            context["aws:RequestTag/\(key)"] = .values([value])
        }
        if !tags.isEmpty { context["aws:TagKeys"] = .values(tags.keys.sorted()) }
        if !transitiveKeys.isEmpty { context["sts:TransitiveTagKeys"] = .values(transitiveKeys) }
        if let sourceIdentity { context["sts:SourceIdentity"] = .values([sourceIdentity]) }
    }

    private static func refused(_ message: String) -> AWSFault {
        AWSFault(400, "InvalidParameterValue", message)
    }
}
