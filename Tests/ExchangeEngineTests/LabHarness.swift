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

/// An engine with a lab's mapping, with or without access to IAM.
struct LabHarness {
    let labVariables: [String: String]
    let transport: HTTPTransport
    let iam: IAMClient
    let account: String
    let trust: RoleInspector
    let configuration: LiveConfiguration
    let engine: Engine
    let mapping: RoleMapping

    init(_ labVariables: [String: String], _ transport: HTTPTransport, mayReadIAM: Bool) async throws {
        self.labVariables = labVariables
        self.transport = transport
        func url(_ name: String) -> URL? { labVariables[name].flatMap { URL(string: $0) } }
        let time = SystemTime()
        let found = try ResolvedCredentials.find(variables: labVariables, profiles: AWSProfiles())
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
            tenantID: labVariables["AZURE_TENANT_ID"],
            clientID: labVariables["CAMBIST_LAB_CLIENT_ID"],
            principalID: labVariables["CAMBIST_LAB_PRINCIPAL_ID"],
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
        // No token has this app role, so the watch waits although AWS allows the token.
        mapping = RoleMapping(
            id: "audit",
            identity: "logging",
            audience: try #require(labVariables["CAMBIST_LAB_AUDIENCE"]),
            appRole: "NobodyHasThis",
            roleARN: try #require(labVariables["CAMBIST_LAB_ROLE_ARN"].flatMap(RoleARN.init)),
            region: "eu-west-1",
            sessionName: "cambist"
        )
        configuration = LiveConfiguration(
            Configuration(
                identities: [identity],
                mappings: [mapping],
                endpoints: endpoints,
                watchSpeed: 2400
            )
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
            configuration: configuration,
            context: context
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

    /// Watches the mapping; `each` receives the watch after every change and returns whether to continue.
    func watch(_ each: @escaping @Sendable (Watch) async throws -> Bool) async throws {
        let (watches, continuation) = AsyncStream.makeStream(of: Watch.self)
        let runner = WatchRunner(
            configuration: configuration,
            store: MemoryWatchStore(),
            time: SystemTime(),
            dependencies: WatchDependencies(
                holder: "test",
                role: { [trust] mapping, token, age in
                    let issuer = token?.claims.issuer
                    let known = await trust.inspection(of: mapping, issuer: issuer, noOlderThan: age)
                    return RoleExistence(known, of: mapping.roleARN)
                },
                exchange: { [engine] in await engine.exchange($0, options: $1).record }
            )
        ) { event in
            switch event {
            case .updated(let stored): continuation.yield(stored.watch)
            case .ended(let watch): continuation.yield(watch)
            case .estimated: break
            }
        }
        await runner.watch("audit")
        for await watch in watches where try await !each(watch) {
            break
        }
        await runner.close()
    }

    /// Runs `work` with a lab; `requestCount` returns the number of requests whose paths contain a text.
    static func with(
        speed: Double = 1,
        mayReadIAM: Bool = false,
        _ work: (LabHarness, _ requestCount: @escaping @Sendable (String) -> Int) async throws -> Void
    ) async throws {
        let paths = Mutex<[String]>([])
        let options = LabOptions(speed: speed) { request in
            paths.withLock { $0.append(request.path) }
        }
        let lab = try await Lab.start(options, time: SystemTime())
        let transport = try HTTPTransport(time: SystemTime(), logger: LogCapture().logger)
        let labVariables = Dictionary(lab.environment.map { ($0.name, $0.value) }) { $1 }
        do {
            let harness = try await LabHarness(labVariables, transport, mayReadIAM: mayReadIAM)
            try await work(harness) { text in paths.withLock { $0.count { $0.contains(text) } } }
            await transport.shutDown()
            await lab.stop()
        } catch {
            await transport.shutDown()
            await lab.stop()
            throw error
        }
    }
}
