package import Federation

/// The tag that marks an object as created by setup, and for which tenant and mapping.
///
/// Its value is `cambist:TENANT:MAPPING`. Objects of the first release carry `cambist` alone; they count as
/// owned by every tenant.
package struct OwnershipTag: Hashable, Sendable {
    /// The tag's key on AWS objects and Azure resources.
    package static let key = "made-by"
    private static let program = "cambist"
    /// The longest tag value that both clouds accept.
    private static let longestValue = 256
    /// The longest tag key of AWS.
    private static let longestKey = 128

    /// A GUID, lower case.
    private let tenantID: String
    private let mapping: String

    /// Creates the tag of objects that a mapping needs; characters that AWS refuses in tags become `-`.
    package init(tenantID: String, mapping: RoleMapping.ID) {
        self.tenantID = tenantID
        self.mapping = String(
            mapping.map { character in
                character.isLetter || character.isNumber || " _./=+-@".contains(character) ? character : "-"
            }
        )
    }

    /// The tag's value.
    package var value: String {
        String("\(Self.program):\(tenantID):\(mapping)".prefix(Self.longestValue))
    }

    /// The tag of applications and service principals, whose tags have no key.
    package var directoryTag: String { String("\(Self.key):\(value)".prefix(Self.longestValue)) }

    /// Whether tags of an AWS object or an Azure resource mark it as created for this tenant.
    package func marks(_ tags: [String: String]) -> Bool {
        tags[Self.key].map(isOwn) ?? false
    }

    /// Whether tags of an application or a service principal mark it as created for this tenant.
    package func marks(_ directoryTags: [String]) -> Bool {
        directoryTags.contains { tag in
            tag.hasPrefix("\(Self.key):") && isOwn(String(tag.dropFirst(Self.key.count + 1)))
        }
    }

    private func isOwn(_ value: String) -> Bool {
        value == Self.program || value == "\(Self.program):\(tenantID)"
            || value.hasPrefix("\(Self.program):\(tenantID):")
    }

    /// The tag key on a foreign provider that an audience was added to; `nil` where it would be too long.
    package static func addedAudience(_ audience: String) -> String? {
        markKey("\(program):client-id:\(audience)")
    }

    /// The tag on a foreign service principal that an assignment was added to.
    package static func addedAssignment(principalID: String, roleID: String) -> String {
        "\(program):assigned:\(principalID):\(roleID)"
    }

    /// The tag key on a foreign role that a policy was added to; `nil` where it would be too long.
    package static func addedPolicy(_ name: String) -> String? {
        markKey("\(program):policy:\(name)")
    }

    private static func markKey(_ key: String) -> String? {
        key.count <= longestKey ? key : nil
    }
}

extension DesiredState {
    /// The tag of the objects that this state needs.
    package var tag: OwnershipTag { OwnershipTag(tenantID: tenantID, mapping: mappings.first ?? "") }
}
