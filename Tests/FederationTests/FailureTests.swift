import TestSupport
import Testing

@testable import Federation

@Suite(.computing) struct FailureTests {
    private static let failure = Failure(
        kind: .tryAgain,
        code: "Throttling",
        message: "Rate exceeded",
        fix: "Run `cambist explain`.",
        requestID: "r-1",
        source: .imds,
        retryAfter: .seconds(3)
    )

    static let changes: [(change: @Sendable (Failure) -> Failure, message: String, fix: String)] = [
        ({ $0.naming("audit") }, "Rate exceeded", "Run `cambist explain audit`."),
        ({ $0.prefacing(fix: "Wait.") }, "Rate exceeded", "Wait. Run `cambist explain`."),
        ({ $0.replacing(message: "hub: Rate exceeded") }, "hub: Rate exceeded", "Run `cambist explain`."),
    ]

    @Test(arguments: changes.indices)
    func `a changed text leaves the other members as they were`(index: Int) {
        let (change, message, fix) = Self.changes[index]
        let changed = change(Self.failure)
        #expect(
            changed
                == Failure(
                    kind: .tryAgain,
                    code: "Throttling",
                    message: message,
                    fix: fix,
                    requestID: "r-1",
                    source: .imds,
                    retryAfter: .seconds(3)
                )
        )
    }

    @Test(arguments: ["\u{1B}[31m", "a\nb"])
    func `a changed text has no invisible characters`(text: String) {
        #expect(Self.failure.prefacing(fix: text).fix == "\(VisibleText.line(text)) Run `cambist explain`.")
        #expect(Self.failure.replacing(message: text).message == VisibleText.line(text))
    }

    @Test func `advice replaces an empty fix`() {
        let failure = Failure(kind: .refused, code: "x", message: "y", fix: "")
        #expect(failure.prefacing(fix: "Wait.").fix == "Wait.")
    }
}
