import AWS
import Federation
import TrustPolicy

/// The role: who may assume it, and for how long at a time.
struct RolePart: ManagedResource {
    let role: DesiredRole

    var id: SetupObject.ID { .role(role.name) }

    func assess(
        _ clouds: SetupClouds,
        _ knowledge: inout ResolvedResources
    ) async throws(SetupFault) -> Assessment {
        let iam = try clouds.iam(account: role.arn.account)
        let grants = role.grants(principalIDs: knowledge.principalIDs)
        let found = try await awsIfPresent { () async throws(AWSError) in try await iam.role(role.name) }
        guard let found else { return missing(grants, iam) }
        knowledge.roles[role.name] = found
        guard found.arn == role.arn else { return elsewhere(found) }
        return try compared(found, grants, iam)
    }

    private func missing(_ grants: [TrustGrant]?, _ iam: IAMClient) -> Assessment {
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
        let document = TrustDocument(grants: grants)
        differences.append(
            SetupDifference("AssumeRolePolicyDocument", wanted: [document.json.compactText])
        )
        if document.size > TrustPolicy.sizeQuota {
            return Assessment(
                state: .missing,
                differences: differences,
                obstacle: Self.failure(.tooLarge(size: document.size), of: role)
            )
        }
        let create = SetupAction("create") { () async throws(SetupFault) in
            _ = try await aws { () async throws(AWSError) in
                try await iam.createRole(
                    NewRole(
                        name: role.name,
                        path: role.path,
                        trustDocument: document.json.compactText,
                        description: DesiredRole.description,
                        maxSession: role.maximumSession,
                        tags: [OwnershipTag.key: OwnershipTag.value]
                    )
                )
            }
        }
        return Assessment(state: .missing, differences: differences, actions: [create])
    }

    private var identityAwaited: SetupObject.ID {
        let caller = role.callers.first { $0.principalID == nil }
        return SetupObject.ID(.identity, caller?.identityName ?? "")
    }

    private func elsewhere(_ found: RoleRecord) -> Assessment {
        let failure = Failure(
            kind: .refused,
            code: "role-path",
            message: "The account has a role of this name under another path: \(found.arn).",
            fix: "Set role_arn to \(found.arn), or choose another name."
        )
        return Assessment(
            state: .different,
            differences: [
                SetupDifference("Arn", found: [found.arn.description], wanted: [role.arn.description])
            ],
            isOurs: false,
            obstacle: failure
        )
    }
}

// Where a role that is there differs.
extension RolePart {
    private func compared(
        _ found: RoleRecord,
        _ grants: [TrustGrant]?,
        _ iam: IAMClient
    ) throws(SetupFault) -> Assessment {
        let document = try Self.document(of: found)
        var assessment = Assessment(state: .ok, isOurs: found.tags[OwnershipTag.key] == OwnershipTag.value)
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
            assessment.awaited = identityAwaited
            return assessment
        }
        do throws(TrustDocument.Obstacle) {
            let merged = try document.merging(grants)
            if merged != document {
                assessment.differences += Self.differences(from: document, to: merged)
                assessment.actions.insert(updateTrust(document, merged, iam), at: 0)
            }
            assessment.notes = notes(on: merged, grants)
        } catch {
            assessment.obstacle = Self.failure(error, of: role)
            assessment.differences += grants.map { grant in
                SetupDifference(
                    "AssumeRolePolicyDocument",
                    wanted: [grant.statement(sid: "Cambist").compactText]
                )
            }
        }
        assessment.state = assessment.differences.isEmpty ? .ok : .different
        return assessment
    }

    static func document(of found: RoleRecord) throws(SetupFault) -> TrustDocument {
        do throws(PolicyError) {
            return try TrustDocument(parsing: found.trustDocument)
        } catch {
            throw SetupFault(
                Failure(
                    kind: .refused,
                    code: "policy-unreadable",
                    message: "The trust policy of \(found.arn.name) cannot be judged: \(error)",
                    fix: "Correct it in IAM; it is left as it is."
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

    /// Weaknesses of the policy as it will be, and conditions that cannot be judged here.
    private func notes(on document: TrustDocument, _ grants: [TrustGrant]) -> [SetupNote] {
        var notes: [SetupNote] = []
        for grant in grants {
            if case .conditional(let keys) = document.entry(of: grant) {
                notes.append(
                    SetupNote(
                        "conditional-entry",
                        "The role lets the identity in under conditions of its author's that only AWS can judge "
                            + "(\(keys.joined(separator: ", "))). They are left as they are."
                    )
                )
            }
        }
        let findings = document.policy?.lint(provider: grants.first?.providerARN) ?? []
        return notes
            + findings.filter { $0.severity == .high }.map { SetupNote("trust-\($0.id)", $0.message) }
    }

    private func updateSession(_ found: RoleRecord, _ iam: IAMClient) -> SetupAction {
        SetupAction("set MaxSessionDuration") { () async throws(SetupFault) in
            try await aws { () async throws(AWSError) in
                try await iam.updateRole(
                    role.name,
                    description: found.description,
                    maxSession: role.maximumSession
                )
            }
        }
    }

    /// Replaces the trust policy if it still is the one that was compared: IAM itself compares nothing.
    private func updateTrust(
        _ compared: TrustDocument,
        _ merged: TrustDocument,
        _ iam: IAMClient
    ) -> SetupAction {
        SetupAction("update the trust policy") { () async throws(SetupFault) in
            try await Self.replace(compared, by: merged, of: role.name, iam)
        }
    }

    static func replace(
        _ compared: TrustDocument,
        by merged: TrustDocument,
        of name: String,
        _ iam: IAMClient
    ) async throws(SetupFault) {
        let newest = try await aws { () async throws(AWSError) in try await iam.role(name) }
        guard try document(of: newest) == compared else {
            throw SetupFault(
                Failure(
                    kind: .tryAgain,
                    code: "changed-meanwhile",
                    message: "The trust policy of \(name) was changed by someone else at this moment.",
                    fix: "Look at it, then repeat the set-up."
                ),
                isDelay: true
            )
        }
        try await aws { () async throws(AWSError) in
            try await iam.updateTrustPolicy(of: name, to: merged.json.compactText)
        }
    }

    static func failure(_ obstacle: TrustDocument.Obstacle, of role: DesiredRole) -> Failure {
        switch obstacle {
        case .denied(let statement):
            Failure(
                kind: .refused,
                code: "explicit-deny",
                message:
                    "Statement[\(statement)] of the trust policy of \(role.name) denies the identity, whatever "
                    + "others allow.",
                fix: "Have its author exempt the identity; the set-up does not touch it."
            )
        case .tooLarge(let size):
            Failure(
                kind: .refused,
                code: "policy-too-large",
                message:
                    "With the identity in it the trust policy of \(role.name) would have \(size) characters; IAM "
                    + "takes \(TrustPolicy.sizeQuota) unless a higher quota was granted.",
                fix: "Use another role for some of the identities, or remove statements that are out of use."
            )
        }
    }
}
