import AWS
import Azure
import Federation
import Foundation
import Propagation
import Simulator
import Synchronization
import TestSupport
import Testing
import Transport

@testable import ExchangeEngine

/// An engine with a mapping of a lab, and IAM, which it may ask or not.
struct LabHarness {
    let facts: [String: String]
    let transport: HTTPTransport
    let iam: IAMClient
    let account: String
    let trust: RoleInspector
    let engine: Engine
    let mapping: RoleMapping

    init(_ facts: [String: String], _ transport: HTTPTransport, mayReadIAM: Bool) async throws {
        self.facts = facts
        self.transport = transport
        func url(_ name: String) -> URL? { facts[name].flatMap { URL(string: $0) } }
        let time = SystemTime()
        let found = try ResolvedCredentials.find(variables: facts, profiles: AWSProfiles())
        guard case .keys(let keys) = found.origin else { throw CredentialError.none }
        let sts = try AWSEndpoint.sts(region: "eu-west-1", override: url("AWS_ENDPOINT_URL_STS"))
        let account = try await STSClient(transport: transport, endpoint: sts, time: time)
            .callerIdentity(keys).value.account
        let iam = IAMClient(
            transport: transport,
            endpoint: try AWSEndpoint.iam(partition: .aws, override: url("AWS_ENDPOINT_URL_IAM")),
            credentials: keys,
            time: time
        )
        (self.iam, self.account) = (iam, account)
        let unset = Failure(kind: .refused, code: "aws-credentials", message: "There are none.", fix: "")
        trust = RoleInspector(time: time) { _ in
            mayReadIAM
                ? .success(IAMSession(client: iam, account: account, credentials: "the test"))
                : .failure(unset)
        }
        let identity = ManagedIdentity(
            id: "logging",
            tenantID: facts["AZURE_TENANT_ID"],
            clientID: facts["CAMBIST_LAB_CLIENT_ID"],
            principalID: facts["CAMBIST_LAB_PRINCIPAL_ID"],
            source: .imds
        )
        let endpoints = Endpoints(
            sts: url("AWS_ENDPOINT_URL_STS"),
            imds: url("AZURE_POD_IDENTITY_AUTHORITY_HOST")
        )
        let sources = TokenSources(
            transport: transport,
            endpoints: endpoints,
            environment: SourceEnvironment(variables: [:]) { _ in false },
            time: time,
            identities: [identity]
        )
        let context = ExchangeContext(
            tokens: TokenCache(sources: sources, time: time),
            transport: transport,
            time: time,
            logger: LogCapture().logger,
            trust: trust,
            environment: [:]
        )
        engine = Engine(
            configuration: Configuration(identities: [identity], endpoints: endpoints),
            context: context
        )
        // No token has this role, so that the watch waits though AWS lets it in.
        mapping = RoleMapping(
            id: "audit",
            identity: "logging",
            audience: try #require(facts["CAMBIST_LAB_AUDIENCE"]),
            appRole: "NobodyHasThis",
            roleARN: try #require(facts["CAMBIST_LAB_ROLE_ARN"].flatMap(RoleARN.init)),
            region: "eu-west-1",
            sessionName: "cambist"
        )
    }

    func deleteRole() async throws {
        let name = mapping.roleARN.name
        for policy in try await iam.attachedPolicies(of: name) {
            try await iam.detachPolicy(policy.arn, from: name)
        }
        for policy in try await iam.policyNames(of: name) { try await iam.deletePolicy(policy, of: name) }
        try await iam.deleteRole(name)
    }

    /// Watches the mapping; `each` hears how it stands, the last one with its end.
    func watch(_ each: @escaping @Sendable (Watch) async throws -> Bool) async throws {
        let (watches, feed) = AsyncStream.makeStream(of: Watch.self)
        let keeper = WatchRunner(
            book: MemoryWatchBook(),
            time: SystemTime(),
            surroundings: WatchDependencies(
                holder: "test",
                role: { [trust] mapping, token, age in
                    let issuer = token?.claims.issuer
                    let known = await trust.knowledge(of: mapping, issuer: issuer, noOlderThan: age)
                    return RoleExistence(known, of: mapping.roleARN)
                },
                exchange: { [engine] in await engine.exchange($0, options: $1).record }
            )
        ) { event in
            switch event {
            case .stood(let kept): feed.yield(kept.watch)
            case .ended(let watch): feed.yield(watch)
            case .estimated: break
            }
        }
        await keeper.use(Configuration(mappings: [mapping], watchSpeed: 2400))
        await keeper.watch("audit")
        for await watch in watches where try await !each(watch) {
            break
        }
        await keeper.close()
    }

    /// Starts a lab for `work`, which may ask how many requests it has had whose path has a text in it.
    static func with(
        speed: Double = 1,
        mayReadIAM: Bool = false,
        _ work: (LabHarness, _ asked: @escaping @Sendable (String) -> Int) async throws -> Void
    ) async throws {
        let paths = Mutex<[String]>([])
        let options = LabOptions(speed: speed) { request in
            paths.withLock { $0.append(request.path) }
        }
        let lab = try await Lab.start(options, time: SystemTime())
        let transport = try HTTPTransport(time: SystemTime(), logger: LogCapture().logger)
        let facts = Dictionary(lab.environment.map { ($0.name, $0.value) }) { $1 }
        do {
            let bench = try await LabHarness(facts, transport, mayReadIAM: mayReadIAM)
            try await work(bench) { text in paths.withLock { $0.count { $0.contains(text) } } }
            await transport.shutDown()
            await lab.stop()
        } catch {
            await transport.shutDown()
            await lab.stop()
            throw error
        }
    }
}
