package import Federation

/// The tag on objects that setup creates, with the tenant and the first mapping of the setup.
///
/// The value is `cambist:TENANT:MAPPING`. Objects from the first release have the value `cambist`, which counts as a
/// tag for every tenant.
package struct OwnershipTag: Hashable, Sendable {
    /// The tag key on AWS objects and Azure resources.
    package static let key = "made-by"
    private static let program = "cambist"
    /// The maximum length of a tag value that both clouds accept.
    private static let longestValue = 256
    /// The maximum length of a tag key on AWS.
    private static let longestKey = 128

    /// The tenant ID, a GUID in lower case.
    private let tenantID: String
    private let mapping: String

    /// Creates the tag for a mapping's objects; characters that AWS refuses in tags are replaced by `-`.
    package init(tenantID: String, mapping: RoleMapping.ID) {
        self.tenantID = tenantID
        self.mapping = String(
            mapping.map { character in
                character.isLetter || character.isNumber || " _./=+-@".contains(character) ? character : "-"
            }
        )
    }

    package var value: String {
        String("\(Self.program):\(tenantID):\(mapping)".prefix(Self.longestValue))
    }

    /// The tag on applications and service principals, whose tags have no keys.
    package var directoryTag: String { String("\(Self.key):\(value)".prefix(Self.longestValue)) }

    /// Whether the tags of an AWS object or Azure resource include an ownership tag for this tenant.
    package func marks(_ tags: [String: String]) -> Bool {
        tags[Self.key].map(isOwn) ?? false
    }

    /// Whether the tags of an application or service principal include an ownership tag for this tenant.
    package func marks(_ directoryTags: [String]) -> Bool {
        directoryTags.contains { tag in
            tag.hasPrefix("\(Self.key):") && isOwn(String(tag.dropFirst(Self.key.count + 1)))
        }
    }

    private func isOwn(_ value: String) -> Bool {
        value == Self.program || value == "\(Self.program):\(tenantID)"
            || value.hasPrefix("\(Self.program):\(tenantID):")
    }

    /// Returns the tag key for an audience that setup added to an already existing provider.
    ///
    /// The result is `nil` if the key would be too long.
    package static func addedAudience(_ audience: String) -> String? {
        markKey("\(program):client-id:\(audience)")
    }

    /// Returns the tag for an assignment that setup added to an already existing service principal.
    package static func addedAssignment(principalID: String, roleID: String) -> String {
        "\(program):assigned:\(principalID):\(roleID)"
    }

    /// Returns the tag key for a policy that setup added to an already existing role.
    ///
    /// The result is `nil` if the key would be too long.
    package static func addedPolicy(_ name: String) -> String? {
        markKey("\(program):policy:\(name)")
    }

    private static func markKey(_ key: String) -> String? {
        key.count <= longestKey ? key : nil
    }
}

extension DesiredState {
    /// The ownership tag for the objects of this state.
    package var tag: OwnershipTag { OwnershipTag(tenantID: tenantID, mapping: mappings.first ?? "") }
}
