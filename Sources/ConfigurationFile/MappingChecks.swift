import Federation
import FoundationEssentials
import YAMLReader

/// Checks that the keys of a mapping are consistent with each other, and warns about values that cause problems.
struct MappingChecks {
    /// The session duration below which AWS SDKs may refresh credentials on every call.
    private static let shortSession = Duration.seconds(32 * 60)

    let name: String
    let source: SectionSource
    let variables: VariableReader
    /// The names of all identities.
    let identities: Set<String>
    /// The tenants of the identities, if known.
    let tenants: [String: String?]

    func check(_ draft: MappingDraft, _ findings: inout Findings) {
        checkChain(draft, &findings)
        if draft.hub == nil, let identity = draft.identity, !identities.contains(identity),
            let element = source.element("identity")
        {
            findings.addUnknown(identity: identity, at: element, among: identities)
        }
        checkAudience(draft, &findings)
        checkSessionName(draft, &findings)
        checkPartition(draft, &findings)
        checkSetup(draft.setup.identity, &findings)
        checkMicrosoftAudience(&findings)
        checkName(&findings)
        if draft.duration < Self.shortSession, let element = source.element("duration") {
            findings.add(
                at: element,
                accepted: "32m or more, because AWS SDKs may renew shorter sessions on every call",
                severity: .warning
            )
        }
    }

    /// Warns if the mapping's name is also a URL path that `cambist serve` reserves.
    private func checkName(_ findings: inout Findings) {
        guard RoleMapping.unservedNames.contains(name) else { return }
        findings.add(
            at: source.subject(),
            found: YAMLElement.quoted(name),
            accepted: "another name, because cambist serve uses the path /\(name) itself",
            severity: .warning
        )
    }

    /// Checks the keys that require or exclude `via`, and AWS's limit for chained sessions.
    private func checkChain(_ draft: MappingDraft, _ findings: inout Findings) {
        guard draft.hub != nil || source.element("via") != nil else {
            for key in ["external_id", "session_tags", "transitive_tags", "source_identity"] {
                guard let element = source.own[key] else { continue }
                findings.add(
                    at: element,
                    accepted: "no value without via, because only AssumeRole has this parameter"
                )
            }
            return
        }
        for key in ["identity", "audience", "app_role"] {
            guard let element = source.own[key] else { continue }
            findings.add(at: element, accepted: "no value with via, because the hub's token is used")
        }
        if draft.duration > ChainedSession.maximumDuration, let element = source.own["duration"] {
            findings.add(
                at: element,
                accepted:
                    "15m to 1h: AWS limits sessions of role chaining to 1 h, regardless of the role's maximum"
            )
        }
        // Invalid tags are reported separately.
        let hasValidTags = source.element("session_tags") == nil || !draft.sessionTags.isEmpty
        if hasValidTags, let element = source.element("transitive_tags"),
            let key = draft.transitiveTags.first(where: { draft.sessionTags[$0] == nil })
        {
            findings.add(
                at: element,
                found: YAMLElement.quoted(key),
                accepted: draft.sessionTags.isEmpty
                    ? "keys of session_tags, which has none"
                    : "keys of session_tags: \(draft.sessionTags.keys.sorted().joined(separator: ", "))"
            )
        }
    }

    /// The element with a key's value, from the entry, `defaults:`, or an environment variable.
    private func origin(_ key: String) -> YAMLElement? {
        source.element(key)
            ?? Section<MappingDraft>.mapping[key].flatMap { variables.element(of: $0, in: source) }
    }

    /// Warns about an audience with a scope after the identifier URI; managed identity endpoints refuse a scope.
    private func checkAudience(_ draft: MappingDraft, _ findings: inout Findings) {
        let tenant = draft.identity.flatMap { tenants[$0] } ?? nil
        guard let element = source.element("audience"),
            let scope = draft.audience.flatMap({ AudienceScope(of: $0, tenantID: tenant) })
        else { return }
        findings.add(
            at: element,
            accepted: "the identifier URI alone, \(scope.uri), without the scope \(scope.name)",
            severity: .warning
        )
    }

    /// Checks the length of the session name after replacing `{mapping}`.
    private func checkSessionName(_ draft: MappingDraft, _ findings: inout Findings) {
        let isSuitable = name.consists(of: .sessionName)
        let name = draft.sessionName(for: name)
        guard isSuitable, !RoleSessionName.isValid(name) else { return }
        let given = source.element("session_name")
        findings.add(
            YAMLProblem(
                place: given?.place ?? source.place,
                keyPath: source.path.appending("session_name").description,
                found: "\(YAMLElement.quoted(name)), \(name.count) characters",
                accepted: ValueFormat.sessionNameRule
            )
        )
    }

    private static func partition(of region: String) -> AWSPartition? {
        region == AWSPartition.globalRegion ? .aws : AWSPartition(region: region)
    }

