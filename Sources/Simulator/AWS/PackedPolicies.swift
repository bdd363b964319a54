/// How much of the room for session policies and tags an exchange fills.
struct PackedPolicies: Sendable {
    /// Percent of the room; `nil` without any policy or tag.
    let packedSize: Int?

    /// What the policies and tags of one exchange may have together, in bytes.
    ///
    /// AWS packs them in a binary form of its own that nobody has described; the lab counts the bytes of UTF-8, so
    /// that here too a policy of no more than 2048 characters can be too large.
    private static let room = 2048

    init(_ parameters: WebIdentityParameters, tags: SessionTags) throws(AWSFault) {
        if let policy = parameters.policy { _ = try IdentityPolicy(parsing: policy) }
        let policies = (parameters.policy.map { [$0] } ?? []) + parameters.policyARNs
        let tagText = tags.tags.map { $0.key + $0.value }
        guard !policies.isEmpty || !tagText.isEmpty else {
            packedSize = nil
            return
        }
        let policySize = Self.percent(policies)
        let tagSize = Self.percent(tagText)
        if policySize > 100 {
            throw Self.tooLarge(
                "Packed policy consumes \(policySize)% of allotted space, please use smaller policy."
            )
        }
        if policySize + tagSize > 100 {
            throw Self.tooLarge(
                "Packed size of session tags consumes \(policySize + tagSize)% of allotted space."
            )
        }
        packedSize = policySize + tagSize
    }

    /// At least one percent for anything at all.
    private static func percent(_ texts: [String]) -> Int {
        let size = texts.reduce(0) { $0 + $1.utf8.count }
        return (size * 100 + room - 1) / room
    }

    private static func tooLarge(_ message: String) -> AWSFault {
        AWSFault(400, "PackedPolicyTooLarge", message)
    }
}
