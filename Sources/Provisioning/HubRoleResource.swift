import AWS
import Federation
import Transport

/// The role of a hub, if the current run does not include the hub's own mapping.
///
/// A hub is the mapping in another mapping's `via` setting. Setup only reads the hub's role, so the role must exist.
struct HubRoleResource: ManagedResource {
    let permission: DesiredPermission
    /// Whether the displayed name includes the account.
    let isQualified: Bool

    var id: SetupObject.ID { .role(permission.role, isQualified: isQualified) }
    var dependencies: [SetupObject.ID] { [] }
    var desired: SetupBasis.Properties { ["Arn": [permission.role.description]] }

    func assess(_ clouds: SetupClouds, _ resolved: ResolvedResources) async throws(SetupError) -> Assessment {
        let iam = try clouds.iam(account: permission.role.account)
        let found = try await callCloudIfPresent { () async throws(CloudError) in
            try await iam.role(permission.role.name)
        }
        guard let found, found.arn == permission.role else {
            return Assessment(
                state: .missing,
                differences: [SetupDifference("Arn", wanted: [permission.role.description])],
                obstacle: Failure(
                    kind: .refused,
                    code: "hub-missing",
                    message: "The role of `\(permission.hub)`, \(permission.role), does not exist.",
                    fix:
                        "Set it up first (`cambist setup apply \(ShellWord.posix(permission.hub))`), or name both "
                        + "mappings in one run."
                )
            )
        }
        return Assessment(
            state: .ok,
            observed: ["Arn": [found.arn.description], "RoleId": [found.id]],
            resolved: .role(found)
        )
    }

    func removal(
        _ clouds: SetupClouds,
        _ resolved: ResolvedResources,
        keeping retained: RetainedResources
    ) async throws(SetupError) -> Removal {
        .keep("it belongs to the mapping `\(permission.hub)`")
    }
}
