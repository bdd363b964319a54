import AWS
import Azure
import Diagnosis
import ExchangeEngine
import Federation
import Foundation
import Propagation
import Transport

/// Gathers what there is to know of a mapping's exchange.
struct ExplainService: Sendable {
    let engine: Engine
    let trust: RoleInspector
    let sources: TokenSources
    let tokens: TokenCache
    let transport: HTTPTransport
    let configuration: Configuration
    let access: OperatorCredentials
    /// This process's environment.
    let environment: [String: String]
    let watches: any WatchStore
    let time: any TimeSource

    /// Exchanges the mapping's token, and adds what IAM, the mapping's file, the directory and the issuer say of it.
    func evidence(of mapping: RoleMapping) async -> (evidence: Evidence, knowledge: RoleInspection) {
        let exchange = await engine.exchange(mapping)
        let claims = exchange.record.token?.claims
        let identity = configuration.identity(mapping.identity)
        let knowledge = await trust.knowledge(of: mapping, issuer: claims?.issuer, isFresh: true)
        var evidence = Evidence(of: exchange.record, mapping: mapping, identity: identity, now: time.now)
        evidence.add(knowledge)
        evidence.host = HostFacts(variables: environment)
        evidence.reader = reader(knowledge)
        evidence.request.endpoint = endpoint(of: mapping)
        evidence.lastChange = await lastChange(of: mapping)
        do throws(AzureError) {
            evidence.assignment = try await assignment(of: mapping, principal: claims?.objectID)
        } catch {
            evidence.directoryProblem = error.failure
        }
        if claims == nil, let identity { evidence.assertion = sources.assertion(of: identity) }
        if exchange.record.outcome == .failed, let claims, let token = exchange.token {
            await add(issuerOf: claims, token, to: &evidence)
        }
        return (evidence, knowledge)
    }

    private func add(issuerOf claims: Claims, _ token: AccessToken, to evidence: inout Evidence) async {
        let keys = IssuerKeys(
            transport: transport,
            authority: configuration.endpoints.authority,
            time: time
        )
        evidence.issuer = await keys.evidence(for: claims)
        if case .invalid(let reason) = await keys.signature(of: token.rawValue) {
            evidence.signatureProblem = reason
        }
    }

    private func reader(_ knowledge: RoleInspection) -> ReaderFacts? {
        (try? access.found()).map {
            ReaderFacts(source: $0.source, shadowed: access.settings.shadowed, problem: knowledge.problem)
        }
    }

    /// Where STS is asked, what says so, and by way of which proxy.
    private func endpoint(of mapping: RoleMapping) -> String? {
        let sts = try? AWSEndpoint.sts(
            region: mapping.region,
            variant: access.settings.variant,
            override: configuration.endpoints.sts
        )
        guard let url = sts?.url else { return nil }
        let network = configuration.network
        let routes = ProxyRoutes(proxy: network.proxy, exceptions: network.proxyExceptions)
        let proxy = routes.usesProxy(for: url) ? ", by way of the proxy \(network.proxy?.host() ?? "")" : ""
        return url.absoluteString + (access.stsOrigin.map { " (\($0))" } ?? "") + proxy
    }

    /// When the mapping's set-up was last changed from here, as its watches know; they begin with that.
    private func lastChange(of mapping: RoleMapping) async -> Date? {
        let running = await watches.watches().map(\.watch)
        let past = await watches.pastWatches(limit: 100)
        return (running + past).filter { $0.mapping == mapping.id }.compactMap(\.changed).max()
    }

    /// What the directory says of the mapping's app role; `nil` where nobody is named who may ask it.
    ///
    /// - Throws: ``AzureError`` when the directory does not say.
    private func assignment(
        of mapping: RoleMapping,
        principal: String?
    ) async throws(AzureError) -> AssignmentFacts? {
        guard let reader = configuration.setup.graphIdentity.flatMap(configuration.identity),
            let principal = principal ?? configuration.identity(mapping.identity)?.principalID
        else { return nil }
        let graph = GraphClient(
            endpoint: configuration.endpoints.graph,
            caller: AzureCaller(identity: reader, tokens: tokens),
            transport: transport,
            time: time
        )
        guard let resource = try await graph.servicePrincipal(audience: mapping.audience) else {
            return AssignmentFacts(resourceExists: false, isRequired: false, assigned: nil)
        }
        let roles = resource.appRoles.filter { $0.value == mapping.appRole }.map(\.id)
        let assignments = try await graph.assignments(toResource: resource.id)
        let own = assignments.filter { $0.principalID == principal && roles.contains($0.appRoleID) }
        return AssignmentFacts(
            isRequired: resource.requiresAssignment,
            assigned: own.first.map { $0.created ?? .distantPast }
        )
    }
}

extension Workspace {
    /// Gathers evidence with what the workspace has.
    var explainer: ExplainService {
        ExplainService(
            engine: engine,
            trust: trust,
            sources: sources,
            tokens: tokens,
            transport: transport,
            configuration: configuration,
            access: access,
            environment: ProcessEnvironment.variables,
            watches: historian,
            time: time
        )
    }
}
