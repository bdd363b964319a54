import Azure
import ExchangeEngine
package import Federation
import FoundationEssentials
package import Provisioning
import Transport

/// Creates provisioners from the desired state of mappings and the clients that read and change both clouds.
package struct SetupFactory: Sendable {
    let configuration: Configuration
    let clients: CloudClients
    let time: any TimeSource

    /// Creates the provisioner of these mappings.
    ///
    /// Missing credentials for a cloud are not an error: objects of that cloud are reported as unreadable, with the
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

    /// IAM for each account of the mappings' roles and of their hubs' roles.
    private func accounts(of mappings: [RoleMapping]) async -> [String: Result<SetupClouds.AWS, Failure>] {
        var accounts: [String: Result<SetupClouds.AWS, Failure>] = [:]
        let roles = mappings.flatMap { [$0.roleARN] + ($0.hub.map { [$0.roleARN] } ?? []) }
        for role in roles where accounts[role.account] == nil {
            accounts[role.account] = await clients.iam(of: role)
        }
        return accounts
    }

    /// The desired state of the tenant's other mappings, whose objects a removal of the given mappings keeps.
    ///
    /// Mappings whose desired state is unknown are ignored, such as a mapping whose identity has no `tenant_id`. The
    /// result is `nil` if no mapping is left.
    package func others(than mappings: [RoleMapping], tenantID: String) -> DesiredState? {
        let rest = configuration.mappings.filter { mapping in
            !mappings.contains { $0.id == mapping.id }
                && (try? desiredState([mapping]))?.tenantID == tenantID
        }
        return rest.isEmpty ? nil : try? desiredState(rest)
    }

    /// The desired state without the contents of inline policies, because a removal needs only their names.
    private func desiredState(_ mappings: [RoleMapping]) throws(DesiredStateError) -> DesiredState {
        try DesiredState(mappings, in: configuration) { _ throws(DesiredStateError) in "{}" }
    }
}

extension Failure {
    /// The failure for an account without a mapping to set up.
    fileprivate static let noCredentials = Failure(
        kind: .refused,
        code: "aws-credentials",
        message: "No credentials were chosen for the account.",
        fix: "Name a mapping of that account."
    )
}

extension Configuration {
    /// The objects that these mappings need in both clouds, with the contents of their policy files.
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