    /// Checks the region and the policies against the role's partition and account.
    ///
    /// The rules are:
    /// - The region and each policy are in the role's partition.
    /// - Each policy belongs to the role's account or to AWS.
    ///
    /// The checks are necessary because AWS's errors do not mention the partition.
    private func checkPartition(_ draft: MappingDraft, _ findings: inout Findings) {
        guard let role = draft.roleARN else { return }
        let partition = role.partition.rawValue
        if let region = draft.region, Self.partition(of: region) != role.partition {
            let element = origin("region")
            findings.add(
                YAMLProblem(
                    place: element?.place ?? source.place,
                    keyPath: (element?.path ?? source.path.appending("region")).description,
                    found: YAMLElement.quoted(region),
                    accepted: "a region of the role's partition, \(partition)"
                )
            )
        }
        for (key, policies) in [("policy_arns", draft.policyARNs), ("setup", draft.setup.managedPolicies)] {
            for policy in policies
            where policy.partition != partition || !["aws", role.account].contains(policy.account) {
                guard let element = source.element(key) else { continue }
                findings.add(
                    at: element,
                    found: YAMLElement.quoted(policy.description),
                    accepted:
                        "policies of the role's account \(role.account) or of AWS, in partition \(partition)"
                )
            }
        }
    }

    /// Warns about the audience of a Microsoft application.
    ///
    /// The token can be replayed to the application.
    private func checkMicrosoftAudience(_ findings: inout Findings) {
        guard let element = source.element("audience"), let text = element.text,
            let resource = MicrosoftResource(audience: text)
        else { return }
        findings.add(
            at: element,
            found: "\(YAMLElement.quoted(text)), which is \(resource.name)",
            accepted: "the identifier URI of your own application, because a token for a Microsoft "
                + "application can be replayed to that application",
            severity: .warning
        )
    }

    private func checkSetup(_ identity: IdentityResourceDraft, _ findings: inout Findings) {
        let values = [
            ("subscription", identity.subscription), ("resource_group", identity.resourceGroup),
            ("location", identity.location), ("name", identity.name),
        ]
        guard values.contains(where: { $0.1 != nil }), let element = source.element("setup") else { return }
        for (key, value) in values where value == nil {
            findings.add(
                YAMLProblem(
                    place: element.place,
                    keyPath: source.path.appending("setup").appending("identity").appending(key).description,
                    found: "nothing",
                    accepted: values.map(\.0).joined(separator: ", ") + ", either all or none"
                )
            )
        }
    }
}

extension MappingDraft {
    /// Returns the session name with each `{mapping}` replaced by the mapping's name.
    ///
    /// Searches bytes, because a search by characters would add about a tenth to the reading time of a large
    /// configuration.
    func sessionName(for name: String) -> String {
        var result = ""
        var rest = sessionName[...]
        while let brace = rest.utf8.firstIndex(of: UInt8(ascii: "{")) {
            result += rest[..<brace]
            rest = rest[brace...]
            let placeholder = rest.utf8.starts(with: "{mapping}".utf8) ? "{mapping}" : "{"
            result += placeholder == "{" ? "{" : name
            rest = rest.dropFirst(placeholder.count)
        }
        return result + rest
    }
}

extension RoleMapping {
    /// Creates the mapping from a draft; `nil` if a required value is missing.
    ///
    /// A hub is the mapping in `via`. The new mapping has the hub's identity, audience, and app role. AWS's maximum for
    /// role chaining limits the duration of a mapping with a hub.
    init?(_ name: String, _ draft: MappingDraft, hub: RoleMapping? = nil, paths: FilePaths) {
        guard let identity = hub?.identity ?? draft.identity, let audience = hub?.audience ?? draft.audience,
            let role = draft.roleARN
        else { return nil }
        self.init(
            id: name,
            identity: identity,
            audience: audience,
            appRole: hub.map(\.appRole) ?? draft.appRole,
            roleARN: role,
            region: draft.region ?? role.partition.implicitRegion,
            duration: hub == nil ? draft.duration : min(draft.duration, ChainedSession.maximumDuration),
            sessionName: draft.sessionName(for: name),
            policyARNs: draft.policyARNs,
            policyFile: draft.policyFile.map(paths.resolve),
            trustPolicyFile: draft.trustPolicyFile.map(paths.resolve),
            probe: draft.probe,
            refresh: draft.refresh,
            tags: draft.tags,
            setup: SetupRequest(draft.setup, paths: paths),
            assumption: hub.map { .hub($0, ChainedSession(draft)) } ?? .token
        )
    }
}

extension ChainedSession {
    fileprivate init(_ draft: MappingDraft) {
        self.init(
            externalID: draft.externalID,
            tags: draft.sessionTags,
            transitiveTags: draft.transitiveTags,
            sourceIdentity: draft.sourceIdentity
        )
    }
}

extension SetupRequest {
    fileprivate init(_ draft: SetupDraft, paths: FilePaths) {
        self.init(
            application: draft.application,
            identity: IdentityResource(draft.identity),
            managedPolicies: draft.managedPolicies,
            inlinePolicies: draft.inlinePolicies.mapValues(paths.resolve),
            maximumSession: draft.maximumSession,
            thumbprints: draft.thumbprints.map { $0.lowercased() }
        )
    }
}

extension IdentityResource {
    fileprivate init?(_ draft: IdentityResourceDraft) {
        guard let subscription = draft.subscription, let group = draft.resourceGroup,
            let location = draft.location, let name = draft.name
        else { return nil }
        self.init(subscription: subscription, resourceGroup: group, location: location, name: name)
    }
}
