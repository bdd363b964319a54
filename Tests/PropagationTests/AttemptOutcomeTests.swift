import Foundation
import TestSupport
import Testing

@testable import Federation
@testable import Propagation

/// Known errors, and whether waiting helps.
@Suite(.computing) struct AttemptOutcomeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let step: ExchangeStep
        let code: String
        var message = ""
        var kind = Failure.Kind.refused
        /// `nil` if the mapping cannot work by waiting.
        let cause: WatchCause?

        var testDescription: String { "\(step.rawValue) \(code) \(message)" }
    }

    private static let cases: [Case] = [
        // Entra, through a token endpoint.
        Case(step: .token, code: "AADSTS501051", cause: .assignment),
        Case(step: .token, code: "invalid_grant", message: "AADSTS501051: Application", cause: .assignment),
        Case(step: .token, code: "AADSTS500011", cause: .directory),
        Case(step: .token, code: "AADSTS50001", cause: .directory),
        Case(step: .token, code: "AADSTS700016", cause: .directory),
        Case(step: .token, code: "AADSTS700213", cause: .directory),
        Case(step: .token, code: "AADSTS7000112", message: "disabled", cause: nil),
        Case(step: .token, code: "AADSTS7000215", cause: nil),
        Case(step: .token, code: "AADSTS500014", cause: nil),
        // The host.
        Case(step: .token, code: "invalid_request", message: "Identity not found", cause: .directory),
        Case(
            step: .token,
            code: "invalid_request",
            message: "Multiple user assigned identities exist, please specify the clientId / resourceId",
            cause: nil
        ),
        Case(
            step: .token,
            code: "500",
            message: "An unexpected error occured while fetching the AAD Token.",
            cause: .assignment
        ),
        Case(
            step: .token,
            code: "400",
            message: "No User Assigned or Delegated Managed Identity found for specified ClientId",
            cause: .directory
        ),
        Case(step: .token, code: "429", kind: .tryAgain, cause: .trouble),
        Case(step: .token, code: "unreachable", kind: .unreachable, cause: .trouble),
        Case(step: .token, code: "source-unavailable", kind: .unreachable, cause: nil),
        // The claims.
        Case(step: .claims, code: "identity-mismatch", cause: nil),
        Case(step: .claims, code: "audience-mismatch", cause: nil),
        Case(step: .claims, code: "token-format", cause: nil),
        Case(step: .claims, code: "token-expired", cause: .cachedToken),
        // STS and the steps after it.
        Case(step: .exchange, code: "AccessDenied", cause: .iam),
        Case(
            step: .exchange,
            code: "InvalidIdentityToken",
            message: "No OpenIDConnect provider found in your account for https://sts.windows.net/t/",
            cause: .iam
        ),
        Case(
            step: .exchange,
            code: "InvalidIdentityToken",
            message: "Incorrect token audience",
            cause: .iam
        ),
        Case(
            step: .exchange,
            code: "InvalidIdentityToken",
            message: "Couldn't retrieve verification key from your identity provider",
            cause: .trouble
        ),
        Case(
            step: .exchange,
            code: "InvalidIdentityToken",
            message: "Missing a required claim: sub",
            cause: nil
        ),
        Case(step: .exchange, code: "ExpiredTokenException", cause: .cachedToken),
        Case(step: .exchange, code: "IDPCommunicationError", cause: .trouble),
        Case(step: .exchange, code: "ValidationError", message: "MaxSessionDuration", cause: nil),
        Case(step: .exchange, code: "RegionDisabledException", cause: nil),
        Case(step: .exchange, code: "Throttling", kind: .tryAgain, cause: .trouble),
        Case(step: .caller, code: "InvalidClientTokenId", cause: .iam),
        Case(step: .caller, code: "caller-mismatch", cause: nil),
        Case(step: .probe, code: "exit-254", cause: .iam),
    ]

    @Test(arguments: cases)
    func `a failure determines the cause to wait for, if any`(_ test: Case) throws {
        let failure = WatchFixture.failure(test.code, test.message, test.kind)
        let record = try WatchFixture.record(test.step, .failed, failure, token: WatchFixture.token())
        let outcome = AttemptOutcome(record, assigned: nil, timing: PropagationTiming())
        #expect(outcome == (test.cause.map { .waits($0, failure) } ?? .cannot(failure)))
    }

    /// An error about the token's dates, the offsets of AWS's and Azure's clocks in seconds, and the cause.
    static let refusedDates:
        [(code: String, message: String, aws: Double?, azure: Double?, cause: WatchCause?)] = [
            ("ExpiredTokenException", "Token expired", 0, 0, .cachedToken),
            // STS accepts a token for five minutes after its exp, so a difference of seconds explains no refusal.
            ("ExpiredTokenException", "Token expired", 8, 8, .cachedToken),
            ("ExpiredTokenException", "Token expired", 100_000, 0, .trouble),
            ("ExpiredTokenException", "Token expired", 0, -93_600, .trouble),
            ("InvalidIdentityToken", "The ID Token provided is not a valid JWT.", 0, 0, nil),
            ("InvalidIdentityToken", "The ID Token provided is not a valid JWT.", 60, 0, nil),
            ("InvalidIdentityToken", "The ID Token provided is not a valid JWT.", -1200, 0, .trouble),
        ]

    @Test(arguments: refusedDates)
    func `a wrong clock, not the token, is what to wait for`(
        row: (code: String, message: String, aws: Double?, azure: Double?, cause: WatchCause?)
    ) throws {
        let failure = WatchFixture.failure(row.code, row.message)
        let record = try WatchFixture.record(.exchange, .failed, failure, token: WatchFixture.token())
        let measured = record.measuring(aws: row.aws, azure: row.azure)
        let outcome = AttemptOutcome(measured, assigned: nil, timing: PropagationTiming())
        #expect(outcome == (row.cause.map { .waits($0, failure) } ?? .cannot(failure)))
    }

    @Test func `a mapping works although a clock is wrong`() throws {
        let warning = WatchFixture.failure("clock-offset", "This host's clock is 20m slow.")
        for step in [ExchangeStep.claims, .exchange] {
            let record = try WatchFixture.record(step, .warn, warning, token: WatchFixture.token())
            #expect(AttemptOutcome(record, assigned: nil, timing: PropagationTiming()) == .works)
        }
    }

    @Test func `a failure that waiting cannot fix ends the watch at once`() throws {
        let watch = WatchFixture.watch()
        let failure = WatchFixture.failure("source-unavailable", "imds is unavailable", .unreachable)
        let record = try WatchFixture.record(.token, .failed, failure)
        #expect(watch.attempt(record, at: 0) == nil)
        let result = try #require(watch.result)
        #expect(result.verdict == .cannot)
        #expect(result.isUnreachable)
        #expect(result.code == "source-unavailable")
    }
}

extension ExchangeRecord {
    /// The record with these offsets of the clouds' clocks, in seconds.
    fileprivate func measuring(aws: Double?, azure: Double?) -> ExchangeRecord {
        func offset(_ seconds: Double?) -> ClockOffset? {
            seconds.map { ClockOffset(offset: .seconds($0), uncertainty: .milliseconds(500)) }
        }
        return ExchangeRecord(
            id: id,
            at: at,
            mapping: mapping,
            identity: identity,
            roleARN: roleARN,
            steps: steps,
            token: token.map {
                TokenFacts(
                    fingerprint: $0.fingerprint,
                    claims: $0.claims,
                    source: $0.source,
                    received: $0.received,
                    seenBefore: $0.seenBefore,
                    clockOffset: offset(azure)
                )
            },
            clockOffset: offset(aws)
        )
    }
}
