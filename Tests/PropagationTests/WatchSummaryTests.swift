import Foundation
import Propagation
import TestSupport
import Testing

@testable import Federation

/// The summary of the cause of a wait and of its upper bound.
@Suite(.computing) struct WatchSummaryTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let code: String
        var message = ""
        let summary: String
        /// Seconds after the first refusal.
        let bound: Double

        var testDescription: String { "\(code) \(message)" }
    }

    private static func summary(_ watch: WatchHarness, at seconds: Double = 0) -> String {
        watch.watch.summary(at: WatchFixture.start + seconds) {
            "\(Int($0.timeIntervalSince(WatchFixture.start)))"
        }
    }

    @Test(arguments: [
        Case(code: "AADSTS501051", summary: "Entra finds no assignment to the app role", bound: 900),
        Case(code: "AADSTS500011", summary: "Entra finds no service principal with the audience", bound: 900),
        Case(code: "AADSTS50001", summary: "Entra finds no service principal with the audience", bound: 900),
        Case(code: "AADSTS700016", summary: "Entra does not find the client application", bound: 900),
        Case(code: "AADSTS700213", summary: "Entra finds no matching federated credential", bound: 300),
        Case(
            code: "invalid_request",
            message: "Identity not found",
            summary: "The host does not have the identity",
            bound: 120
        ),
        Case(
            code: "500",
            message: "An unexpected error occured while fetching the AAD Token.",
            summary: "App Service hides Entra's error",
            bound: 900
        ),
    ])
    func `the summary of a missing object names it and the upper bound of its delay`(_ test: Case)
        throws
    {
        let watch = WatchFixture.watch()
        let failure = WatchFixture.failure(test.code, test.message)
        watch.attempt(try WatchFixture.record(.token, .failed, failure), at: 10)
        #expect(Self.summary(watch, at: 10).hasPrefix(test.summary))
        #expect(Self.summary(watch, at: 10).hasSuffix(", by \(Int(test.bound) + 10) at the latest."))
        #expect(watch.latest == WatchFixture.start + 10 + test.bound)
        let late = Self.summary(watch, at: 10 + test.bound + 1)
        #expect(late.hasPrefix(test.summary) && late.contains("cambist explain audit"))
    }

    @Test func `a predicted denial names its condition and has no upper bound`()
        throws
    {
        let watch = WatchFixture.watch()
        let message = "The trust policy does not allow this token: StringEquals x:sub requires a, found b."
        let predicted = WatchFixture.failure("trust-deny", message)
        let record = try WatchFixture.record(warning: predicted, WatchFixture.denied)
        #expect(watch.attempt(record, at: 0) == 1, "STS decides")
        #expect(watch.cause == .iam)
        #expect(watch.latest == nil)
        #expect(Self.summary(watch).contains("The trust policy denies this token. \(message)"))
        #expect(!watch.watch.isOverdue(at: WatchFixture.start + 1000))
        // The policy was corrected; the denial now ends when the change has propagated.
        watch.attempt(try WatchFixture.record(.exchange, .failed, WatchFixture.denied), at: 1)
        #expect(watch.predictedDenial == nil)
        #expect(watch.latest == WatchFixture.start + 120)
        #expect(
            Self.summary(watch) == "AWS still denies the token. IAM changes propagate within two minutes, "
                + "by 120 at the latest."
        )
    }

    @Test(arguments: ["unreadable-trust-policy", "trust-undetermined"])
    func `a policy that predicts no denial does not remove the upper bound`(code: String) throws {
        let watch = WatchFixture.watch()
        let warning = WatchFixture.failure(code, "It cannot be read.")
        watch.attempt(try WatchFixture.record(warning: warning, WatchFixture.denied), at: 0)
        #expect(watch.predictedDenial == nil)
        #expect(watch.latest == WatchFixture.start + 120)
    }

    @Test(arguments: [
        (ExchangeStep.probe, "exit-254", "The credentials were issued but do not work yet: S3 says no."),
        (.caller, "InvalidClientTokenId", "The credentials were issued but do not work yet: S3 says no."),
        (.exchange, "InvalidIdentityToken", "AWS still denies the token: S3 says no."),
    ])
    func `the summary quotes AWS unless the denial has no reason`(
        step: ExchangeStep,
        code: String,
        words: String
    ) throws {
        let watch = WatchFixture.watch()
        let message = step == .exchange ? "No OpenIDConnect provider found: S3 says no" : "S3 says no"
        watch.attempt(try WatchFixture.record(step, .failed, WatchFixture.failure(code, message)), at: 0)
        #expect(Self.summary(watch).hasPrefix(words.replacing("S3 says no", with: message)))
    }
}
