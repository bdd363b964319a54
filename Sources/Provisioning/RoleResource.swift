import AWS
import Federation
import Transport
import TrustPolicy

import struct FoundationEssentials.Date

/// The role: its trust policy and its maximum session duration.
struct RoleResource: ManagedResource {
    let role: DesiredRole
    let tag: OwnershipTag

    var id: SetupObject.ID { role.id }

    var dependencies: [SetupObject.ID] {
        var ids: [SetupObject.ID] = []
        for caller in role.callers {
            ids.append(.identity(caller.identityName))
            ids.append(.provider(caller.providerARN, isQualified: role.qualifiesProviders))
        }
        return ids + role.hubs.map { .role($0.hubARN, isQualified: role.isQualified) }
    }

    var desired: SetupBasis.Properties {
        var properties = [
            "Arn": [role.arn.description],
            "MaxSessionDuration": [
                DurationText.format(role.maximumSession), String(role.choosesMaximumSession),
            ],
        ]
        for caller in role.callers {
            properties["caller.\(caller.identity).\(caller.audience)"] = [
                caller.providerARN, caller.principalID ?? "",
            ]
        }
        for hub in role.hubs {
            properties["hub.\(hub.hubARN)"] = [hub.externalID ?? ""] + hub.furtherActions
        }
        return properties
    }

    func assess(_ clouds: SetupClouds, _ resolved: ResolvedResources) async throws(SetupError) -> Assessment {
        let iam = try clouds.iam(account: role.arn.account)
        let grants = role.grants(principalIDs: resolved.principalIDs)
        let found = try await callCloudIfPresent { () async throws(CloudError) in
            try await iam.role(role.name)
        }
        let calls = role.calls(principalIDs: resolved.principalIDs, clientIDs: resolved.clientIDs)
        if let obstacle = audienceObstacle {
            return Assessment(
                state: found == nil ? .missing : .different,
                observed: found?.properties,
                isManaged: found.map { tag.marks($0.tags) },
                obstacle: obstacle,
                resolved: found.map(ResolvedResources.Record.role)
            )
        }
        guard let found else { return missing(grants, calls, iam) }
        guard found.arn == role.arn else { return pathConflict(found) }
        // AWS evaluates time conditions by AWS's own clock.
        let now = iam.clockOffset?.serverTime(at: resolved.now) ?? resolved.now
        return try compared(found, grants, calls, at: now, iam)
    }

    private func missing(
        _ grants: [TrustGrant]?,
        _ calls: [AssumptionCall],
        _ iam: IAMClient
    ) -> Assessment {
        var differences = [
            SetupDifference("Path", wanted: [role.path]),
            SetupDifference(
                "MaxSessionDuration",
                wanted: [DurationText.format(role.maximumSession)]
            ),
        ]
        guard let grants else {
            differences.append(
                SetupDifference("AssumeRolePolicyDocument", wanted: ["aud and sub of the identity"])
            )
            return .awaiting(identityAwaited, differences)
        }
        let document = TrustDocument(grants: grants, hubs: role.hubs)
        // Mappings with the same hub share one statement. If a setting differs (for example, the external ID), the
        // policy can deny one of these mappings.
        let denied = calls.lazy.compactMap { denial(of: $0, document.verdict(on: $0)) }.first
        let isTooLarge = document.size > TrustPolicy.sizeQuota
        if let obstacle = isTooLarge ? Self.failure(.tooLarge(size: document.size), of: role) : denied {
            return Assessment(state: .missing, obstacle: obstacle)
        }
        differences.append(
            SetupDifference("AssumeRolePolicyDocument", wanted: [document.json.compactText])
        )
        let create = SetupAction("create") { () async throws(SetupError) in
            try await storeTrustPolicy(trusting: role.hubs) { () async throws(CloudError) in
                _ = try await iam.createRole(
                    NewRole(
                        name: role.name,
                        path: role.path,
                        trustDocument: document.json.compactText,
                        description: role.callers.isEmpty
                            ? DesiredRole.chainedDescription : DesiredRole.description,
                        maxSession: role.maximumSession,
                        tags: [OwnershipTag.key: tag.value]
                    )
                )
            }
        }
        return Assessment(state: .missing, differences: differences, actions: [create])
    }

    /// The failure for the first audience that is a Microsoft application.
    private var audienceObstacle: Failure? {
        role.callers.lazy.compactMap { caller in
            let tenant = caller.providerARN.split(separator: "/").last.map(String.init) ?? ""
            return Failure.microsoftAudience(caller.audience, tenantID: tenant)
        }.first
    }

    private var identityAwaited: SetupObject.ID {
        let caller = role.callers.first { $0.principalID == nil }
        return .identity(caller?.identityName ?? "")
    }

