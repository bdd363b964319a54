import Dispatch
import Foundation
package import Testing
import Transport

/// Limits the number of tests that run at the same time.
///
/// Without a limit, all tests start at once, and those with servers, terminals, or child processes miss deadlines of
/// the code under test. The wait for a slot counts towards the time limit of a test.
package struct LimitedTests: SuiteTrait, TestTrait, TestScoping {
    private static let slots = AsyncSemaphore(width: max(3, ProcessInfo.processInfo.activeProcessorCount))
    /// Whether the task has a slot; a suite in a suite would otherwise wait for itself.
    @TaskLocal private static var hasSlot = false

    package let isRecursive = true
    /// Whether each test has a separate thread.
    let usesOwnThread: Bool

    package func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        if testCase == nil || Self.hasSlot { return try await function() }
        try await Self.slots.withPermit {
            try await Self.$hasSlot.withValue(true) {
                try await withTaskExecutorPreference(usesOwnThread ? ThreadExecutor() : nil) {
                    try await function()
                }
            }
        }
    }
}

extension Trait where Self == LimitedTests {
    /// Allows only a few tests to run at the same time; every suite has this trait or ``computing``.
    package static var limited: Self { Self(usesOwnThread: false) }

    /// Allows only a few tests to run at the same time, each on a separate thread.
    ///
    /// Long computations would otherwise occupy the few threads of the concurrency runtime, on which the servers and
    /// clients of other tests run, and these would exceed their time limits.
    package static var computing: Self { Self(usesOwnThread: true) }
}

/// Runs the jobs of one test, one after the other, on a thread that no other test uses.
private final class ThreadExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "test")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
