import AWS
import Azure
import Federation
import Foundation
import Provisioning
import Transport

/// Where a set-up is made ready: whose rights it uses in either cloud, and what is to be there.
struct SetupFactory: Sendable {
    let configuration: Configuration
    let transport: HTTPTransport
    let sources: TokenSources
    /// The environment, or what a lab says in its place.
    let variables: [String: String]
    let time: any TimeSource

    /// What works on these mappings.
    ///
    /// A cloud that cannot be asked is no failure here: its objects are then unreadable, and say why.
    ///
    /// - Throws: ``CommandFailure`` when the configuration leaves open what is to be made.
    func worker(for mappings: [RoleMapping]) async throws(CommandFailure) -> Provisioner {
        let azure = self.azure
        let blueprint = try configuration.blueprint(mappings, tenantID: await tenantID(azure))
        let clouds = SetupClouds(
            azure: await checked(azure, tenantID: blueprint.tenantID),
            aws: await aws(region: mappings.first?.region)
        )
        return Provisioner(blueprint: blueprint, clouds: clouds, time: time)
    }

    /// What the mappings that are not named need, so that it stays when those that are named are undone.
    func others(beside mappings: [RoleMapping], tenantID: String) -> DesiredState? {
        let rest = configuration.mappings.filter { mapping in
            !mappings.contains { $0.id == mapping.id }
                && (try? blueprint([mapping]))?.tenantID == tenantID
        }
        return rest.isEmpty ? nil : try? blueprint(rest)
    }

    private func blueprint(_ mappings: [RoleMapping]) throws(DesiredStateError) -> DesiredState {
        try DesiredState(mappings, in: configuration) { _ throws(DesiredStateError) in "{}" }
    }
}

// Azure, with the rights of an identity of the configuration.
extension SetupFactory {
    /// Whose rights Graph is asked with: the identity that is named for it, else whoever is signed in to az.
    private var caller: ManagedIdentity? {
        guard let name = configuration.setup.graphIdentity else {
            return ManagedIdentity(id: "az", source: .azureCLI)
        }
        return configuration.identity(name)
    }

    private var azure: Result<SetupClouds.Azure, Failure> {
        guard let caller else {
            return .failure(
                Failure(
                    kind: .refused,
                    code: "graph-identity",
                    message: "setup.graph_identity names an identity that the configuration does not have.",
                    fix: "Correct it."
                )
            )
        }
        let tokens = AzureCaller(identity: caller, tokens: TokenCache(sources: sources, time: time))
        let graph = GraphClient(
            endpoint: configuration.endpoints.graph,
            caller: tokens,
            transport: transport,
            time: time
        )
        let resources = ResourceManagerClient(
            endpoint: configuration.endpoints.arm,
            caller: tokens,
            transport: transport,
            time: time
        )
        return .success((graph, resources))
    }

    private func tenantID(_ azure: Result<SetupClouds.Azure, Failure>) async -> String? {
        guard case .success(let access) = azure else { return nil }
        return try? await access.graph.tenantID()
    }

    /// Graph speaks for the tenant that its token is of, which must be the one that is set up.
    private func checked(
        _ azure: Result<SetupClouds.Azure, Failure>,
        tenantID: String
    ) async -> Result<SetupClouds.Azure, Failure> {
        guard case .success(let access) = azure else { return azure }
        do throws(AzureError) {
            guard let found = try await access.graph.tenantID(), found != tenantID else { return azure }
            return .failure(
                Failure(
                    kind: .refused,
                    code: "other-tenant",
                    message:
                        "The token of \(caller?.id ?? "az") is of tenant \(found), the mapping is of \(tenantID).",
                    fix: "Name an identity of that tenant in setup.graph_identity, or correct tenant_id."
                )
            )
        } catch {
            return .failure(noToken(error.failure))
        }
    }

    private func noToken(_ failure: Failure) -> Failure {
        let advice =
            configuration.setup.graphIdentity == nil
            ? "Sign in with `az login`, or name an identity in setup.graph_identity." : failure.fix
        return Failure(
            kind: failure.kind,
            code: failure.code,
            message: "No token for Microsoft Graph: \(failure.message)",
            fix: advice,
            requestID: failure.requestID
        )
    }
}

// AWS, with the operator's own credentials.
extension SetupFactory {
    private func aws(region: String?) async -> Result<SetupClouds.AWS, Failure> {
        let access = OperatorCredentials(
            variables: variables,
            configuration: configuration,
            transport: transport,
            time: time
        )
        do throws(CredentialError) {
            let region = try access.found().region ?? region ?? AWSPartition.aws.implicitRegion
            let partition = AWSPartition(region: region) ?? .aws
            let credentials = try await access.credentials()
            let sts = try access.stsClient(region: region)
            let iam = try access.iam(partition, as: credentials)
            do throws(AWSError) {
                return .success((iam, try await sts.callerIdentity(credentials).value.account))
            } catch {
                return .failure(error.failure)
            }
        } catch {
            let kind: Failure.Kind = if case .refused = error { .refused } else { .unreachable }
            return .failure(
                Failure(kind: kind, code: "aws-credentials", message: error.seen, fix: error.fix)
            )
        }
    }
}

extension Workspace {
    /// The desk of this workspace.
    var setupDesk: SetupFactory {
        SetupFactory(
            configuration: configuration,
            transport: transport,
            sources: sources,
            variables: ProcessEnvironment.variables,
            time: time
        )
    }
}
