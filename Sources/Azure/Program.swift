import Federation
import Foundation
import Subprocess
import SystemPackage

/// A program that is run without a shell, in a session of its own, for a limited time.
struct Program: Sendable {
    let name: String
    /// All of its environment.
    let variables: [String: String]
    let limit: Duration
    /// How much it may print on either stream.
    let outputSize: Int

    struct Output: Sendable {
        /// The exit code; a signal counts as 128 and its number.
        let status: Int
        let standardOutput: Data
        let standardError: String
    }

    enum Problem: Error, Hashable {
        case notFound
        case notStarted(reason: String)
        case timedOut
        case tooMuchOutput
        case cancelled
    }

    /// Runs the program to its end; whatever it started ends with it.
    func run(_ arguments: [String], time: any TimeSource) async throws(Problem) -> Output {
        do {
            let output = try await withThrowingTaskGroup(of: Output?.self) { group in
                group.addTask { try await start(arguments) }
                group.addTask {
                    try await time.sleep(for: limit)
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
            guard let output else { throw Problem.timedOut }
            return output
        } catch let problem as Problem {
            throw problem
        } catch let error as SubprocessError {
            throw Problem(error)
        } catch {
            throw .cancelled
        }
    }

    private func start(_ arguments: [String]) async throws -> Output {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
        ]
        let result = try await Subprocess.run(
            Configuration(
                executable: executable,
                arguments: Arguments(arguments),
                environment: .custom(
                    Dictionary(
                        uniqueKeysWithValues: variables.map { (.init(stringLiteral: $0.key), $0.value) }
                    )
                ),
                platformOptions: options
            ),
            input: .none,
            output: .bytes(limit: outputSize),
            error: .string(limit: outputSize)
        )
        // What it left running in its session must not outlive it.
        kill(-result.processIdentifier.value, SIGKILL)
        return Output(
            status: Self.status(result.terminationStatus),
            standardOutput: Data(result.standardOutput),
            standardError: result.standardError
        )
    }

    /// A name is looked up in `PATH`, a path is taken as it is.
    private var executable: Executable {
        name.contains("/") ? .path(FilePath(name)) : .name(name)
    }

    private static func status(_ status: TerminationStatus) -> Int {
        switch status {
        case .exited(let code): Int(code)
        case .signaled(let signal): 128 + Int(signal)
        }
    }
}

extension Program.Problem {
    fileprivate init(_ error: SubprocessError) {
        switch error.code {
        case .executableNotFound: self = .notFound
        case .outputLimitExceeded: self = .tooMuchOutput
        default: self = .notStarted(reason: error.description)
        }
    }
}
