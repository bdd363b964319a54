package import Testing
import Transport

/// A limit of the tests that use servers, terminals, or child processes at the same time.
///
/// Without a limit, all of them start at once, and some then miss deadlines of the code under test.
package struct LimitedTests: SuiteTrait, TestTrait, TestScoping {
    private static let slots = AsyncSemaphore(width: 3)
    /// Whether the task has a slot; a suite in a suite would otherwise wait for itself.
    @TaskLocal private static var hasSlot = false

    package let isRecursive = true

    package func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        if testCase == nil || Self.hasSlot { return try await function() }
        try await Self.slots.withPermit {
            try await Self.$hasSlot.withValue(true) { try await function() }
        }
    }
}

extension Trait where Self == LimitedTests {
    /// Lets a few of these tests run at the same time, whatever the parallelism of the run.
    package static var limited: Self { Self() }
}
