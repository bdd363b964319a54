import Foundation
import TestSupport
import Testing

@testable import Diagnosis
@testable import Federation
@testable import Propagation

/// Watches that read from IAM whether the role of a denied token exists.
@Suite(.computing) struct WatchRoleTests {
    private static let gone = RoleExistence.missing(
        "IAM, read using AWS_ACCESS_KEY_ID, has no role r."
    )

    /// Returns a watch that received the same denial at each instant, with the role as IAM reports it.
    private static func runWatch(
        _ script: [(at: Double, role: RoleExistence?)],
        changed: Double? = nil,
        speed: Double = 1
    ) throws -> WatchHarness {
        let harness = WatchHarness(
            Watch(
                of: "audit",
                at: WatchFixture.start,
                timing: PropagationTiming(speed: speed),
                changed: changed.map { WatchFixture.start + $0 }
            )
        )
        let denied = try WatchFixture.record(.exchange, .failed, WatchFixture.denied)
        for (at, role) in script { harness.attempt(denied, at: at, role: role) }
        return harness
    }

    @Test func `a role that IAM reports missing at three denials over ten seconds ends the watch`() throws {
        let watch = try Self.runWatch([(0, Self.gone), (1, Self.gone), (3, Self.gone), (7, Self.gone)])
        #expect(watch.result == nil, "IAM shows new roles with a delay")
        let summary = watch.watch.summary(at: WatchFixture.start) { _ in "then" }
        #expect(summary.hasSuffix("IAM, read using AWS_ACCESS_KEY_ID, has no role r."))
        let denied = try WatchFixture.record(.exchange, .failed, WatchFixture.denied)
        #expect(watch.attempt(denied, at: 15, role: Self.gone) == nil)
        let result = try #require(watch.result)
        #expect(result.verdict == .cannot && result.code == "role-missing" && !result.isUnreachable)
        #expect(result.message.contains("has no role r") && result.fix.contains("setup apply audit"))
    }

    @Test(arguments: [
        // The role was created meanwhile; IAM did not respond; STS returned another error.
        [RoleExistence.exists], [.unreadable("Rate exceeded")], [nil],
    ])
    func `any other result in between restarts the count`(between: [RoleExistence?]) throws {
        let watch = try Self.runWatch(
            [(0, Self.gone), (20, Self.gone)] + between.map { (28, $0) } + [(36, Self.gone), (44, Self.gone)]
        )
        #expect(watch.result == nil)
    }

    @Test func `a role is not reported missing before IAM has propagated a change`() throws {
        let early = (0..<14).map { (at: Double($0) * 8, role: Optional(Self.gone)) }
        #expect(try Self.runWatch(early, changed: 0).result == nil)
        let late = early + [(at: 121, role: Self.gone)]
        #expect(try Self.runWatch(late, changed: 0).result?.code == "role-missing")
    }

    @Test func `a fast lab shortens the ten seconds`() throws {
        let watch = try Self.runWatch([(0, Self.gone), (0.25, Self.gone), (0.5, Self.gone)], speed: 600)
        #expect(watch.result?.code == "role-missing")
    }

    @Test func `without access to IAM, the summary mentions that a missing role looks the same`() throws {
        let unreadable = RoleExistence.unreadable("User audit is not authorized to perform: iam:GetRole.")
        let watch = try Self.runWatch((0..<20).map { (at: Double($0) * 8, role: unreadable) })
        #expect(watch.result == nil)
        let summary = watch.watch.summary(at: WatchFixture.start + 1) { _ in "then" }
        #expect(
            summary.hasSuffix(
                "A missing role causes the same denial, but IAM could not be read: "
                    + "User audit is not authorized to perform: iam:GetRole."
            )
        )
    }

    @Test func `an existing role, or no denial, adds nothing to the summary`() throws {
        let watch = try Self.runWatch([(0, Self.gone), (1, .exists)])
        let summary = watch.watch.summary(at: WatchFixture.start + 1) { _ in "then" }
        #expect(summary.hasSuffix("by then at the latest."))
        watch.attempt(try WatchFixture.record(), at: 2)
        #expect(watch.role == nil)
    }

    @Test func `a role of the same name under another path counts as missing`() throws {
        let arn = try #require(RoleARN("arn:aws:iam::111122223333:role/audit"))
        let other = try #require(RoleARN("arn:aws:iam::111122223333:role/team/audit"))
        func existence(_ role: RoleEvidence) -> RoleExistence {
            let source = RoleInspection.Source.iam(credentials: "profile admin")
            return RoleExistence(RoleInspection(role: role, source: source, at: WatchFixture.start), of: arn)
        }
        let words = "IAM, read using profile admin, has no role \(arn)"
        #expect(existence(.missing) == .missing(words + "."))
        #expect(existence(.atOtherPath(other)) == .missing(words + "; \(other) has the same name."))
        #expect(existence(.found(RoleFacts())) == .exists)
        #expect(existence(.unknown) == .unreadable("IAM was not read."))
    }

    @Test func `the summary names the removal of a mapping`() throws {
        let watch = try Self.runWatch([(0, nil)])
        watch.event(.removed(WatchFixture.start + 5))
        #expect(watch.result?.verdict == .stopped && watch.result?.code == "removed")
        let summary = watch.watch.summary(at: WatchFixture.start + 6) { _ in "then" }
        #expect(summary == "The watch ended because audit was removed from the configuration.")
    }
}
