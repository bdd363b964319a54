import AWS
import Federation
import Transport

/// The OIDC provider for the tenant in an AWS account, with its audiences.
struct OIDCProviderResource: ManagedResource {
    let provider: DesiredProvider
    let tag: OwnershipTag

    var id: SetupObject.ID { .provider(provider.arn, isQualified: provider.isQualified) }
    var dependencies: [SetupObject.ID] { [] }
    var desired: SetupBasis.Properties {
        [
            "Arn": [provider.arn], "ClientIDList": provider.clientIDs,
            "ThumbprintList": provider.thumbprints,
        ]
    }
    private var account: String { ARN(provider.arn)?.account ?? "" }

    func assess(_ clouds: SetupClouds, _ resolved: ResolvedResources) async throws(SetupError) -> Assessment {
        let iam = try clouds.iam(account: account)
        let notes = await nearMisses(iam)
        let found = try await callCloudIfPresent { () async throws(CloudError) in
            try await iam.provider(provider.arn)
        }
        let tenant = provider.issuer.split(separator: "/").last.map(String.init) ?? ""
        let obstacle = provider.clientIDs.lazy.compactMap {
            Failure.microsoftAudience($0, tenantID: tenant)
        }.first
        guard let found else {
            if let obstacle { return Assessment(state: .missing, notes: notes, obstacle: obstacle) }
            return missing(iam, notes: notes)
        }
        let isManaged = tag.marks(found.tags)
        let known = found.provider.clientIDs ?? []
        if let obstacle {
            return Assessment(
                state: .different,
                observed: ["ClientIDList": known.sorted()],
                notes: notes,
                isManaged: isManaged,
                obstacle: obstacle
            )
        }
        let lacking = provider.clientIDs.filter { !known.contains($0) }
        let prints = found.provider.thumbprints.map { $0.lowercased() }
        let lackingPrints = provider.thumbprints.filter { !prints.contains($0) }
        // Setup keeps other audiences and thumbprints, so only missing ones are differences.
        var differences: [SetupDifference] = []
        if !lacking.isEmpty {
            differences.append(SetupDifference("ClientIDList", wanted: lacking))
        }
        if !lackingPrints.isEmpty {
            differences.append(SetupDifference("ThumbprintList", wanted: lackingPrints))
        }
        return Assessment(
            state: differences.isEmpty ? .ok : .different,
            observed: ["ClientIDList": known.sorted(), "ThumbprintList": prints.sorted()],
            differences: differences,
            notes: notes,
            isManaged: isManaged,
            actions: lacking.flatMap { add($0, isManaged: isManaged, iam) }
                + (lackingPrints.isEmpty ? [] : [replaceThumbprints(by: prints + lackingPrints, iam)])
        )
    }

    private func missing(_ iam: IAMClient, notes: [SetupNote]) -> Assessment {
        let create = SetupAction("create") { () async throws(SetupError) in
            _ = try await callCloud { () async throws(CloudError) in
                try await iam.createProvider(
                    url: provider.issuer,
                    clientIDs: provider.clientIDs,
                    thumbprints: provider.thumbprints,
                    tags: [OwnershipTag.key: tag.value]
                )
            }
        }
        let differences = [
            SetupDifference("Url", wanted: [provider.issuer]),
            SetupDifference("ClientIDList", wanted: provider.clientIDs),
        ]
        return Assessment(state: .missing, differences: differences, notes: notes, actions: [create])
    }

    /// Returns the action that writes the complete list of thumbprints.
    ///
    /// IAM cannot add single thumbprints; it replaces the whole list.
    private func replaceThumbprints(by thumbprints: [String], _ iam: IAMClient) -> SetupAction {
        SetupAction("add thumbprints") { () async throws(SetupError) in
            try await callCloud { () async throws(CloudError) in
                try await iam.updateThumbprints(thumbprints, of: provider.arn)
            }
        }
    }

    private func add(_ audience: String, isManaged: Bool, _ iam: IAMClient) -> [SetupAction] {
        var actions: [SetupAction] = []
        if !isManaged, let key = OwnershipTag.addedAudience(audience) {
            actions.append(
                SetupAction("tag the provider") { () async throws(SetupError) in
                    try await callCloud { () async throws(CloudError) in
                        try await iam.tagProvider(provider.arn, [key: tag.value])
                    }
                }
            )
        }
        actions.append(
            SetupAction("add the audience \(audience)") { () async throws(SetupError) in
                try await callCloud { () async throws(CloudError) in
                    try await iam.addClientID(audience, to: provider.arn)
                }
            }
        )
        return actions
    }

