import AWS
import Azure
package import Diagnosis
import ExchangeEngine
package import Federation
import Foundation
import Propagation
import Transport

/// Collects the evidence that an explanation of a mapping's exchange is made from.
package struct ExplainService: Sendable {
    let engine: Engine
    let roles: RoleInspector
    let sources: TokenSources
    let keys: IssuerKeys
    let clients: CloudClients
    let configuration: Configuration
    /// The environment of the process.
    let variables: [String: String]
    let watches: any WatchStore
    let time: any TimeSource

    /// The most subjects of a trust policy that the directory is asked about.
    private static let lookupLimit = 10

    /// Runs an exchange, and reads IAM, the mapping's policy file, the directory and the issuer's keys.
    package func evidence(of mapping: RoleMapping) async -> (evidence: Evidence, knowledge: RoleInspection) {
        let exchange = await engine.exchange(mapping)
        let claims = exchange.record.token?.claims
        let identity = configuration.identity(mapping.identity)
        let knowledge = await roles.knowledge(of: mapping, issuer: claims?.issuer, isFresh: true)
        var evidence = Evidence(of: exchange.record, mapping: mapping, identity: identity, now: time.now)
        evidence.add(knowledge)
        evidence.host = HostFacts(variables: variables)
        evidence.reader = reader(knowledge)
        evidence.request.endpoint = endpoint(of: mapping)
        evidence.lastChange = await lastChange(of: mapping)
        do throws(CloudError) {
            let lookup = AppRoleAssignmentLookup(clients)
            evidence.assignment = try await lookup?.facts(of: mapping, principal: claims?.objectID)
            let subjects = Explanation.otherSubjects(in: evidence).sorted().prefix(Self.lookupLimit)
            if let lookup { evidence.missingPrincipals = try await lookup.missing(subjects) }
        } catch {
            evidence.directoryProblem = error.failure
        }
        if claims == nil, let identity { evidence.assertion = sources.assertion(of: identity) }
        if exchange.record.outcome == .failed, let claims, let token = exchange.token {
            evidence.issuer = await keys.evidence(for: claims)
            if case .invalid(let reason) = await keys.signature(of: token.rawValue) {
                evidence.signatureProblem = reason
            }
        }
        return (evidence, knowledge)
    }

    private func reader(_ knowledge: RoleInspection) -> ReaderFacts? {
        (try? clients.aws.found()).map {
            ReaderFacts(
                source: $0.source,
                shadowed: clients.aws.settings.shadowed,
                problem: knowledge.problem
            )
        }
    }

    /// The address of STS with its origin and its proxy.
    private func endpoint(of mapping: RoleMapping) -> String? {
        let sts = try? AWSEndpoint.sts(
            region: mapping.region,
            variant: clients.aws.settings.variant,
            override: configuration.endpoints.sts
        )
        guard let url = sts?.url else { return nil }
        let network = configuration.network
        let routes = ProxyRoutes(proxy: network.proxy, exceptions: network.proxyExceptions)
        let proxy = routes.usesProxy(for: url) ? ", by way of the proxy \(network.proxy?.host() ?? "")" : ""
        return url.absoluteString + (clients.aws.stsOrigin.map { " (\($0))" } ?? "") + proxy
    }

    /// The last change of the mapping's setup from this host, which its watches record.
    private func lastChange(of mapping: RoleMapping) async -> Date? {
        let running = await watches.watches().map(\.watch)
        let past = await watches.pastWatches(limit: 100)
        return (running + past).filter { $0.mapping == mapping.id }.compactMap(\.changed).max()
    }
}
