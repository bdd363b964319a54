import Federation

/// The condition keys that AWS documents, and the correction of misspelled keys.
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
    /// The parts before the slash in keys such as `aws:RequestTag/TEAM`.
    private static let families = [
        "aws:PrincipalTag", "aws:RequestTag", "aws:ResourceTag", "iam:ResourceTag", "sts:RequestContext",
    ]
    /// Common wrong names (in lowercase, without prefix), each with the correct key.
    private static let words = ["sourceipaddress": "aws:SourceIp", "ipaddress": "aws:SourceIp"]

    /// Returns whether AWS does not document a key with the prefix `aws:` or `sts:`; `false` for other prefixes.
    static func isUndocumented(_ key: String) -> Bool {
        let folded = key.lowercased()
        guard ["aws:", "sts:"].contains(where: folded.hasPrefix) else { return false }
        guard let slash = folded.firstIndex(of: "/") else {
            return !names.contains { $0.lowercased() == folded }
        }
        return !families.contains { $0.lowercased() == folded[..<slash] }
    }

    /// Returns the correction of a misspelled key with the prefix `aws:`, `sts:`, or `iam:`, if any; ignores case.
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
        // The name may exist only with another prefix (for example, `sts:SourceIp` is corrected to `aws:SourceIp`).
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
    /// Whether AWS certainly does not document the condition's key.
    ///
    /// The value is `false` for keys of other services (for example, `s3:prefix`) and of issuers that cambist does not
    /// know.
    package var hasUndocumentedKey: Bool {
        guard let claim = OIDCKey(key) else {
            return !key.contains(":") || AWSConditionKey.isUndocumented(key)
                || AWSConditionKey.meant(by: key) != nil
        }
        return claim.kind != .other && !claim.isSupported
    }

    /// Whether the condition's key has the prefix `aws:` or `sts:` but is not documented by AWS.
    package var hasUndocumentedKeyOfAWS: Bool { AWSConditionKey.isUndocumented(key) }
}

extension RequestContext {
    /// Returns the correction of a misspelled key that the request does not have; `nil` without a correction.
    ///
    /// The correction is a similar AWS key. For `aws:RequestTag/…`, the correction can be the key of a similar session
    /// tag in the token.
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
