import Azure
import ExchangeEngine
package import Federation
import FoundationEssentials
package import Provisioning
import Transport

/// Creates provisioners from the mappings' desired state and the clients of both clouds.
package struct SetupFactory: Sendable {
    let configuration: Configuration
    let clients: CloudClients
    let time: any TimeSource

    /// Creates the provisioner of these mappings.
    ///
    /// Missing credentials for a cloud are not an error: the plan reports the cloud's objects as unreadable, with the
    /// reason.
    ///
    /// - Throws: ``CommandFailure`` when the configuration is incomplete.
    package func provisioner(for mappings: [RoleMapping]) async throws(CommandFailure) -> Provisioner {
        async let accounts = accounts(of: mappings)
        let tenant = await clients.azureTenant()
        let desiredState: DesiredState
        do throws(CommandFailure) {
            desiredState = try configuration.desiredState(mappings, tenantID: (try? tenant.get()) ?? nil)
        } catch {
            _ = await accounts
            throw error
        }
        let clouds = SetupClouds(
            azure: clients.azure(tenantID: desiredState.tenantID, tokensOf: tenant),
            aws: .failure(.noCredentials),
            accounts: await accounts
        )
        return Provisioner(desiredState: desiredState, clouds: clouds, time: time)
    }

    /// Returns an IAM client per account: the accounts of the mappings' roles and of the hubs' roles.
    private func accounts(of mappings: [RoleMapping]) async -> [String: Result<SetupClouds.AWS, Failure>] {
        var accounts: [String: Result<SetupClouds.AWS, Failure>] = [:]
        let roles = mappings.flatMap { [$0.roleARN] + ($0.hub.map { [$0.roleARN] } ?? []) }
        for role in roles where accounts[role.account] == nil {
            accounts[role.account] = await clients.iam(of: role)
        }
        return accounts
    }

    /// Returns the desired state of the tenant's mappings other than `mappings`.
    ///
    /// A removal of `mappings` does not delete the objects of this desired state.
    ///
    /// - Parameters:
    ///   - mappings: The mappings of the removal.
    ///   - tenantID: The tenant of the removal, and the default tenant of identities without `tenant_id`.
    /// - Returns: The desired state; `nil` if the tenant has no other mapping.
    /// - Throws: ``CommandFailure`` if the desired state of a mapping is unknown, and the mapping shares objects with
    ///   the mappings of the removal.
    package func others(
        than mappings: [RoleMapping],
        tenantID: String
    ) throws(CommandFailure) -> DesiredState? {
        var rest: [RoleMapping] = []
        for mapping in configuration.mappings where !mappings.contains(where: { $0.id == mapping.id }) {
            do throws(DesiredStateError) {
                if try desiredState([mapping], tenantID).tenantID == tenantID { rest.append(mapping) }
            } catch {
                guard mappings.contains(where: { $0.sharesObjects(with: mapping) }) else { continue }
                throw .sharedObjects(with: mapping.id, error)
            }
        }
        guard let last = rest.last else { return nil }
        do throws(DesiredStateError) {
            return try desiredState(rest, tenantID)
        } catch {
            throw .sharedObjects(with: last.id, error)
        }
    }

    /// Returns the desired state without the contents of inline policies; a removal needs only the policies' names.
    private func desiredState(
        _ mappings: [RoleMapping],
        _ tenantID: String
    ) throws(DesiredStateError) -> DesiredState {
        try DesiredState(mappings, in: configuration, tenantID: tenantID) { _ throws(DesiredStateError) in
            "{}"
        }
    }
}

extension Failure {
    /// The failure for an account with no mapping in the setup.
    fileprivate static let noCredentials = Failure(
        kind: .refused,
        code: "aws-credentials",
        message: "No credentials were chosen for the account.",
        fix: "Name a mapping of that account."
    )
}

extension RoleMapping {
    /// Whether two mappings need a common object (for example, the same identity or hub).
    fileprivate func sharesObjects(with other: RoleMapping) -> Bool {
        let roles = [roleARN] + (hub.map { [$0.roleARN] } ?? [])
        return identity == other.identity || audience == other.audience || roles.contains(other.roleARN)
            || other.hub.map { roles.contains($0.roleARN) } ?? false
    }
}

extension CommandFailure {
    /// The failure of a removal that could delete another mapping's objects.
    fileprivate static func sharedObjects(
        with mapping: RoleMapping.ID,
        _ error: DesiredStateError
    ) -> CommandFailure {
        CommandFailure(
            .configuration,
            code: "setup-shared",
            "The mapping `\(mapping)` may need these objects, too, but its objects cannot be determined: \(error)",
            fix:
                "Complete the mapping \(mapping) or its identity, or delete the mapping from the configuration."
        )
    }
}

extension Configuration {
    /// Returns the objects that these mappings need in both clouds, with the contents of the policy files.
    ///
    /// - Throws: ``CommandFailure`` when the configuration is incomplete.
    package func desiredState(
        _ mappings: [RoleMapping],
        tenantID: String? = nil
    ) throws(CommandFailure) -> DesiredState {
        do throws(DesiredStateError) {
            return try DesiredState(mappings, in: self, tenantID: tenantID) {
                path throws(DesiredStateError) in
                do throws(FileReadError) {
                    return try PolicyFile.read(path)
                } catch {
                    throw .policyUnreadable(file: path, reason: "\(error).")
                }
            }
        } catch {
            throw CommandFailure(
                .configuration,
                code: "setup",
                messagesWithFix: ["\(error)"],
                fix: "Complete the mapping or its identity; `cambist config show` lists their values."
            )
        }
    }
}
