import Foundation
import Testing

@testable import Diagnosis
@testable import Federation
@testable import Propagation

/// What a watch makes of IAM's word on the role that lets nobody in.
struct WatchRoleTests {
    private static let gone = RoleExistence.missing("IAM, asked with AWS_ACCESS_KEY_ID, has no role r.")

    /// The same denial at each of these instants, with what IAM says then.
    private static func play(
        _ script: [(at: Double, role: RoleExistence?)],
        changed: Double? = nil,
        speed: Double = 1
    ) throws -> WatchTrial {
        let trial = WatchTrial(
            Watch(
                of: "audit",
                at: WatchFixture.start,
                pace: PropagationTiming(speed: speed),
                changed: changed.map { WatchFixture.start + $0 }
            )
        )
        let denied = try WatchFixture.record(.exchange, .failed, WatchFixture.denied)
        for (at, role) in script { trial.attempt(denied, at: at, role: role) }
        return trial
    }

    @Test func `a role that IAM does not find in three denials of ten seconds ends the watch`() throws {
        let watch = try Self.play([(0, Self.gone), (1, Self.gone), (3, Self.gone), (7, Self.gone)])
        #expect(watch.ending == nil, "IAM shows late what is new")
        let story = watch.watch.story(at: WatchFixture.start) { _ in "then" }
        #expect(story.hasSuffix("IAM, asked with AWS_ACCESS_KEY_ID, has no role r."))
        let denied = try WatchFixture.record(.exchange, .failed, WatchFixture.denied)
        #expect(watch.attempt(denied, at: 15, role: Self.gone) == nil)
        let ending = try #require(watch.ending)
        #expect(ending.verdict == .cannot && ending.code == "role-missing" && !ending.isUnreachable)
        #expect(ending.message.contains("has no role r") && ending.fix.contains("setup apply audit"))
    }

    @Test(arguments: [
        // somebody made the role meanwhile; IAM did not answer; the denial gave way to another answer
        [RoleExistence.there], [.hidden("Rate exceeded")], [nil],
    ])
    func `anything else in between begins the count anew`(between: [RoleExistence?]) throws {
        let watch = try Self.play(
            [(0, Self.gone), (20, Self.gone)] + between.map { (28, $0) } + [(36, Self.gone), (44, Self.gone)]
        )
        #expect(watch.ending == nil)
    }

    @Test func `after a change of ours nothing is said before IAM has settled`() throws {
        let early = (0..<14).map { (at: Double($0) * 8, role: Optional(Self.gone)) }
        #expect(try Self.play(early, changed: 0).ending == nil)
        let late = early + [(at: 121, role: Self.gone)]
        #expect(try Self.play(late, changed: 0).ending?.code == "role-missing")
    }

    @Test func `in a fast lab ten seconds are shorter`() throws {
        let watch = try Self.play([(0, Self.gone), (0.25, Self.gone), (0.5, Self.gone)], speed: 600)
        #expect(watch.ending?.code == "role-missing")
    }

    @Test func `where IAM may not be read it is said that a missing role looks the same`() throws {
        let hidden = RoleExistence.hidden("User audit is not authorized to perform: iam:GetRole.")
        let watch = try Self.play((0..<20).map { (at: Double($0) * 8, role: hidden) })
        #expect(watch.ending == nil)
        let story = watch.watch.story(at: WatchFixture.start + 1) { _ in "then" }
        #expect(
            story.hasSuffix(
                "A role that is missing cannot be told from one that settles, for IAM was not read: "
                    + "User audit is not authorized to perform: iam:GetRole."
            )
        )
    }

    @Test func `a role that is there, or no denial, leaves nothing to say`() throws {
        let watch = try Self.play([(0, Self.gone), (1, .there)])
        let story = watch.watch.story(at: WatchFixture.start + 1) { _ in "then" }
        #expect(story.hasSuffix("then at the latest."))
        watch.attempt(try WatchFixture.record(), at: 2)
        #expect(watch.role == nil)
    }

    @Test func `a name under another path is no such role either`() throws {
        let arn = try #require(RoleARN("arn:aws:iam::111122223333:role/audit"))
        let other = try #require(RoleARN("arn:aws:iam::111122223333:role/team/audit"))
        func sight(_ role: RoleEvidence) -> RoleExistence {
            let source = RoleInspection.Source.iam(credentials: "profile admin")
            return RoleExistence(RoleInspection(role: role, source: source, at: WatchFixture.start), of: arn)
        }
        let words = "IAM, asked with profile admin, has no role \(arn)"
        #expect(sight(.missing) == .missing(words + "."))
        #expect(sight(.elsewhere(other)) == .missing(words + "; \(other) has its name."))
        #expect(sight(.found(RoleFacts())) == .there)
        #expect(sight(.unknown) == .hidden("It was not asked."))
    }

    @Test func `a mapping that was taken out of the configuration says so`() throws {
        let watch = try Self.play([(0, nil)])
        watch.event(.removed(WatchFixture.start + 5))
        #expect(watch.ending?.verdict == .stopped && watch.ending?.code == "removed")
        let story = watch.watch.story(at: WatchFixture.start + 6) { _ in "then" }
        #expect(story == "The watch ended, for audit was removed from the configuration.")
    }
}
