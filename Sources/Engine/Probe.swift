import Federation
import Foundation
import Subprocess

#if canImport(System)
import System
#endif

/// A command run with the new credentials: the proof that the permissions work too.
struct Probe: Sendable {
    /// How long a probe may take.
    static let limit = Duration.seconds(60)

    let command: [String]
    let environment: [String: String]

    /// Runs the command without a shell; its output is thrown away but for the end of what it says on stderr.
    func run(
        with credentials: SessionCredentials,
        region: String,
        time: any TimeSource
    ) async -> StepResult<Void> {
        guard let program = command.first else { return .skipped("No probe is configured.") }
        let variables = ChildEnvironment.variables(for: credentials, region: region, parent: environment)
        do {
            let result = try await withDeadline(time: time) { [command] in
                try await Subprocess.run(
                    .name(program),
                    arguments: Arguments(Array(command.dropFirst())),
                    environment: .custom(
                        Dictionary(
                            uniqueKeysWithValues: variables.map {
                                (Environment.Key(stringLiteral: $0.key), $0.value)
                            }
                        )
                    ),
                    output: .discarded,
                    error: .string(limit: 64 * 1024)
                )
            }
            guard let result else { return .failed(timedOut(program)) }
            if result.terminationStatus.isSuccess { return .ok((), note: "\(program) succeeded.") }
            return .failed(
                refused(program, status: "\(result.terminationStatus)", said: result.standardError)
            )
        } catch {
            return .failed(notStarted(program, reason: "\(error)"))
        }
    }

    /// The result, or `nil` when the limit runs out first; the command is then ended.
    private func withDeadline<Result: Sendable>(
        time: any TimeSource,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result? {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await time.sleep(for: Self.limit)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    private func refused(_ program: String, status: String, said: String) -> Failure {
        let last = said.split(whereSeparator: \.isNewline).last.map(String.init) ?? "nothing on stderr"
        return Failure(
            kind: .refused,
            code: "probe-failed",
            message: "\(program) ended with \(status): \(last)",
            fix: "The role is assumed; its permission policies, boundary or the session policy refuse this."
        )
    }

    private func timedOut(_ program: String) -> Failure {
        Failure(
            kind: .tryAgain,
            code: "probe-timed-out",
            message: "\(program) did not end in \(DurationText.format(Self.limit)).",
            fix: "Choose a probe that ends quickly."
        )
    }

    private func notStarted(_ program: String, reason: String) -> Failure {
        Failure(
            kind: .refused,
            code: "probe-not-started",
            message: "\(program) could not be started: \(reason)",
            fix: "Correct `probe` of the mapping, or install the program."
        )
    }
}
