import Federation
import FoundationEssentials
import YAMLReader

/// Writes a configuration of cambist for a running lab.
struct ConfigurationWriter {
    let plan: LabPlan
    let addresses: ServiceAddresses
    let files: LabFiles
    /// The PEM file with the certificate authorities of the lab's servers; `nil` without TLS.
    let authorityFile: String?

    /// The configuration, as YAML.
    var text: String {
        var sections: [(String, Value)] = [
            ("identities", .group(plan.identities.filter(isShown).map { ($0.name, identity($0)) })),
            ("mappings", .group(plan.mappings.map { ($0.name, mapping($0)) })),
            ("endpoints", endpoints),
            ("watch", .group([("speed", .text(Self.number(plan.speed.factor)))])),
        ]
        if let administrator = plan.administrativeIdentity {
            sections.append(("setup", .group([("graph_identity", .text(administrator.name))])))
        }
        if let authorityFile { sections.append(("network", .group([("ca_file", .text(authorityFile))]))) }
        let lines =
            ["# The lab's scenario \(plan.scenario.name): \(plan.scenario.summary)"]
            + Value.lines(of: sections, indentation: "")
        return lines.joined(separator: "\n") + "\n"
    }

    private enum Value {
        case text(String)
        case list([String])
        case group([(String, Value)])

        /// Returns the lines of a group.
        static func lines(of group: [(String, Value)], indentation: String) -> [String] {
            group.flatMap { name, value in
                let key = "\(indentation)\(PlainText.scalar(name)):"
                switch value {
                case .text(let text): return ["\(key) \(PlainText.scalar(text))"]
                case .list(let texts):
                    return ["\(key) [\(texts.map(PlainText.scalar).joined(separator: ", "))]"]
                case .group(let members) where members.isEmpty: return ["\(key) {}"]
                case .group(let members): return [key] + lines(of: members, indentation: indentation + "  ")
                }
            }
        }
    }

    private var endpoints: Value {
        .group(
            [
                ("sts", addresses.sts),
                ("iam", addresses.iam),
                ("graph", addresses(.graph)),
                ("arm", addresses(.resourceManager)),
                ("authority", addresses(.authority)),
                ("imds", addresses(.instanceMetadata)),
                ("signin", addresses.signIn),
            ].map { ($0, .text($1)) }
        )
    }

    /// Whether the configuration contains the identity (an administrator, or the identity of a mapping).
    private func isShown(_ identity: PlannedIdentity) -> Bool {
        identity.scenario.isAdministrator || plan.mappings.contains { $0.identity.name == identity.name }
    }

    private func identity(_ identity: PlannedIdentity) -> Value {
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
        return .group(keys.map { ($0, .text($1)) })
    }

    private func mapping(_ mapping: PlannedMapping) -> Value {
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
        var values: [(String, Value)] = keys.map { ($0, .text($1)) }
        let chain = mapping.scenario.chain
        if !chain.sessionTags.isEmpty {
            let tags = chain.sessionTags.sorted { $0.key < $1.key }
            values.append(("session_tags", .group(tags.map { ($0.key, .text($0.value)) })))
        }
        for (key, texts) in [
            ("transitive_tags", chain.transitiveTags), ("policy_arns", mapping.scenario.policyARNs),
            ("tags", mapping.scenario.tags),
        ]
        where !texts.isEmpty {
            values.append((key, .list(texts)))
        }
        if let setup = setup(of: mapping) { values.append(("setup", setup)) }
        return .group(values)
    }

    /// Returns the `setup` section of a mapping without a hub, for a scenario that begins without roles.
    private func setup(of mapping: PlannedMapping) -> Value? {
        guard !plan.scenario.hasRoles, mapping.hub == nil else { return nil }
        return .group([("application", .text(mapping.scenario.application))])
    }

    private static func path(_ url: URL) -> String {
        url.path(percentEncoded: false)
    }

    /// Formats a number, without decimals if it is whole.
    private static func number(_ value: Double) -> String {
        Int(exactly: value).map { String($0) } ?? String(value)
    }
}
