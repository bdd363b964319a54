package import Federation
import TrustPolicy

extension DiscoveryReport {
    /// Proposes mappings that follow from the findings and are not in the configuration.
    ///
    /// Every value of a proposal comes from the findings. A finding that would require a guess becomes an omission,
    /// with the reason.
    package init(_ findings: DiscoveryFindings, _ configuration: Configuration) {
        var builder = ProposalBuilder(findings, configuration)
        for role in findings.roles.sorted(by: { "\($0.arn)" < "\($1.arn)" }) { builder.add(role) }
        builder.addProfiles()
        builder.noteIdleIdentities()
        self = builder.report
        unreadable = findings.unreadable
        accounts = findings.accounts
        accountFailures = findings.accountFailures
    }
}

/// Builds the proposals from the findings, one role and one profile at a time.
struct ProposalBuilder {
    private let findings: DiscoveryFindings
    private let configuration: Configuration
    private let resources: [String: FoundIdentity]
    private(set) var report = DiscoveryReport()
    private var identityNames: ProposalNames
    private var mappingNames: ProposalNames
    /// The names of the identities in the proposals so far, by tenant and subject.
    private var identities: [[String]: ManagedIdentity.ID] = [:]
    /// The configured or proposed mapping of each profile so far, by the profile's name.
    private var profileMappings: [String: RoleMapping.ID] = [:]
    private var usedSubjects: Set<String> = []
    /// The names of the chained profiles that cannot be mappings.
    private var rejected: Set<String> = []
    private let configured: [String: [RoleMapping]]
    private let principals: [String: ManagedIdentity]

    init(_ findings: DiscoveryFindings, _ configuration: Configuration) {
        self.findings = findings
        self.configuration = configuration
        resources = Dictionary(findings.identities.map { ($0.principalID, $0) }) { first, _ in first }
        identityNames = ProposalNames(configuration.identities.map(\.id))
        mappingNames = ProposalNames(configuration.mappings.map(\.id))
        configured = Dictionary(grouping: configuration.mappings) { "\($0.roleARN)" }
        principals = Dictionary(
            configuration.identities.compactMap { identity in
                identity.principalID.map { ($0.lowercased(), identity) }
            }
        ) { first, _ in first }
    }

    // Roles.

    /// Proposes a mapping for each identity that a role's trust policy names.
    mutating func add(_ role: FoundRole) {
        let trust = RoleTrust(of: role, providers: findings.providers)
        for problem in trust.problems { omit("role \(role.arn)", problem) }
        for pair in trust.pairs { add(pair, of: role, among: trust.pairs.count) }
    }

    private mutating func add(_ pair: RoleTrust.Pair, of role: FoundRole, among count: Int) {
        let subject = pair.subject.lowercased()
        usedSubjects.insert(subject)
        let principal = lookUp(subject, pair)
        if let existing = mapping(of: role.arn, audience: pair.audience, subject, principal) {
            report.configured.append(DiscoveryNote("role \(role.arn)", "mapping \(existing)"))
            return
        }
        if let directory = directory(of: pair), let found = directory.applications[pair.audience],
            found == nil
        {
            return omit(
                "role \(role.arn)",
                "It requires aud \(pair.audience); Graph has no application with this URI or client ID."
            )
        }
        guard let identity = identity(subject, pair, principal, role) else { return }
        let name = mappingNames.name(
            count > 1 ? "\(role.arn.name)-\(identity)" : role.arn.name,
            or: [role.arn.account],
            fallback: "role-\(role.arn.account)"
        )
        var mapping = ProposedMapping(name: name, roleARN: role.arn, evidence: evidence(pair, role))
        mapping.identity = identity
        mapping.audience = pair.audience
        add(applicationOf: pair, subject, to: &mapping)
        report.mappings.append(mapping)
    }

