import Federation
import Foundation
import Yams

/// Writes a configuration of cambist for a running lab.
struct ConfigurationWriter {
    let plan: LabPlan
    let addresses: ServiceAddresses
    let files: LabFiles
    /// The file of the lab's certificate authority; `nil` without TLS.
    let authorityFile: String?

    /// Returns the configuration as YAML.
    func text() throws -> String {
        var sections = [
            ("identities", Self.mapping(plan.identities.filter(isShown).map { ($0.name, identity($0)) })),
            ("mappings", Self.mapping(plan.mappings.map { ($0.name, mapping($0)) })),
            ("endpoints", endpoints),
            ("watch", Self.mapping([("speed", Self.scalar(Self.number(plan.speed.factor)))])),
        ]
        if let administrator = plan.administrativeIdentity {
            sections.append(("setup", Self.mapping([("graph_identity", Self.scalar(administrator.name))])))
        }
        if let authorityFile {
            sections.append(("network", Self.mapping([("ca_file", Self.scalar(authorityFile))])))
        }
        return "# The lab's scenario \(plan.scenario.name): \(plan.scenario.summary)\n"
            + (try Yams.serialize(node: Self.mapping(sections), allowUnicode: true))
    }

    private var endpoints: Node {
        Self.mapping(
            [
                ("sts", addresses.sts),
                ("iam", addresses.iam),
                ("graph", addresses(.graph)),
                ("arm", addresses(.resourceManager)),
                ("authority", addresses(.authority)),
                ("imds", addresses(.instanceMetadata)),
                ("signin", addresses.signIn),
            ].map { ($0, Self.scalar($1)) }
        )
    }

    /// Whether a mapping or setup uses an identity.
    private func isShown(_ identity: PlannedIdentity) -> Bool {
        identity.scenario.isAdministrator || plan.mappings.contains { $0.identity.name == identity.name }
    }

    private func identity(_ identity: PlannedIdentity) -> Node {
        var keys = [("tenant_id", identity.scenario.claimedTenantID ?? plan.tenantID)]
        switch identity.isSystemAssigned ? .none : identity.scenario.selector {
        case .clientID: keys.append(("client_id", identity.clientID))
        case .resourceID: keys.append(("resource_id", identity.resourceID))
        case .principalID: break
        case .none: keys.append(("system_assigned", "true"))
        }
        keys.append(("principal_id", identity.scenario.claimedPrincipalID ?? identity.principalID))
        keys.append(("source", identity.scenario.source.rawValue))
        switch identity.scenario.source {
        case .instanceMetadata, .azureArc: break
        case .clientSecret: keys.append(("secret_file", Self.path(files.secret(of: identity))))
        case .clientCertificate: keys.append(("certificate_file", Self.path(files.certificate(of: identity))))
        case .workloadIdentity: keys.append(("token_file", Self.path(files.federatedToken(of: identity))))
        case .file: keys.append(("token_file", Self.path(files.token(of: identity))))
        }
        return Self.mapping(keys.map { ($0, Self.scalar($1)) })
    }

    private func mapping(_ mapping: PlannedMapping) -> Node {
        var keys: [(String, String)]
        if let hub = mapping.hub {
            let chain = mapping.scenario.chain
            keys = [("via", hub.name)]
            for case (let key, let value?) in [
                ("external_id", chain.externalID), ("source_identity", chain.sourceIdentity),
            ] {
                keys.append((key, value))
            }
        } else {
            keys = [
                ("identity", mapping.identity.name), ("audience", mapping.audience),
                ("app_role", mapping.appRole),
            ]
        }
        keys += [("role_arn", mapping.roleARN), ("region", mapping.scenario.region)]
        if let duration = mapping.scenario.duration {
            keys.append(("duration", DurationText.format(duration)))
        }
        if let name = mapping.scenario.sessionName { keys.append(("session_name", name)) }
        if mapping.scenario.sessionPolicy != nil {
            keys.append(("policy_file", Self.path(files.sessionPolicy(of: mapping))))
        }
        if plan.copiesTrustPolicy(of: mapping) {
            keys.append(("trust_policy_file", Self.path(files.trustPolicy(of: mapping))))
        }
        var nodes = keys.map { ($0, Self.scalar($1)) }
        let chain = mapping.scenario.chain
        if !chain.sessionTags.isEmpty {
            let tags = chain.sessionTags.sorted { $0.key < $1.key }
            nodes.append(("session_tags", Self.mapping(tags.map { ($0.key, Self.scalar($0.value)) })))
        }
        for (key, texts) in [
            ("transitive_tags", chain.transitiveTags), ("policy_arns", mapping.scenario.policyARNs),
            ("tags", mapping.scenario.tags),
        ]
        where !texts.isEmpty {
            nodes.append((key, Node(texts.map(Self.scalar), .implicit, .flow)))
        }
        if let setup = setup(of: mapping) { nodes.append(("setup", setup)) }
        return Self.mapping(nodes)
    }

    /// Returns the `setup` section of a mapping whose objects do not exist in the scenario.
    private func setup(of mapping: PlannedMapping) -> Node? {
        guard !plan.scenario.hasRoles, mapping.hub == nil else { return nil }
        return Self.mapping([("application", Self.scalar(mapping.scenario.application))])
    }

    private static func path(_ url: URL) -> String {
        url.path(percentEncoded: false)
    }

    private static func mapping(_ pairs: [(String, Node)]) -> Node {
        Node(pairs.map { (scalar($0), $1) })
    }

    private static func scalar(_ text: String) -> Node {
        Node(text)
    }

    /// Formats a number, without decimals if it is whole.
    private static func number(_ value: Double) -> String {
        Int(exactly: value).map { String($0) } ?? String(value)
    }
}