    private func pathConflict(_ found: RoleRecord) -> Assessment {
        let failure = Failure(
            kind: .refused,
            code: "role-path",
            message: "The account has a role of this name under another path: \(found.arn).",
            fix: "Set role_arn to \(found.arn), or choose another name."
        )
        return Assessment(
            state: .different,
            observed: found.properties,
            differences: [
                SetupDifference("Arn", found: [found.arn.description], wanted: [role.arn.description])
            ],
            isManaged: false,
            obstacle: failure,
            resolved: .role(found)
        )
    }
}

// Comparison with an existing role.
extension RoleResource {
    private func compared(
        _ found: RoleRecord,
        _ grants: [TrustGrant]?,
        _ calls: [AssumptionCall],
        at now: Date,
        _ iam: IAMClient
    ) throws(SetupError) -> Assessment {
        let document = try Self.document(of: found)
        var assessment = Assessment(
            state: .ok,
            observed: found.properties,
            isManaged: tag.marks(found.tags),
            resolved: .role(found)
        )
        if found.maxSession < role.maximumSession
            || role.choosesMaximumSession && found.maxSession != role.maximumSession
        {
            assessment.differences.append(
                SetupDifference(
                    "MaxSessionDuration",
                    found: [DurationText.format(found.maxSession)],
                    wanted: [DurationText.format(role.maximumSession)]
                )
            )
            assessment.actions.append(updateSession(found, iam))
        }
        guard let grants else {
            assessment.state = .different
            assessment.pendingDependency = identityAwaited
            return assessment
        }
        do throws(TrustDocument.Obstacle) {
            let merged = try document.merging(grants, hubs: role.hubs, calls: calls)
            if merged != document {
                assessment.differences += Self.differences(from: document, to: merged)
                assessment.actions.insert(updateTrust(merged, iam), at: 0)
            }
            let verdicts = calls.map { (call: $0, verdict: merged.verdict(on: $0, at: now)) }
            let denied = verdicts.lazy.compactMap {
                denial(of: $0.call, $0.verdict, in: document.policy)
            }.first
            let isUnchanged = merged == document
            let decided =
                isUnchanged ? nil : statedDecision(against: calls, in: document, liftedBy: merged, at: now)
            assessment.obstacle = decided ?? denied ?? (isUnchanged ? nil : deletedPrincipal(in: merged))
            let stored = assessment.obstacle == nil ? merged : document
            assessment.notes = Self.notes(on: stored, verdicts.map(\.verdict), grants)
        } catch {
            assessment.obstacle = failure(error, in: document, calls)
        }
        if assessment.obstacle != nil {
            // Setup does not change this object, so the plan shows no change.
            assessment.differences = []
            assessment.actions = []
        }
        let isOK = assessment.differences.isEmpty && assessment.obstacle == nil
        assessment.state = isOK ? .ok : .different
        return assessment
    }

    private static func document(of found: RoleRecord) throws(SetupError) -> TrustDocument {
        do throws(PolicyError) {
            return try TrustDocument(parsing: found.trustDocument)
        } catch {
            throw SetupError(
                Failure(
                    kind: .refused,
                    code: "policy-unreadable",
                    message: "The trust policy of \(found.arn.name) cannot be evaluated: \(error)",
                    fix: "Correct the trust policy in IAM; it was left unchanged."
                )
            )
        }
    }

    private static func differences(
        from document: TrustDocument,
        to merged: TrustDocument
    ) -> [SetupDifference] {
        guard let old = document.policy, let new = merged.policy else { return [] }
        return old.differences(to: new).map {
            SetupDifference("AssumeRolePolicyDocument.\($0.path)", found: $0.old, wanted: $0.new)
        }
    }

    /// Returns notes on a policy's weaknesses and on conditions that cannot be evaluated offline.
    private static func notes(
        on document: TrustDocument,
        _ verdicts: [TrustVerdict],
        _ grants: [TrustGrant]
    ) -> [SetupNote] {
        var notes: [SetupNote] = []
        for verdict in verdicts where verdict.decision == .undetermined {
            let note = SetupNote(
                "conditional-entry",
                "The result for the identity depends on conditions that only AWS can evaluate "
                    + "(\(verdict.unknownKeys.joined(separator: ", "))). They stay unchanged."
            )
            if !notes.contains(note) { notes.append(note) }
        }
        let findings = document.policy?.lint(provider: grants.first?.providerARN) ?? []
        return notes
            + findings.filter { $0.severity == .high }.map { SetupNote("trust-\($0.id)", $0.message) }
    }

    private func updateSession(_ found: RoleRecord, _ iam: IAMClient) -> SetupAction {
        SetupAction("set MaxSessionDuration") { () async throws(SetupError) in
            try await callCloud { () async throws(CloudError) in
                try await iam.updateRole(
                    role.name,
                    description: found.description,
                    maxSession: role.maximumSession
                )
            }
        }
    }

    private func updateTrust(_ merged: TrustDocument, _ iam: IAMClient) -> SetupAction {
        SetupAction("update the trust policy") { () async throws(SetupError) in
            try await storeTrustPolicy(trusting: role.hubs) { () async throws(CloudError) in
                try await iam.updateTrustPolicy(of: role.name, to: merged.json.compactText)
            }
        }
    }

