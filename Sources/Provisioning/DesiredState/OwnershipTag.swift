/// How what the set-up made is told from what others made.
package enum OwnershipTag {
    /// The tag's key on AWS objects and Azure resources.
    package static let key = "made-by"
    /// The tag's value.
    package static let value = "cambist"
    /// The tag of applications and service principals, which is one text.
    package static let directoryTag = "made-by:cambist"

    /// The tag on a provider of others that an audience of ours was added to; `nil` where it would be too long.
    package static func addedAudience(_ audience: String) -> String? {
        let key = "cambist:client-id:" + audience
        return key.count <= 128 ? key : nil
    }

    /// The tag on a service principal of others that an assignment of ours was made to.
    package static func addedAssignment(principalID: String, roleID: String) -> String {
        "cambist:assigned:\(principalID):\(roleID)"
    }

    /// The tag on a role of others that a policy of ours was added to.
    package static func addedPolicy(_ name: String) -> String? {
        let key = "cambist:policy:" + name
        return key.count <= 128 ? key : nil
    }
}
