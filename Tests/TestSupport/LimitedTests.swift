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
    /// Allows only a few tests to run at the same time; every suite has this trait.
    package static var limited: Self { Self() }
}
