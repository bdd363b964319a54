import Federation
import Propagation
import Synchronization
import TestSupport
import Testing

@testable import ExchangeEngine

/// Watches of a lab's role that is deleted while they run.
@Suite(.timeLimit(.minutes(30)), .limited)
struct LabWatchTests {
    @Test func `with access to IAM, a deleted role ends the watch`() async throws {
        try await LabHarness.with(speed: 2400, mayReadIAM: true) { harness, requestCount in
            let last = Mutex<Watch?>(nil)
            let before = Mutex(0)
            try await harness.watch { watch in
                last.withLock { $0 = watch }
                if watch.attempts == 1 {
                    #expect(watch.cause == .cachedToken && watch.role == nil)
                    try await harness.deleteRole()
                    before.withLock { $0 = requestCount("iam") }
                }
                return watch.result == nil && watch.attempts < 100
            }
            let watch = try #require(last.withLock { $0 })
            #expect(watch.result?.verdict == .cannot)
            #expect(watch.result?.code == "role-missing")
            #expect(watch.result?.message.contains("\(harness.mapping.roleARN)") == true)
            let denials = watch.marks.count { $0.cause == .iam }
            #expect(denials >= 3)
            // An inspection of a missing role reads the role, the list of providers, and the token's provider.
            #expect(requestCount("iam") - before.withLock { $0 } <= 3 * denials)
        }
    }

    @Test
    func `without access to IAM, a watch waits for a deleted role, and its summary names the missing access`()
        async throws
    {
        try await LabHarness.with(speed: 2400) { harness, requestCount in
            let last = Mutex<Watch?>(nil)
            let before = Mutex(0)
            try await harness.watch { watch in
                last.withLock { $0 = watch }
                if watch.attempts == 1 {
                    try await harness.deleteRole()
                    before.withLock { $0 = requestCount("iam") }
                }
                return watch.result == nil && watch.marks.count { $0.cause == .iam } < 6
            }
            let watch = try #require(last.withLock { $0 })
            #expect(watch.result == nil)
            #expect(watch.role == .unreadable("There are none."))
            #expect(
                watch.summary(at: watch.next) { _ in "then" }
                    .contains("A missing role causes the same denial")
            )
            #expect(requestCount("iam") == before.withLock { $0 })
        }
    }
}
