import Azure
import Engine
import Federation
import Foundation
import Transport

/// Gathers what there is to know of a mapping's exchange.
struct Explainer: Sendable {
    let engine: Engine
    let trust: TrustLibrary
    let tokens: TokenCache
    let transport: HTTPTransport
    let configuration: Configuration
    let watches: any WatchBook
    let time: any TimeSource

    /// Exchanges the mapping's token, and adds what IAM, the mapping's file and the issuer say of it.
    func evidence(of mapping: RoleMapping) async -> (evidence: Evidence, knowledge: TrustKnowledge) {
        let exchange = await engine.exchange(mapping)
        let claims = exchange.record.token?.claims
        let knowledge = await trust.knowledge(of: mapping, issuer: claims?.issuer, isFresh: true)
        var evidence = Evidence(
            of: exchange.record,
            mapping: mapping,
            identity: configuration.identity(mapping.identity),
            now: time.now
        )
        evidence.add(knowledge)
        evidence.assignment = await assignment(of: mapping, principal: claims?.objectID)
        evidence.lastChange = await lastChange(of: mapping)
        if exchange.record.outcome == .failed, let claims, let token = exchange.token {
            let keys = IssuerKeys(
                transport: transport,
                authority: configuration.endpoints.authority,
                time: time
            )
            evidence.publishedKeyIDs = await keys.keyIDs(for: claims)
            if case .invalid(let reason) = await keys.signature(of: token.rawValue) {
                evidence.signatureProblem = reason
            }
        }
        return (evidence, knowledge)
    }

    /// When the mapping's set-up was last changed from here, as its watches know; they begin with that.
    private func lastChange(of mapping: RoleMapping) async -> Date? {
        let running = await watches.watches().map(\.watch)
        let past = await watches.pastWatches(limit: 100)
        return (running + past).filter { $0.mapping == mapping.id }.compactMap(\.changed).max()
    }

    /// What the directory says of the mapping's app role; `nil` where nobody is named who may ask it.
    private func assignment(of mapping: RoleMapping, principal: String?) async -> AssignmentFacts? {
        guard let reader = configuration.setup.graphIdentity.flatMap(configuration.identity),
            let principal = principal ?? configuration.identity(mapping.identity)?.principalID
        else { return nil }
        let graph = GraphClient(
            endpoint: configuration.endpoints.graph,
            caller: AzureCaller(identity: reader, tokens: tokens),
            transport: transport,
            time: time
        )
        do throws(AzureError) {
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
        } catch {
            return nil
        }
    }
}

extension Workspace {
    /// Gathers evidence with what the workspace has.
    var explainer: Explainer {
        Explainer(
            engine: engine,
            trust: trust,
            tokens: tokens,
            transport: transport,
            configuration: configuration,
            watches: historian,
            time: time
        )
    }
}
