import AWS
import Azure
import ExchangeEngine
import Federation
import FoundationEssentials
import Provisioning
import Transport

/// Clients of both clouds with the credentials that the configuration selects for each account.
package struct CloudClients: Sendable {
    let configuration: Configuration
    let tokens: TokenCache
    private(set) var transport: HTTPTransport
    package private(set) var aws: OperatorCredentials
    let time: any TimeSource

    /// Creates the clients.
    ///
    /// After a host did not respond in time, the clients send the host no request for 20 s.
    init(
        configuration: Configuration,
        tokens: TokenCache,
        transport: HTTPTransport,
        aws: OperatorCredentials,
        time: any TimeSource
    ) {
        self.configuration = configuration
        self.tokens = tokens
        self.transport = transport.avoidingSilentHosts()
        self.aws = aws.sending(with: self.transport)
        self.time = time
    }

    /// Microsoft Graph with the tokens of `setup.graph_identity`; `nil` without a configured identity of this name.
    var directory: GraphClient? {
        configuration.setup.graphIdentity.flatMap(configuration.identity).map(graph)
    }

    private func graph(as identity: ManagedIdentity) -> GraphClient {
        GraphClient(
            endpoint: configuration.endpoints.graph,
            caller: AzureCredential(identity: identity, tokens: tokens),
            transport: transport,
            time: time
        )
    }

    /// The identity whose tokens setups use: `setup.graph_identity` if it is set, otherwise the user signed in to az.
    private var azureCaller: ManagedIdentity? {
        guard let name = configuration.setup.graphIdentity else {
            return ManagedIdentity(id: "az", source: .azureCLI)
        }
        return configuration.identity(name)
    }

    /// Returns the Azure clients for setups; does not check the tenant of their tokens.
    func azure() -> Result<SetupClouds.Azure, Failure> {
        guard let caller = azureCaller else {
            return .failure(
                Failure(
                    kind: .refused,
                    code: "graph-identity",
                    message: "setup.graph_identity names an identity that the configuration does not have.",
                    fix: "Name a configured identity."
                )
            )
        }
        let resources = ResourceManagerClient(
            endpoint: configuration.endpoints.arm,
            caller: AzureCredential(identity: caller, tokens: tokens),
            transport: transport,
            time: time
        )
        let credentials = caller.source == .azureCLI ? "az login" : "identity \(caller.id)"
        return .success((graph(as: caller), resources, credentials))
    }

    /// Returns the tenant of the Azure tokens for setups; `nil` if the tokens contain no tenant.
    func azureTenant() async -> Result<String?, Failure> {
        do throws(Failure) {
            let graph = try azure().get().graph
            do throws(CloudError) {
                return .success(try await graph.tenantID())
            } catch {
                throw noToken(error.failure)
            }
        } catch {
            return .failure(error)
        }
    }

    /// Returns the Azure clients for setups; fails if their tokens belong to a tenant other than `tenantID`.
    func azure(tenantID: String, tokensOf tenant: Result<String?, Failure>) -> Result<
        SetupClouds.Azure, Failure
    > {
        switch tenant {
        case .failure(let failure): .failure(failure)
        case .success(let found?) where found != tenantID:
            .failure(
                Failure(
                    kind: .refused,
                    code: "other-tenant",
                    message:
                        "The token of \(azureCaller?.id ?? "az") is for tenant \(found), not \(tenantID).",
                    fix:
                        "Name an identity of tenant \(tenantID) in setup.graph_identity, or correct tenant_id."
                )
            )
        case .success: azure()
        }
    }

    func noToken(_ failure: Failure) -> Failure {
        let advice =
            configuration.setup.graphIdentity == nil
            ? "Sign in with `az login`, or name an identity in setup.graph_identity." : failure.fix
        return Failure(
            kind: failure.kind,
            code: failure.code,
            message: "No token for Microsoft Graph: \(failure.message)",
            fix: advice,
            requestID: failure.requestID,
            retryAfter: failure.retryAfter
        )
    }

    /// Returns the IAM client for a role's account, with the credentials that explanations use.
    func iam(of role: RoleARN) async -> Result<SetupClouds.AWS, Failure> {
        await aws.iam(of: role).map {
            (iam: $0.client, account: $0.account, credentials: $0.credentials)
        }
    }
}