    private func evidence(_ pair: RoleTrust.Pair, _ role: FoundRole) -> [String] {
        let test =
            pair.isAudienceTested
            ? "with aud \(pair.audience)"
            : "whose only audience is \(pair.audience) (not tested by the policy)"
        var lines = [
            "IAM (\(role.reader)): statement \(pair.statement) of the trust policy allows sub \(pair.subject)",
            "of \(pair.providerARN) \(test).",
        ]
        if !pair.unknownKeys.isEmpty {
            lines.append(
                "The policy also tests \(pair.unknownKeys.joined(separator: ", ")), whose values cambist does not know."
            )
        }
        if pair.issuer.kind == .entraVersionTwo {
            lines.append(
                "The provider is for version 2 tokens, of which STS checks the azp instead of the aud."
            )
        }
        return lines
    }

    /// Adds the app role and other facts from Graph about the application with the pair's audience.
    private func add(applicationOf pair: RoleTrust.Pair, _ subject: String, to mapping: inout ProposedMapping)
    {
        guard let directory = directory(of: pair),
            let application = directory.applications[pair.audience] ?? nil
        else { return }
        let assigned = directory.assignments[subject, default: []]
        let roles = application.roles.filter { assigned.contains($0.key) }.values.sorted()
        let suffix = roles.isEmpty ? "" : "; the identity has its app role \(roles.joined(separator: ", "))"
        mapping.evidence.append(
            "Graph: aud belongs to application \(application.name) (\(application.clientID))\(suffix)."
        )
        if roles.count == 1 { mapping.appRole = roles[0] }
    }

    // Identities.

    private enum Lookup {
        case found(FoundPrincipal)
        case missing
        case unknown
    }

    private func directory(of pair: RoleTrust.Pair) -> FoundDirectory? {
        findings.directory.flatMap { $0.tenantID == pair.issuer.tenant.lowercased() ? $0 : nil }
    }

    private func lookUp(_ subject: String, _ pair: RoleTrust.Pair) -> Lookup {
        guard let found = directory(of: pair)?.principals[subject] else { return .unknown }
        return found.map(Lookup.found) ?? .missing
    }

    /// Returns the name of the identity with a subject, and adds a new identity to the proposals.
    ///
    /// - Returns: The name; `nil` if the identity cannot be proposed. An omission states the reason.
    private mutating func identity(
        _ subject: String,
        _ pair: RoleTrust.Pair,
        _ lookup: Lookup,
        _ role: FoundRole
    ) -> ManagedIdentity.ID? {
        let tenant = pair.issuer.tenant.lowercased()
        if let known = identities[[tenant, subject]] { return known }
        if let known = configuredIdentity(subject, lookup) {
            identities[[tenant, subject]] = known.id
            return known.id
        }
        guard subject.isGUID else {
            omit("role \(role.arn)", "It requires sub \(pair.subject), which is not an object ID in Entra.")
            return nil
        }
        var evidence: [String] = []
        var proposal = ProposedIdentity(name: "", evidence: [])
        proposal.tenantID = tenant.isGUID ? tenant : nil
        proposal.principalID = subject
        let resource = resources[subject]
        var name = "identity-\(subject.prefix(8))"
        switch lookup {
        case .missing where resource == nil:
            omit(
                "role \(role.arn)",
                "It requires sub \(subject); Graph has no service principal with this object ID."
            )
            return nil
        case .found(let principal) where !principal.isManagedIdentity:
            omit(
                "role \(role.arn)",
                "It requires sub \(subject), the application \(principal.name) (\(principal.clientID)), whose secret "
                    + "or certificate must be configured by hand."
            )
            return nil
        case .found(let principal):
            name = principal.name
            if principal.isSystemAssigned {
                proposal.isSystemAssigned = true
                evidence.append(
                    "Graph: system-assigned identity of \(principal.resourceID ?? principal.name)."
                )
            } else {
                proposal.clientID = principal.clientID
                evidence.append(
                    "Graph: managed identity \(principal.name)\(principal.resourceID.map { ", \($0)" } ?? "")."
                )
            }
        case .missing, .unknown: break
        }
        if let resource {
            if proposal.clientID == nil, !proposal.isSystemAssigned { proposal.clientID = resource.clientID }
            if case .found = lookup {} else { name = resource.name }
            evidence.append("Azure Resource Manager: \(resource.resourceID)\(relationToHost(of: resource)).")
        }
        if evidence.isEmpty {
            evidence.append(
                "The trust policy requires this object ID; neither Graph nor Azure Resource Manager returned the "
                    + "identity."
            )
        }
        proposal.evidence = evidence
        let chosen = identityNames.name(name, or: [String(subject.prefix(8))], fallback: "identity")
        report.identities.append(
            ProposedIdentity(
                name: chosen,
                tenantID: proposal.tenantID,
                clientID: proposal.clientID,
                principalID: subject,
                isSystemAssigned: proposal.isSystemAssigned,
                evidence: evidence
            )
        )
        identities[[tenant, subject]] = chosen
        return chosen
    }

