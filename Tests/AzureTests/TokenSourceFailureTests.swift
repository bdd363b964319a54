import Federation
import TestSupport
import Testing

@testable import Azure

@Suite(.limited) struct TokenSourceFailureTests {
    private static let refusal = SourceRefusal(
        source: .imds,
        status: 400,
        code: "bad_thing",
        message: "No.",
        requestID: "r1"
    )

    @Test(arguments: [
        (
            TokenSourceError.unavailable(source: .azureArc, missing: "X"), Failure.Kind.unreachable,
            "source-unavailable"
        ),
        (.refused(refusal), .refused, "bad_thing"),
        (.tryLater(refusal), .tryAgain, "bad_thing"),
        (.unreachable(source: .imds, reason: "r"), .unreachable, "unreachable"),
        (
            .outsideCertificatePeriod(source: .clientSecret, reason: "r", fix: "f"), .unreachable,
            "certificate-dates"
        ),
        (.timedOut(source: .imds, limit: .seconds(1)), .tryAgain, "timed-out"),
        (.unexpectedResponse(source: .imds, seen: "HTML"), .unreachable, "not-a-token-endpoint"),
        (.canceled(source: .imds), .tryAgain, "canceled"),
    ])
    func `each error has its kind and code`(error: TokenSourceError, kind: Failure.Kind, code: String) {
        #expect(error.failure.kind == kind)
        #expect(error.failure.code == code)
        #expect(!error.failure.fix.isEmpty)
        #expect(error.failure.message.contains(error.source.rawValue))
    }

    @Test(arguments: [
        (429, "throttled every attempt", "Request fewer tokens at once."),
        (500, "failed at every attempt", "If the error persists, check the state of the service."),
        (503, "failed at every attempt", "If the error persists, check the state of the service."),
        (408, "was not available at any attempt", "If the error persists, check the state of the service."),
        (410, "was not available at any attempt", "If the error persists, check the state of the service."),
    ])
    func `throttling, a failure, and an update have their own texts`(
        status: Int,
        words: String,
        advice: String
    ) {
        let refusal = SourceRefusal(source: .command, status: status, code: "busy", message: "")
        let failure = TokenSourceError.tryLater(refusal).failure
        #expect(failure.kind == .tryAgain)
        #expect(failure.message.contains(words))
        #expect(failure.fix.hasSuffix(advice))
    }

    @Test func `only throttling has the time that the source asked to wait`() {
        let refusal = SourceRefusal(
            source: .command,
            status: 429,
            code: "busy",
            message: "",
            retryAfter: .seconds(20)
        )
        let failure = TokenSourceError.tryLater(refusal).failure
        #expect(failure.retryAfter == .seconds(20))
        #expect(failure.fix.hasPrefix("Wait 20s, as the server asked (Retry-After), then retry. "))
        #expect(TokenSourceError.refused(refusal).failure.retryAfter == nil)
    }

    @Test func `a refusal's message has status, code, and text, and its request ID is separate`() {
        let failure = TokenSourceError.refused(Self.refusal).failure
        #expect(failure.message == "imds refused the request (HTTP 400, code bad_thing): No.")
        #expect(failure.requestID == "r1")
    }

    @Test func `a code that the text contains is shown once`() {
        let refusal = SourceRefusal(
            source: .clientSecret,
            status: 401,
            code: "AADSTS1",
            message: "AADSTS1: no"
        )
        #expect(
            TokenSourceError.refused(refusal).failure.message
                == "Entra refused the request of the source client-secret (HTTP 401): AADSTS1: no"
        )
    }
}
