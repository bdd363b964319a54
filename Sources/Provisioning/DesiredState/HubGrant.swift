package import Federation
import TrustPolicy

/// Permission to assume a role with the credentials of one other role, the hub's role.
package struct HubGrant: Hashable, Sendable {
    /// The role whose sessions may assume the role.
    package let hubARN: RoleARN
    /// The external ID that the calls contain, if any.
    package private(set) var externalID: String?
    /// The actions that the calls need in addition to `sts:AssumeRole` (for example, `sts:TagSession`).
    package private(set) var furtherActions: [String]
    /// The mapping whose call is evaluated: one of the mappings that need the grant.
    private let mapping: RoleMapping

    /// Creates the grant that a mapping needs; `nil` for a mapping without a hub.
    package init?(_ mapping: RoleMapping) {
        guard let hub = mapping.hub else { return nil }
        hubARN = hub.roleARN
        externalID = mapping.chained?.externalID
        furtherActions = mapping.furtherActions
        self.mapping = mapping
    }

    /// Returns this grant, extended by the requirements of another grant for the same hub and role.
    ///
    /// If this grant has no external ID, the result has the external ID of `other`.
    func merging(_ other: HubGrant) -> HubGrant {
        var merged = self
        merged.externalID = externalID ?? other.externalID
        merged.furtherActions += other.furtherActions.filter { !furtherActions.contains($0) }
        return merged
    }

    /// The actions that the role's trust policy and the hub's permissions must allow.
    package var actions: [String] { [Self.action] + furtherActions }

    static let action = "sts:AssumeRole"

    private var actionValue: JSONValue {
        furtherActions.isEmpty ? .string(Self.action) : .array(actions.map(JSONValue.string))
    }

    /// Returns the grant as a statement of the role's trust policy.
    package func statement(sid: String) -> JSONValue {
        var members: [String: JSONValue] = [
            "Sid": .string(sid),
            "Effect": .string("Allow"),
            "Principal": .object(["AWS": .string(hubARN.description)]),
            "Action": actionValue,
        ]
        if let externalID {
            members["Condition"] = .object([
                "StringEquals": .object(["sts:ExternalId": .string(externalID)])
            ])
        }
        return .object(members)
    }

    /// Returns the permissions policy that allows the hub's role to assume a role.
    package func permission(on role: RoleARN) -> JSONValue {
        .object([
            "Version": .string("2012-10-17"),
            "Statement": .array([
                .object([
                    "Effect": .string("Allow"), "Action": actionValue, "Resource": .string(role.description),
                ])
            ]),
        ])
    }

    /// Whether a statement allows this hub's role as its only AWS principal.
    func matches(_ statement: JSONValue) -> Bool {
        statement["Effect"]?.string == "Allow"
            && statement["Principal"]?["AWS"]?.strings == [hubARN.description]
    }

    /// Whether the grant's own statement already has a condition with the operator and the key of `condition`.
    func determines(_ condition: Condition) -> Bool {
        externalID != nil && condition.operator == ConditionOperator("StringEquals")
            && condition.foldedKey == "sts:externalid"
    }

    /// The context of the mapping's call, in an array; empty if cambist cannot evaluate the call.
    var contexts: [RequestContext] {
        TrustRequest(assuming: mapping).map { [$0.context] } ?? []
    }

    /// Returns the verdict of a policy on the mapping's call and on the grant's further actions.
    func verdict(of policy: TrustPolicy) -> TrustVerdict {
        guard let request = TrustRequest(assuming: mapping) else { return TrustVerdict(decision: .invalid) }
        return policy.evaluate(request, then: furtherActions)
    }
}

/// An inline policy that allows a hub's role to assume the role of another mapping.
package struct DesiredPermission: Hashable, Sendable {
    package let hub: RoleMapping.ID
    package let role: RoleARN
    package let policy: DesiredInlinePolicy

    /// The name prefix of the inline policies that setup adds to hubs' roles.
    static let namePrefix = "cambist-assume-"

    /// Creates the permission that a mapping's hub needs; `nil` for a mapping without a hub.
    package init?(_ mapping: RoleMapping) {
        guard let hub = mapping.hub, let grant = HubGrant(mapping) else { return nil }
        self.hub = hub.id
        role = hub.roleARN
        policy = DesiredInlinePolicy(
            name: Self.namePrefix + mapping.id,
            document: grant.permission(on: mapping.roleARN)
        )
    }
}
