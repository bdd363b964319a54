import AWS
import Federation

// Undoing a role: gone when it was ours and serves nobody else, else only our subjects are taken out.
extension RolePart {
    func removal(_ clouds: SetupClouds, _ knowledge: ResolvedResources) async throws(SetupFault) -> Removal {
        let iam = try clouds.iam(account: role.arn.account)
        let found = try await awsIfPresent { () async throws(AWSError) in try await iam.role(role.name) }
        guard let found, found.arn == role.arn else { return .absent }
        let needed = knowledge.neededGrants[role.arn] ?? []
        let grants = (role.grants(principalIDs: knowledge.principalIDs) ?? []).compactMap { grant in
            grant.without(
                needed.filter { $0.providerARN == grant.providerARN && $0.audience == grant.audience }
                    .flatMap(\.subjects)
            )
        }
        let document = try Self.document(of: found)
        let left = document.removing(grants)
        let isOurs = found.tags[OwnershipTag.key] == OwnershipTag.value
        if isOurs, left.isEmpty {
            return try await deletion(iam)
        }
        let reason =
            left.isEmpty
            ? "it was not made by the set-up, and a role needs a trust policy"
            : isOurs ? "it lets others in" : "it was not made by the set-up"
        guard left != document, !left.isEmpty else { return .keep(reason) }
        let update = SetupAction("update the trust policy") { () async throws(SetupFault) in
            try await Self.replace(document, by: left, of: role.name, iam)
        }
        let question = "Take the identity out of the trust policy of \(role.name), which stays: \(reason)"
        return .remove(question, [update]) { () async throws(SetupFault) in
            let newest = try await aws { () async throws(AWSError) in try await iam.role(role.name) }
            return try Self.document(of: newest) == left
        }
    }

    /// A role with policies of others is not deleted: they would go with it.
    private func deletion(_ iam: IAMClient) async throws(SetupFault) -> Removal {
        let (attached, inline) = try await aws { () async throws(AWSError) in
            (try await iam.attachedPolicies(of: role.name), try await iam.policyNames(of: role.name))
        }
        let ownAttached = attached.filter { role.managedPolicies.contains($0.arn) }
        let ownInline = inline.filter { name in role.inlinePolicies.contains { $0.name == name } }
        let foreign =
            attached.map(\.name).filter { name in !ownAttached.contains { $0.name == name } }
            + inline.filter { !ownInline.contains($0) }
        guard foreign.isEmpty else {
            return .keep("others gave it policies: \(foreign.joined(separator: ", "))")
        }
        let delete = SetupAction("delete") { () async throws(SetupFault) in
            _ = try await awsIfPresent { () async throws(AWSError) in
                for policy in ownAttached { try await iam.detachPolicy(policy.arn, from: role.name) }
                for name in ownInline { try await iam.deletePolicy(name, of: role.name) }
                try await iam.deleteRole(role.name)
            }
        }
        return .remove("Delete the role \(role.name)", [delete]) { () async throws(SetupFault) in
            try await awsIfPresent { () async throws(AWSError) in try await iam.role(role.name) } == nil
        }
    }
}
