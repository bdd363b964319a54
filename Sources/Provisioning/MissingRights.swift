import Azure
package import Federation

extension Provisioner {
    /// The permissions that applying a plan needs and the caller's token for Graph does not name.
    ///
    /// What IAM allows is told only by asking it, so rights in AWS are named when they turn out to be missing. A
    /// user's token names scopes, whose directory roles it does not show.
    ///
    /// - Parameter plan: Whose pending objects are to be made.
    /// - Returns: The permissions in Microsoft's words; empty where Graph cannot be asked at all.
    package func missingPermissions(for plan: SetupPlan) async -> [String] {
        guard let graph = try? clouds.graph(), let held = try? await graph.permissions() else { return [] }
        let pending = plan.pending.filter { $0.obstacle == nil }.map(\.id.kind)
        let needed = Set(pending).flatMap { kind -> [String] in
            kind == .identity || kind.cloud == .aws ? [] : NeededRights.rights(for: kind, to: .write)
        }
        return Set(needed).filter { !Self.covers($0, held) }.sorted()
    }

    /// Whether one of the permissions held is the one needed, or a greater one.
    private static func covers(_ needed: String, _ held: Set<String>) -> Bool {
        let greater: [String: Set<String>] = [
            "Application.Read.All": [
                "Application.ReadWrite.All", "Application.ReadWrite.OwnedBy", "Directory.Read.All",
                "Directory.ReadWrite.All", "Directory.AccessAsUser.All",
            ],
            "Application.ReadWrite.All": [
                "Application.ReadWrite.OwnedBy", "Directory.ReadWrite.All", "Directory.AccessAsUser.All",
            ],
            "AppRoleAssignment.ReadWrite.All": ["Directory.AccessAsUser.All"],
        ]
        return held.contains(needed) || !held.isDisjoint(with: greater[needed] ?? [])
    }
}
