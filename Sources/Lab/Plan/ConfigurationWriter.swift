import Federation
import Yams

/// Writes a cambist configuration for a running lab.
struct ConfigurationWriter {
    let plan: LabPlan
    let addresses: ServiceAddresses

    /// The configuration as YAML.
    func text() throws -> String {
        let root = Self.mapping([
            ("identities", Self.mapping(plan.identities.map { ($0.name, identity($0)) })),
            ("mappings", Self.mapping(plan.mappings.map { ($0.name, mapping($0)) })),
            ("endpoints", endpoints),
            ("watch", Self.mapping([("speed", Self.scalar(Self.number(plan.pace.speed)))])),
        ])
        return "# The lab's scenario \(plan.scenario.name): \(plan.scenario.summary)\n"
            + (try Yams.serialize(node: root, allowUnicode: true))
    }

    private var endpoints: Node {
        Self.mapping([
            ("sts", Self.scalar(addresses.sts)),
            ("iam", Self.scalar(addresses.iam)),
            ("authority", Self.scalar(addresses(.authority))),
            ("imds", Self.scalar(addresses(.instanceMetadata))),
        ])
    }

    private func identity(_ identity: PlannedIdentity) -> Node {
        var keys = [("tenant_id", plan.tenantID)]
        if identity.isSystemAssigned {
            keys.append(("system_assigned", "true"))
        } else {
            keys.append(("client_id", identity.clientID))
        }
        keys += [("principal_id", identity.principalID), ("source", "imds")]
        return Self.mapping(keys.map { ($0, Self.scalar($1)) })
    }

    private func mapping(_ mapping: PlannedMapping) -> Node {
        var keys = [
            ("identity", mapping.identity.name),
            ("audience", mapping.audience),
            ("app_role", mapping.appRole),
            ("role_arn", mapping.roleARN),
            ("region", mapping.scenario.region),
        ].map { ($0, Self.scalar($1)) }
        if !mapping.scenario.tags.isEmpty {
            keys.append(("tags", Node(mapping.scenario.tags.map(Self.scalar), .implicit, .flow)))
        }
        return Self.mapping(keys)
    }

    private static func mapping(_ pairs: [(String, Node)]) -> Node {
        Node(pairs.map { (scalar($0), $1) })
    }

    private static func scalar(_ text: String) -> Node {
        Node(text)
    }

    /// A speed without a fraction where it has none.
    private static func number(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(value)
    }
}