    /// Replaces the trust policy if a new read still returns `compared`.
    ///
    /// IAM has no conditional update, so the policy is read again before the write.
    private static func replace(
        _ compared: TrustDocument,
        by merged: TrustDocument,
        of name: String,
        _ iam: IAMClient
    ) async throws(SetupError) {
        let newest = try await callCloud { () async throws(CloudError) in try await iam.role(name) }
        guard try document(of: newest) == compared else {
            throw SetupError(
                Failure(
                    kind: .tryAgain,
                    code: "changed-meanwhile",
                    message: "Another program changed the trust policy of \(name) in the meantime.",
                    fix: "Review the trust policy, then repeat the command."
                ),
                isDelay: true
            )
        }
        try await storeTrustPolicy(trusting: []) { () async throws(CloudError) in
            try await iam.updateTrustPolicy(of: name, to: merged.json.compactText)
        }
    }
}

// The removal of the role.
//
// The role is deleted if all of these conditions are met:
// - Setup created the role.
// - The trust policy would be empty without the subjects and hubs that setup removes.
// - All policies of the role belong to the setup.
//
// In any other case, setup keeps the role, but may remove the setup's subjects and hubs from the trust policy.
extension RoleResource {
    func removal(
        _ clouds: SetupClouds,
        _ resolved: ResolvedResources,
        keeping retained: RetainedResources
    ) async throws(SetupError) -> Removal {
        let iam = try clouds.iam(account: role.arn.account)
        let found = try await callCloudIfPresent { () async throws(CloudError) in
            try await iam.role(role.name)
        }
        guard let found, found.arn == role.arn else { return .absent }
        let needed = retained.grants[role.arn] ?? []
        let grants = (role.grants(principalIDs: resolved.principalIDs) ?? []).compactMap { grant in
            grant.without(
                needed.filter { $0.providerARN == grant.providerARN && $0.audience == grant.audience }
                    .flatMap(\.subjects)
            )
        }
        let document = try Self.document(of: found)
        let neededHubs = retained.hubs[role.arn] ?? []
        let left = document.removing(grants, hubs: role.hubs.filter { !neededHubs.contains($0.hubARN) })
        let isManaged = tag.marks(found.tags)
        if isManaged, left.isEmpty {
            return try await deletion(iam)
        }
        let reason =
            left.isEmpty
            ? "it was not created by setup, and its trust policy would be empty, which IAM refuses"
            : isManaged ? "its trust policy has other entries" : "it was not created by setup"
        guard left != document, !left.isEmpty else { return .keep(reason) }
        let update = SetupAction("update the trust policy") { () async throws(SetupError) in
            try await Self.replace(document, by: left, of: role.name, iam)
        }
        let question =
            "Remove setup's entries for these mappings from the trust policy of \(role.name). The role is kept: "
            + reason
        return .remove(question, [update]) { () async throws(SetupError) in
            let newest = try await callCloud { () async throws(CloudError) in try await iam.role(role.name) }
            return try Self.document(of: newest) == left
        }
    }

    /// Returns the removal of the role; a role with policies that do not belong to the setup is kept.
    private func deletion(_ iam: IAMClient) async throws(SetupError) -> Removal {
        let (attached, inline) = try await callCloud { () async throws(CloudError) in
            (try await iam.attachedPolicies(of: role.name), try await iam.policyNames(of: role.name))
        }
        let ownAttached = attached.filter { role.managedPolicies.contains($0.arn) }
        let ownInline = inline.filter { name in role.inlinePolicies.contains { $0.name == name } }
        let foreign =
            attached.map(\.name).filter { name in !ownAttached.contains { $0.name == name } }
            + inline.filter { !ownInline.contains($0) }
        guard foreign.isEmpty else {
            return .keep(
                "it has policies that these mappings do not name: \(foreign.joined(separator: ", "))"
            )
        }
        let delete = SetupAction("delete") { () async throws(SetupError) in
            _ = try await callCloudIfPresent { () async throws(CloudError) in
                for policy in ownAttached { try await iam.detachPolicy(policy.arn, from: role.name) }
                for name in ownInline { try await iam.deletePolicy(name, of: role.name) }
                try await iam.deleteRole(role.name)
            }
        }
        return .remove("Delete the role \(role.name)", [delete]) { () async throws(SetupError) in
            try await callCloudIfPresent { () async throws(CloudError) in try await iam.role(role.name) }
                == nil
        }
    }
}

extension RoleRecord {
    /// The properties to compare with the approved plan.
    fileprivate var properties: SetupBasis.Properties {
        [
            "Arn": [arn.description], "RoleId": [id], "Description": [description ?? ""],
            "MaxSessionDuration": [DurationText.format(maxSession)],
            "AssumeRolePolicyDocument": [JSONValue(text: trustDocument)?.compactText ?? trustDocument],
        ]
    }
}