    /// Returns a clause about the identity's place relative to this host; empty for another subscription.
    private func relationToHost(of resource: FoundIdentity) -> String {
        guard let host = findings.host else { return "" }
        let folded = resource.resourceID.lowercased()
        let subscription = "/subscriptions/\(host.subscription.lowercased())/"
        guard folded.hasPrefix(subscription) else { return "" }
        return folded.hasPrefix("\(subscription)resourcegroups/\(host.resourceGroup.lowercased())/")
            ? ", in the resource group of this host" : ", in the subscription of this host"
    }

    private func configuredIdentity(_ subject: String, _ lookup: Lookup) -> ManagedIdentity? {
        if let known = principals[subject] { return known }
        var clientIDs = resources[subject].map { [$0.clientID] } ?? []
        var resourceIDs = resources[subject].map { [$0.resourceID.lowercased()] } ?? []
        if case .found(let principal) = lookup {
            clientIDs.append(principal.clientID)
            if let id = principal.resourceID, !principal.isSystemAssigned {
                resourceIDs.append(id.lowercased())
            }
        }
        guard !clientIDs.isEmpty || !resourceIDs.isEmpty else { return nil }
        return configuration.identities.first { identity in
            identity.clientID.map { clientIDs.contains($0.lowercased()) } ?? false
                || identity.resourceID.map { resourceIDs.contains($0.lowercased()) } ?? false
        }
    }

    /// Returns a configured mapping for this role, audience, and subject, if any.
    ///
    /// A mapping can also match if the configuration has no object ID for its identity.
    private func mapping(
        of role: RoleARN,
        audience: String,
        _ subject: String,
        _ lookup: Lookup
    ) -> RoleMapping.ID? {
        let found = configuredIdentity(subject, lookup)
        return configured["\(role)", default: []].first { mapping in
            guard mapping.audience == audience else { return false }
            guard let identity = configuration.identity(mapping.identity) else { return true }
            if let found { return identity.id == found.id }
            return identity.principalID == nil || identity.principalID?.lowercased() == subject
        }?.id
    }

    // Profiles of AWS's tools.

    /// Proposes mappings for profiles with a token file and for profiles of a usable chain.
    ///
    /// A chain is usable if its first source profile has a token file or uses a configured mapping's credentials.
    mutating func addProfiles() {
        var chained: [(profile: FoundProfile, source: String)] = []
        for profile in findings.profiles {
            switch profile.origin {
            case .cambist(let mapping):
                if configuration.mapping(mapping) != nil { profileMappings[profile.name] = mapping }
            case .webIdentity(let file, let token): add(profile, file: file, token)
            case .source(let source): chained.append((profile, source))
            case .other(let setting):
                guard profile.role != nil else { continue }
                omit(
                    "profile \(profile.name)",
                    "Its role is assumed with \(setting), which no mapping can use."
                )
            }
        }
        // Each round adds the profiles whose source profile already has a mapping.
        for _ in 1..<Self.chainLimit {
            let known = profileMappings
            for (profile, source) in chained where known[profile.name] == nil {
                guard let base = known[source], !rejected.contains(profile.name) else { continue }
                add(profile, via: base, source: source)
            }
        }
        for (profile, source) in chained
        where profileMappings[profile.name] == nil && !rejected.contains(profile.name) {
            omit(
                "profile \(profile.name)",
                "Its source_profile \(source) does not correspond to any mapping."
            )
        }
    }

    /// The maximum number of mappings in a chain, including the first.
    private static let chainLimit = 5
    /// AWS's range for the session of a chained role, in seconds.
    private static let chainedSession = 900...3600

