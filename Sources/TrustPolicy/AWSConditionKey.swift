import Federation

/// The names of AWS's own condition keys, and the key that a misspelled name means.
///
/// Sources: IAM user guide, AWS global condition context keys; service authorization reference, condition keys of STS
/// and of IAM.
enum AWSConditionKey {
    private static let names = [
        "aws:AssumedRoot", "aws:CalledVia", "aws:CalledViaAWSMCP", "aws:CalledViaFirst", "aws:CalledViaLast",
        "aws:ChatbotSourceArn",
        "aws:CurrentTime", "aws:Ec2InstanceSourcePrivateIPv4", "aws:Ec2InstanceSourceVpc", "aws:EpochTime",
        "aws:FederatedProvider", "aws:MultiFactorAuthAge", "aws:MultiFactorAuthPresent",
        "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalIsAWSService", "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths", "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList",
        "aws:PrincipalType", "aws:Referer", "aws:RequestedRegion", "aws:ResourceAccount",
        "aws:ResourceOrgID", "aws:ResourceOrgPaths", "aws:SecureTransport", "aws:SourceAccount",
        "aws:SourceArn", "aws:SourceIdentity", "aws:SourceIp", "aws:SourceOrgID", "aws:SourceOrgPaths",
        "aws:SourceOwner", "aws:SourceVpc", "aws:SourceVpcArn", "aws:SourceVpce", "aws:TagKeys",
        "aws:TokenIssueTime", "aws:UserAgent", "aws:userid", "aws:username", "aws:ViaAWSMCPService",
        "aws:ViaAWSService",
        "aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths", "aws:VpcSourceIp", "sts:AWSServiceName",
        "sts:DurationSeconds", "sts:ExternalId", "sts:IdentityTokenAudience", "sts:RequestContextProviders",
        "sts:RoleAuthorizedByIdp", "sts:RoleSessionName", "sts:SigningAlgorithm", "sts:SourceIdentity",
        "sts:TaskPolicyArn", "sts:TransitiveTagKeys",
    ]
    /// The beginnings of the keys whose names end in the name of a tag or of a context.
    private static let families = [
        "aws:PrincipalTag", "aws:RequestTag", "aws:ResourceTag", "iam:ResourceTag", "sts:RequestContext",
    ]
    /// The names by which policies mean a key with a less similar name.
    private static let words = ["sourceipaddress": "aws:SourceIp", "ipaddress": "aws:SourceIp"]

    /// Whether a key has the prefix of AWS's global keys or of STS, and AWS's documentation does not have the key.
    static func isUndocumented(_ key: String) -> Bool {
        let folded = key.lowercased()
        guard ["aws:", "sts:"].contains(where: folded.hasPrefix) else { return false }
        guard let slash = folded.firstIndex(of: "/") else {
            return !names.contains { $0.lowercased() == folded }
        }
        return !families.contains { $0.lowercased() == folded[..<slash] }
    }

    /// Returns the key that a misspelled key means; `nil` if AWS has the key, another service may have it, or no name is
    /// similar.
    static func meant(by key: String) -> String? {
        let parts = key.withoutBlanks.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let head = parts.first, let colon = head.firstIndex(of: ":"),
            ["aws", "sts", "iam"].contains(head[..<colon].lowercased())
        else { return nil }
        let isTag = parts.count == 2
        let known = isTag ? families : names
        let tag = isTag ? "/\(parts[1])" : ""
        let folded = head.lowercased()
        if let own = known.first(where: { $0.lowercased() == folded }) {
            return key == key.withoutBlanks ? nil : own + tag
        }
        let name = head[head.index(after: colon)...].lowercased()
        if let word = words[name], !isTag { return word }
        // A name with another service's prefix means the key of the service that has the name.
        let sameService = known.filter { $0.lowercased().hasPrefix(head[...colon].lowercased()) }
        let bare = { (key: String) in String(key.split(separator: ":")[1]) }
        let nearest =
            NearestName.of(name, among: sameService.map(bare)).flatMap { found in
                sameService.first { bare($0) == found }
            } ?? known.first { bare($0).lowercased() == name }
        return nearest.map { $0 + tag }
    }
}

extension Condition {
    /// Whether AWS's documentation does not have the condition's key, so that every request may lack it.
    package var hasUndocumentedKey: Bool {
        guard let claim = OIDCKey(key) else {
            return !key.contains(":") || AWSConditionKey.isUndocumented(key)
                || AWSConditionKey.meant(by: key) != nil
        }
        return claim.kind != .other && !claim.isSupported
    }

    /// Whether the key is one of AWS's own, and AWS's documentation does not have it.
    package var hasUndocumentedKeyOfAWS: Bool { AWSConditionKey.isUndocumented(key) }
}

extension RequestContext {
    /// Returns the key that an AWS key, which the request does not have, means: a misspelled key, or the key of a session
    /// tag of the request with a similar name; `nil` if there is none.
    func meantKey(of key: String) -> String? {
        let corrected = AWSConditionKey.meant(by: key) ?? key
        let prefix = "aws:RequestTag/"
        guard corrected.lowercased().hasPrefix(prefix.lowercased()), let claims else {
            return corrected == key ? nil : corrected
        }
        let tag = String(corrected.dropFirst(prefix.count))
        let tags = claims.sessionTags.keys.sorted()
        let own = tags.first { $0.lowercased() == tag.lowercased() } ?? NearestName.of(tag, among: tags)
        if let own { return prefix + own }
        return corrected == key ? nil : corrected
    }
}
