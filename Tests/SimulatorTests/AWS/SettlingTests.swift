import Federation
import Foundation
import TestSupport
import Testing

@testable import Simulator

/// Changes of IAM are seen late, by each reader in its own time.
struct SettlingTests {
    private static let start = Date(timeIntervalSince1970: 1_800_000_000)

    @Test func `STS goes by a trust policy ten seconds after it was written`() async throws {
        let bench = try await AWSHarness.settled()
        let other = AWSHarness.trustPolicy(subject: "other")
        _ = await bench.iam("UpdateAssumeRolePolicy", ["RoleName": "audit", "PolicyDocument": other])
        #expect(try await bench.exchange().status == 200)
        bench.time.advance(by: .seconds(10))
        #expect(try await bench.exchange().code == "AccessDenied")
    }

    @Test
    func `a new role is denied, a new provider not found and a new client id wrong until STS knows them`()
        async throws
    {
        let bench = try await AWSHarness.settled { setup in
            setup.accounts[0].providers = []
            setup.accounts[0].roles = []
        }
        _ = await bench.iam("CreateOpenIDConnectProvider", ["Url": TokenForge.issuer])
        #expect(try await bench.exchange().message?.hasPrefix("No OpenIDConnect provider found") == true)
        bench.time.advance(by: .seconds(10))
        let audience = ["OpenIDConnectProviderArn": AWSHarness.providerARN, "ClientID": AWSHarness.audience]
        _ = await bench.iam("AddClientIDToOpenIDConnectProvider", audience)
        #expect(try await bench.exchange().message == "Incorrect token audience")
        bench.time.advance(by: .seconds(10))
        _ = await bench.iam("CreateRole", AWSHarness.newRole("audit"))
        #expect(try await bench.exchange().code == "AccessDenied")
        bench.time.advance(by: .seconds(10))
        #expect(try await bench.exchange().status == 200)
    }

    @Test func `IAM's own reads may miss a role that was just made, and its writes do not`() async throws {
        let bench = try await AWSHarness { setup in
            setup.settling = AWSSetup.Settling(reads: .seconds(2)...(.seconds(2)), oneLateReadIn: 1)
        }
        _ = await bench.iam("CreateRole", AWSHarness.newRole("new"))
        #expect(await bench.iam("GetRole", ["RoleName": "new"]).code == "NoSuchEntity")
        #expect(
            await bench.iam(
                "TagRole",
                ["RoleName": "new", "Tags.member.1.Key": "k", "Tags.member.1.Value": ""]
            ).status == 200
        )
        bench.time.advance(by: .seconds(2))
        #expect(await bench.iam("GetRole", ["RoleName": "new"]).status == 200)
    }

    @Test(arguments: [(1.0, 10.0), (720.0, 10.0 / 720)])
    func `the lab's speed divides the delay`(speed: Double, delay: Double) {
        let settling = AWSSetup.Settling(sts: .seconds(10)...(.seconds(10)), oneLateReadIn: 0)
        var clock = ChangeClock(settling: settling, pace: Speed(speed: speed), seed: Seed(value: 1))
        let visibility = clock.visibility(now: Self.start)
        #expect(abs(visibility.sts.timeIntervalSince(Self.start) - delay) < 0.001)
        #expect(visibility.iam == Self.start)
    }

    @Test func `delays differ within their range, and the same seed draws the same ones`() {
        let settling = AWSSetup.Settling()
        var first = ChangeClock(settling: settling, pace: Speed(speed: 1), seed: Seed(value: 1))
        var second = ChangeClock(settling: settling, pace: Speed(speed: 1), seed: Seed(value: 1))
        let delays = (1...40).map { _ in first.visibility(now: Self.start).sts.timeIntervalSince(Self.start) }
        #expect(
            delays
                == (1...40).map { _ in second.visibility(now: Self.start).sts.timeIntervalSince(Self.start) }
        )
        #expect(delays.allSatisfy { (2...12).contains($0) })
        #expect(Set(delays).count > 30)
    }

    @Test func `a later change is never seen before an earlier one`() {
        var value = Replicated<Int>()
        value.write(1, visibility: Self.visibility(iam: 0, sts: 0), at: Self.start)
        value.write(2, visibility: Self.visibility(iam: 5, sts: 9), at: Self.start)
        value.write(3, visibility: Self.visibility(iam: 1, sts: 2), at: Self.start)
        #expect(value.latest == 3)
        #expect(value.value(for: .iam, at: Self.start + 4) == 1)
        #expect(value.value(for: .sts, at: Self.start + 8) == 1)
        #expect(value.value(for: .sts, at: Self.start + 9) == 3)
    }

    @Test func `a deleted value is seen until the deletion is, and then forgotten`() {
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
