import Federation
import Foundation
import TestSupport
import Testing

@testable import Simulator

/// The propagation of changes in IAM.
@Suite(.limited) struct PropagationDelayTests {
    private static let start = Date(timeIntervalSince1970: 1_800_000_000)

    @Test func `STS applies a trust policy ten seconds after it was written`() async throws {
        let harness = try await AWSHarness.settled()
        let other = AWSHarness.trustPolicy(subject: "other")
        _ = await harness.iam("UpdateAssumeRolePolicy", ["RoleName": "audit", "PolicyDocument": other])
        #expect(try await harness.exchange().status == 200)
        harness.time.advance(by: .seconds(10))
        #expect(try await harness.exchange().code == "AccessDenied")
    }

    @Test
    func `a new role is denied, a new provider not found, and a new client ID wrong until STS knows them`()
        async throws
    {
        let harness = try await AWSHarness.settled { setup in
            setup.accounts[0].providers = []
            setup.accounts[0].roles = []
        }
        _ = await harness.iam("CreateOpenIDConnectProvider", ["Url": TestIssuer.issuer])
        #expect(try await harness.exchange().message?.hasPrefix("No OpenIDConnect provider found") == true)
        harness.time.advance(by: .seconds(10))
        let audience = ["OpenIDConnectProviderArn": AWSHarness.providerARN, "ClientID": AWSHarness.audience]
        _ = await harness.iam("AddClientIDToOpenIDConnectProvider", audience)
        #expect(try await harness.exchange().message == "Incorrect token audience")
        harness.time.advance(by: .seconds(10))
        _ = await harness.iam("CreateRole", AWSHarness.newRole("audit"))
        #expect(try await harness.exchange().code == "AccessDenied")
        harness.time.advance(by: .seconds(10))
        #expect(try await harness.exchange().status == 200)
    }

    @Test func `IAM's reads may miss a role that was just created, and its writes do not`() async throws {
        let harness = try await AWSHarness { setup in
            setup.propagationDelays = AWSSetup.PropagationDelays(
                reads: .seconds(2)...(.seconds(2)),
                oneLateReadIn: 1
            )
        }
        _ = await harness.iam("CreateRole", AWSHarness.newRole("new"))
        #expect(await harness.iam("GetRole", ["RoleName": "new"]).code == "NoSuchEntity")
        #expect(
            await harness.iam(
                "TagRole",
                ["RoleName": "new", "Tags.member.1.Key": "k", "Tags.member.1.Value": ""]
            ).status == 200
        )
        harness.time.advance(by: .seconds(2))
        #expect(await harness.iam("GetRole", ["RoleName": "new"]).status == 200)
    }

    @Test(arguments: [(1.0, 10.0), (720.0, 10.0 / 720)])
    func `the lab's speed divides the delay`(speed: Double, delay: Double) {
        let delays = AWSSetup.PropagationDelays(sts: .seconds(10)...(.seconds(10)), oneLateReadIn: 0)
        var clock = ChangeClock(delays: delays, speed: Speed(factor: speed), seed: Seed(value: 1))
        let visibility = clock.visibility(now: Self.start)
        #expect(abs(visibility.sts.timeIntervalSince(Self.start) - delay) < 0.001)
        #expect(visibility.iam == Self.start)
    }

    @Test func `delays differ within their range, and the same seed yields the same delays`() {
        let ranges = AWSSetup.PropagationDelays()
        var first = ChangeClock(delays: ranges, speed: Speed(factor: 1), seed: Seed(value: 1))
        var second = ChangeClock(delays: ranges, speed: Speed(factor: 1), seed: Seed(value: 1))
        let delays = (1...40).map { _ in first.visibility(now: Self.start).sts.timeIntervalSince(Self.start) }
        #expect(
            delays
                == (1...40).map { _ in second.visibility(now: Self.start).sts.timeIntervalSince(Self.start) }
        )
        #expect(delays.allSatisfy { (2...12).contains($0) })
        #expect(Set(delays).count > 30)
    }

    @Test func `a later change is never visible before an earlier one`() {
        var value = VersionedValue<Int, Visibility>()
        value.write(1, visibility: Self.visibility(iam: 0, sts: 0), at: Self.start)
        value.write(2, visibility: Self.visibility(iam: 5, sts: 9), at: Self.start)
        value.write(3, visibility: Self.visibility(iam: 1, sts: 2), at: Self.start)
        #expect(value.latest == 3)
        #expect(value.value(for: .iam, at: Self.start + 4) == 1)
        #expect(value.value(for: .sts, at: Self.start + 8) == 1)
        #expect(value.value(for: .sts, at: Self.start + 9) == 3)
    }

    @Test func `a deleted value is visible until the deletion is visible`() {
        var table = ReplicatedTable<Int>()
        table.write(1, to: "a", visibility: Self.visibility(iam: 0, sts: 0), at: Self.start)
        table.write(nil, to: "a", visibility: Self.visibility(iam: 0, sts: 5), at: Self.start)
        #expect(table.count == 0)
        #expect(table.value("a", for: .iam, at: Self.start) == nil)
        #expect(table.value("a", for: .sts, at: Self.start + 4) == 1)
        #expect(table.value("a", for: .sts, at: Self.start + 5) == nil)
    }

    private static func visibility(iam: Double, sts: Double) -> Visibility {
        Visibility(iam: start + iam, sts: start + sts)
    }
}