    private mutating func add(_ profile: FoundProfile, via base: RoleMapping.ID, source: String) {
        guard let role = profile.role else { return }
        guard !profile.needsMFA else {
            rejected.insert(profile.name)
            return omit(
                "profile \(profile.name)",
                "Its role needs an MFA device, which a mapping cannot use."
            )
        }
        if let existing = configured["\(role)", default: []].first {
            profileMappings[profile.name] = existing.id
            report.configured.append(DiscoveryNote("profile \(profile.name)", "mapping \(existing.id)"))
            return
        }
        var mapping = ProposedMapping(
            name: mappingNames.name(profile.name, or: [role.account], fallback: role.name),
            roleARN: role,
            evidence: [
                "AWS profile \(profile.name): role_arn and source_profile \(source), which is mapping \(base)."
            ]
        )
        mapping.via = base
        mapping.externalID = profile.externalID
        mapping.region = profile.region
        mapping.sessionName = profile.sessionName
        mapping.duration = profile.duration.flatMap { Self.chainedSession.contains($0) ? $0 : nil }
        profileMappings[profile.name] = mapping.name
        report.mappings.append(mapping)
    }

    private mutating func add(_ profile: FoundProfile, file: String, _ token: FoundToken?) {
        guard let role = profile.role else { return }
        let subject = "profile \(profile.name)"
        guard let token else {
            return omit(
                subject,
                "Its token file \(file) contains no readable token with an issuer, a sub, and exactly one aud."
            )
        }
        let issuer = EntraIssuer(url: token.issuer)
        let tenant = (token.tenantID ?? issuer?.tenant ?? "").lowercased()
        if let existing = configured["\(role)", default: []].first(where: { mapping in
            mapping.audience == token.audience
                && configuration.identity(mapping.identity)?.settings.tokenFile == file
        }) {
            profileMappings[profile.name] = existing.id
            report.configured.append(DiscoveryNote(subject, "mapping \(existing.id)"))
            return
        }
        let identity: ManagedIdentity.ID
        if let known = configuration.identities.first(where: {
            $0.source == .file && $0.settings.tokenFile == file
        }) {
            identity = known.id
        } else if let known = report.identities.first(where: { $0.tokenFile == file }) {
            identity = known.name
        } else {
            identity = identityNames.name("\(profile.name)-token", fallback: "token")
            report.identities.append(
                ProposedIdentity(
                    name: identity,
                    tenantID: tenant.isGUID ? tenant : nil,
                    clientID: nil,
                    principalID: issuer?.kind.isEntra == true && token.subject.isGUID
                        ? token.subject.lowercased() : nil,
                    tokenFile: file,
                    evidence: [
                        "AWS profile \(profile.name): web_identity_token_file, a token of \(token.issuer)."
                    ]
                )
            )
        }
        var mapping = ProposedMapping(
            name: mappingNames.name(profile.name, or: [role.account], fallback: role.name),
            roleARN: role,
            evidence: [
                "AWS profile \(profile.name): role_arn and web_identity_token_file; the token in the file has",
                "aud \(token.audience) and sub \(token.subject).",
            ]
        )
        mapping.identity = identity
        mapping.audience = token.audience
        mapping.region = profile.region
        mapping.sessionName = profile.sessionName
        profileMappings[profile.name] = mapping.name
        report.mappings.append(mapping)
    }

    // Identities without a mapping.

    /// Adds an omission for each unconfigured identity in Azure Resource Manager that no role trusts.
    mutating func noteIdleIdentities() {
        guard !findings.accounts.isEmpty else { return }
        for identity in findings.identities.sorted(by: { $0.resourceID < $1.resourceID })
        where !usedSubjects.contains(identity.principalID)
            && configuredIdentity(identity.principalID, .unknown) == nil
        {
            omit(
                "identity \(identity.resourceID)",
                "No role that was read trusts it (sub \(identity.principalID))."
            )
        }
    }

    private mutating func omit(_ subject: String, _ reason: String) {
        report.omissions.append(DiscoveryNote(subject, reason))
    }
}
