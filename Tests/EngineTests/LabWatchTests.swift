import AWS
import Azure
import Federation
import Foundation
import Lab
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Engine

/// Watches against the lab, whose role goes away while it is waited for.
@Suite(.timeLimit(.minutes(1)))
struct LabWatchTests {
    /// An engine, and IAM, which it may ask or not.
    private struct Bench {
        let facts: [String: String]
        let transport: HTTPTransport
        let iam: IAMClient
        let account: String
        let trust: TrustLibrary
        let engine: Engine
        let mapping: RoleMapping

        init(_ facts: [String: String], _ transport: HTTPTransport, mayReadIAM: Bool) async throws {
            self.facts = facts
            self.transport = transport
            func url(_ name: String) -> URL? { facts[name].flatMap { URL(string: $0) } }
            let time = SystemTime()
            let found = try OperatorCredentials.find(variables: facts, profiles: AWSProfiles())
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
            trust = TrustLibrary(time: time) { _ in
                mayReadIAM
                    ? .success(IAMAccess(client: iam, account: account, credentials: "the test"))
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
            let keeper = WatchKeeper(
                book: MemoryWatchBook(),
                time: SystemTime(),
                surroundings: WatchKeeper.Surroundings(
                    holder: "test",
                    role: { [trust] mapping, token, age in
                        let issuer = token?.claims.issuer
                        let known = await trust.knowledge(of: mapping, issuer: issuer, noOlderThan: age)
                        return RoleSight(known, of: mapping.roleARN)
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
    }

    /// `work` may ask how many requests IAM has had.
    private func withLab(
        mayReadIAM: Bool,
        _ work: (Bench, _ asked: @escaping @Sendable () -> Int) async throws -> Void
    )
        async throws
    {
        let asked = Mutex(0)
        let options = LabOptions(speed: 2400) { request in
            if request.path.contains("iam") { asked.withLock { $0 += 1 } }
        }
        let lab = try await Lab.start(options, time: SystemTime())
        let transport = try HTTPTransport(time: SystemTime(), logger: LogCapture().logger)
        let facts = Dictionary(lab.environment.map { ($0.name, $0.value) }) { $1 }
        do {
            try await work(Bench(facts, transport, mayReadIAM: mayReadIAM)) { asked.withLock { $0 } }
            await transport.shutDown()
            await lab.stop()
        } catch {
            await transport.shutDown()
            await lab.stop()
            throw error
        }
    }

    @Test func `a role that is deleted during a watch ends it, where IAM may be read`() async throws {
        try await withLab(mayReadIAM: true) { bench, asked in
            let last = Mutex<Watch?>(nil)
            let before = Mutex(0)
            try await bench.watch { watch in
                last.withLock { $0 = watch }
                if watch.attempts == 1 {
                    #expect(watch.cause == .cachedToken && watch.role == nil)
                    try await bench.deleteRole()
                    before.withLock { $0 = asked() }
                }
                return watch.ending == nil && watch.attempts < 100
            }
            let watch = try #require(last.withLock { $0 })
            #expect(watch.ending?.verdict == .cannot)
            #expect(watch.ending?.code == "role-missing")
            #expect(watch.ending?.message.contains("\(bench.mapping.roleARN)") == true)
            let denials = watch.marks.count { $0.cause == .iam }
            #expect(denials >= 3)
            // One look at a missing role: the role, the list of providers, the token's own.
            #expect(asked() - before.withLock { $0 } <= 3 * denials)
        }
    }

    @Test func `where IAM may not be read, a role that is deleted is waited for, and that is said`()
        async throws
    {
        try await withLab(mayReadIAM: false) { bench, asked in
            let last = Mutex<Watch?>(nil)
            let before = Mutex(0)
            try await bench.watch { watch in
                last.withLock { $0 = watch }
                if watch.attempts == 1 {
                    try await bench.deleteRole()
                    before.withLock { $0 = asked() }
                }
                return watch.ending == nil && watch.marks.count { $0.cause == .iam } < 6
            }
            let watch = try #require(last.withLock { $0 })
            #expect(watch.ending == nil)
            #expect(watch.role == .hidden("There are none."))
            #expect(
                watch.story(at: watch.next) { _ in "then" }.contains("cannot be told from one that settles")
            )
            #expect(asked() == before.withLock { $0 })
        }
    }
}
