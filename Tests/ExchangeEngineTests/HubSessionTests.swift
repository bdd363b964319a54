import AWS
import Federation
import Foundation
import TestSupport
import Testing

@testable import ExchangeEngine

/// Exchanges through a hub: one session of the hub serves all spokes.
@Suite(.limited) struct HubSessionTests {
    private let time = ManualTime()

    private func session(_ key: String, life: Duration = .seconds(3600)) throws -> ObtainedSession {
        ObtainedSession(
            at: time.uptime,
            credentials: try SessionCredentials(
                accessKeyID: key,
                secretAccessKey: Secret("abcdefghijklmnopqrstuvwxyz"),
                sessionToken: Secret("abcdefghijklmnopqrstuvwxyz"),
                expiration: time.now + life.seconds,
                issued: time.now,
                assumedRoleARN: "arn:aws:sts::111122223333:assumed-role/hub/cambist",
                region: "eu-west-1",
                now: time.now
            )
        )
    }

    private func key(_ duration: Duration = .seconds(3600)) throws -> HubSessions.Key {
        HubSessions.Key(
            RoleMapping(
                id: "hub",
                identity: "vm",
                audience: "api://a",
                roleARN: try #require(RoleARN("arn:aws:iam::111122223333:role/hub")),
                region: "eu-west-1",
                duration: duration,
                sessionName: "cambist"
            ),
            ManagedIdentity(id: "vm")
        )
    }

    @Test func `a session is reused until a minute before it expires`() async throws {
        let hubs = HubSessions(time: time)
        let (first, second) = (try session("ASIAFIRST0000000"), try session("ASIASECOND000000"))
        let key = try key()
        #expect(await hubs.session(of: key, noOlderThan: nil) { first }.isCached == false)
        time.advance(by: .seconds(3530))
        #expect(await hubs.session(of: key, noOlderThan: nil) { second }.isCached)
        time.advance(by: .seconds(20))
        let renewed = await hubs.session(of: key, noOlderThan: nil) { second }
        #expect(renewed.isCached == false)
    }

    @Test func `a result that is too old is not used`() async throws {
        let hubs = HubSessions(time: time)
        let session = try session("ASIAFIRST0000000")
        let key = try key()
        _ = await hubs.session(of: key, noOlderThan: nil) { session }
        time.advance(by: .seconds(16))
        #expect(await hubs.session(of: key, noOlderThan: .seconds(15)) { session }.isCached == false)
    }

    @Test func `a hub with other settings has another session`() async throws {
        let hubs = HubSessions(time: time)
        let session = try session("ASIAFIRST0000000")
        _ = await hubs.session(of: try key(), noOlderThan: nil) { session }
        #expect(
            await hubs.session(of: try key(.seconds(900)), noOlderThan: nil) { session }.isCached == false
        )
    }

    @Test func `a failure is shared only by spokes that need the session at the same time`() async throws {
        let hubs = HubSessions(time: time)
        let failed = ObtainedSession(at: time.uptime)
        let key = try key()
        _ = await hubs.session(of: key, noOlderThan: nil) { failed }
        #expect(await hubs.session(of: key, noOlderThan: nil) { failed }.isCached)
        time.advance(by: .seconds(3))
        #expect(await hubs.session(of: key, noOlderThan: nil) { failed }.isCached == false)
    }

    @Test func `eight concurrent spokes share one exchange of their hub`() async throws {
        try await LabHarness.with { harness, requestCount in
            let hub = harness.mapping
            let name = hub.roleARN.name
            let trust = """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"\(hub.roleARN)"},\
                "Action":"sts:AssumeRole"}]}
                """
            let arn = try #require(RoleARN("arn:aws:iam::\(hub.roleARN.account):role/spoke-of-\(name)"))
            _ = try await harness.iam.createRole(
                NewRole(
                    name: arn.name,
                    path: "/",
                    trustDocument: trust,
                    maxSession: .seconds(3600),
                    tags: [:]
                )
            )
            var spoke = hub
            spoke = RoleMapping(
                id: "spoke",
                identity: hub.identity,
                audience: hub.audience,
                roleARN: arn,
                region: hub.region,
                sessionName: "cambist",
                assumption: .hub(hub, ChainedSession())
            )
            let mapping = spoke
            // The new role reaches STS after a few seconds.
            for _ in 0..<100 {
                let tried = await harness.engine.exchange(mapping, options: ExchangeOptions(verifies: false))
                if tried.credentials != nil { break }
                try await Task.sleep(for: .milliseconds(200))
            }
            await harness.engine.removeSession(ofHub: hub.id)
            let before = requestCount("/sts")
            let records = await withTaskGroup(of: ExchangeRecord.self) { group in
                for _ in 0..<8 { group.addTask { await harness.engine.exchange(mapping).record } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(records.allSatisfy { $0.outcome == .ok })
            #expect(records.allSatisfy { $0.steps.map(\.step) == ExchangeStep.allCases })
            // One exchange of the hub; AssumeRole and GetCallerIdentity for each of the eight spokes.
            #expect(requestCount("/sts") - before == 17)
        }
    }
}