    /// Returns notes on providers with similar URLs; empty if the providers cannot be listed.
    private func nearMisses(_ iam: IAMClient) async -> [SetupNote] {
        guard let arns = try? await iam.providers() else { return [] }
        let tenant = provider.issuer.split(separator: "/").last.map(String.init) ?? ""
        return arns.compactMap { arn in
            if arn == provider.nearMissARN {
                return SetupNote(
                    "provider-without-slash",
                    "The provider \(arn) differs only in the trailing slash: no token of the tenant "
                        + "matches it. Remove it if nothing else uses it."
                )
            }
            if arn.hasSuffix("login.microsoftonline.com/\(tenant)/v2.0") {
                return SetupNote(
                    "provider-for-v2",
                    "The provider \(arn) is for version 2 tokens; this setup uses version 1 tokens."
                )
            }
            return arn != provider.arn && arn.lowercased() == provider.arn.lowercased()
                ? SetupNote(
                    "provider-case",
                    "The provider \(arn) differs in letter case: no token matches it."
                ) : nil
        }
    }

    func removal(
        _ clouds: SetupClouds,
        _ resolved: ResolvedResources,
        keeping retained: RetainedResources
    ) async throws(SetupError) -> Removal {
        let iam = try clouds.iam(account: account)
        let found = try await callCloudIfPresent { () async throws(CloudError) in
            try await iam.provider(provider.arn)
        }
        guard let found else { return .absent }
        let trustingRoles = try await trustingRoles(iam)
        let needed = retained.audiences[provider.arn]
        let isManaged = tag.marks(found.tags)
        let others = (found.provider.clientIDs ?? []).filter { !provider.clientIDs.contains($0) }
        if isManaged, trustingRoles.isEmpty, others.isEmpty, needed == nil {
            let delete = SetupAction("delete") { () async throws(SetupError) in
                _ = try await callCloudIfPresent { () async throws(CloudError) in
                    try await iam.deleteProvider(provider.arn)
                }
            }
            return .remove("Delete the OIDC provider \(provider.issuer)", [delete]) {
                () async throws(SetupError) in
                try await callCloudIfPresent { () async throws(CloudError) in
                    try await iam.provider(provider.arn)
                } == nil
            }
        }
        return removal(found, trustingRoles: trustingRoles, others: others, needed: needed ?? [], iam)
    }

    /// Returns the roles whose trust policies name the provider.
    ///
    /// Each of these roles is read again, because IAM's list shows changes late.
    private func trustingRoles(_ iam: IAMClient) async throws(SetupError) -> [RoleRecord] {
        let listed = try await callCloud { () async throws(CloudError) in try await iam.roles() }
        var trustingRoles: [RoleRecord] = []
        for role in listed where trusts(role) {
            let newest = try await callCloudIfPresent { () async throws(CloudError) in
                try await iam.role(role.arn.name)
            }
            if let newest, trusts(newest) { trustingRoles.append(newest) }
        }
        return trustingRoles
    }

    private func trusts(_ role: RoleRecord) -> Bool {
        role.trustPolicyContains(provider.arn)
    }

    /// Returns the removal of unused audiences from a provider that remains; setup removes only audiences that it added.
    private func removal(
        _ found: ProviderRecord,
        trustingRoles: [RoleRecord],
        others: [String],
        needed: [String],
        _ iam: IAMClient
    ) -> Removal {
        let isManaged = tag.marks(found.tags)
        let added = provider.clientIDs.filter { audience in
            let isMarked = OwnershipTag.addedAudience(audience).map { found.tags[$0] != nil } ?? false
            return (isManaged || isMarked) && !needed.contains(audience)
                && found.provider.clientIDs?.contains(audience) == true
                && !trustingRoles.contains { $0.trustPolicyContains(audience) }
        }
        let reason =
            if !trustingRoles.isEmpty {
                "roles still trust it: \(trustingRoles.map(\.arn.name).joined(separator: ", "))"
            } else if !isManaged {
                "it was not created by setup"
            } else if !needed.isEmpty {
                "other mappings need it"
            } else {
                "it accepts other audiences: \(others.joined(separator: ", "))"
            }
        guard !added.isEmpty else { return .keep(reason) }
        let actions = added.map { audience in
            SetupAction("remove the audience \(audience)") { () async throws(SetupError) in
                try await callCloud { () async throws(CloudError) in
                    try await iam.removeClientID(audience, from: provider.arn)
                    guard let key = OwnershipTag.addedAudience(audience), found.tags[key] != nil else {
                        return
                    }
                    try await iam.untagProvider(provider.arn, [key])
                }
            }
        }
        let question =
            "Remove the audience \(added.joined(separator: ", ")) from the OIDC provider \(provider.issuer), "
            + "which is kept: \(reason)"
        return .remove(question, actions) { () async throws(SetupError) in
            let record = try await callCloudIfPresent { () async throws(CloudError) in
                try await iam.provider(provider.arn)
            }
            return record?.provider.clientIDs?.contains(where: added.contains) != true
        }
    }
}

extension RoleRecord {
    /// Whether the trust policy contains the value as a whole JSON string, even if some characters are escaped.
    fileprivate func trustPolicyContains(_ value: String) -> Bool {
        (JSONValue(text: trustDocument)?.compactText ?? trustDocument).contains("\"\(value)\"")
    }
}
