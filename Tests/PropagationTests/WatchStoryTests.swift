import Foundation
import Propagation
import Testing

@testable import Federation

/// What a watch says of the thing it waits for, and until when.
struct WatchStoryTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let code: String
        var message = ""
        let story: String
        /// Seconds after the first refusal.
        let bound: Double

        var testDescription: String { "\(code) \(message)" }
    }

    private static func story(_ watch: WatchTrial, at seconds: Double = 0) -> String {
        watch.watch.story(at: WatchFixture.start + seconds) {
            "\(Int($0.timeIntervalSince(WatchFixture.start)))"
        }
    }

    @Test(arguments: [
        Case(code: "AADSTS501051", story: "Entra does not show the assignment yet.", bound: 900),
        Case(code: "AADSTS500011", story: "Entra finds no service principal with the audience", bound: 900),
        Case(code: "AADSTS50001", story: "Entra finds no service principal with the audience", bound: 900),
        Case(code: "AADSTS700016", story: "Entra does not know the application that asks", bound: 900),
        Case(code: "AADSTS700213", story: "Entra finds no federated credential that matches", bound: 300),
        Case(
            code: "invalid_request",
            message: "Identity not found",
            story: "The host has no such identity",
            bound: 120
        ),
        Case(
            code: "500",
            message: "An unexpected error occured while fetching the AAD Token.",
            story: "App Service does not tell what Entra refuses",
            bound: 900
        ),
    ])
    func `a refusal of what is not found says what that is, and until when it may be late`(_ test: Case)
        throws
    {
        let watch = WatchFixture.watch()
        let failure = WatchFixture.failure(test.code, test.message)
        watch.attempt(try WatchFixture.record(.token, .failed, failure), at: 10)
        #expect(Self.story(watch, at: 10).hasPrefix(test.story))
        #expect(Self.story(watch, at: 10).hasSuffix(", \(Int(test.bound) + 10) at the latest."))
        #expect(watch.latest == WatchFixture.start + 10 + test.bound)
        let late = Self.story(watch, at: 10 + test.bound + 1)
        #expect(late.hasPrefix(test.story) && late.contains("cambist explain audit"))
    }

    @Test func `a denial that the trust policy foretells is told with its condition, and has no sure end`()
        throws
    {
        let watch = WatchFixture.watch()
        let message = "IAM's policy does not allow this token: StringEquals x:sub wants a, found b."
        let foretold = WatchFixture.failure("trust-deny", message)
        let record = try WatchFixture.record(warning: foretold, WatchFixture.denied)
        #expect(watch.attempt(record, at: 0) == 1, "STS has the last word")
        #expect(watch.cause == .iam)
        #expect(watch.latest == nil)
        #expect(Self.story(watch).contains("as was foretold: \(message) Settling does not change that"))
        #expect(!watch.watch.isOverdue(at: WatchFixture.start + 1000))
        // The policy was corrected; the denial is now one that settles.
        watch.attempt(try WatchFixture.record(.exchange, .failed, WatchFixture.denied), at: 1)
        #expect(watch.foretold == nil)
        #expect(watch.latest == WatchFixture.start + 120)
        #expect(
            Self.story(watch) == "AWS does not let the token in yet. IAM settles within two minutes, "
                + "120 at the latest."
        )
    }

    @Test(arguments: ["unreadable-trust-policy", "trust-undetermined"])
    func `a policy that foretells no denial is no reason not to wait for IAM`(code: String) throws {
        let watch = WatchFixture.watch()
        let warning = WatchFixture.failure(code, "It cannot be read.")
        watch.attempt(try WatchFixture.record(warning: warning, WatchFixture.denied), at: 0)
        #expect(watch.foretold == nil)
        #expect(watch.latest == WatchFixture.start + 120)
    }

    @Test(arguments: [
        (ExchangeStep.probe, "exit-254", "The credentials came, but do not work yet: S3 says no."),
        (.caller, "InvalidClientTokenId", "The credentials came, but do not work yet: S3 says no."),
        (.exchange, "InvalidIdentityToken", "AWS does not let the token in yet: S3 says no."),
    ])
    func `what AWS says is told unless it is the denial that looks always alike`(
        step: ExchangeStep,
        code: String,
        words: String
    ) throws {
        let watch = WatchFixture.watch()
        let message = step == .exchange ? "No OpenIDConnect provider found: S3 says no" : "S3 says no"
        watch.attempt(try WatchFixture.record(step, .failed, WatchFixture.failure(code, message)), at: 0)
        #expect(Self.story(watch).hasPrefix(words.replacing("S3 says no", with: message)))
    }
}
