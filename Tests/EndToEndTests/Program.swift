import Foundation
import Subprocess

/// The exit status and the output of a program.
struct ProcessResult: Sendable {
    /// The exit status; 128 plus the signal's number if a signal ended the program.
    let status: Int32
    let output: String
    let errorOutput: String
}

/// Runs programs without a terminal and without input until they exit.
enum Program {
    /// The directory of the test bundle and of `cambist`.
    static let directory: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "."
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().path
    }()

    /// Runs a program that is found in the environment's `PATH`.
    static func run(
        _ name: String,
        _ arguments: [String],
        environment: [String: String]
    ) async throws -> ProcessResult {
        let result = try await Subprocess.run(
            .name(name),
            arguments: Arguments(arguments),
            environment: Environment(environment),
            output: .string(limit: 1 << 22),
            error: .string(limit: 1 << 22)
        )
        return ProcessResult(
            status: result.terminationStatus.shellStatus,
            output: result.standardOutput,
            errorOutput: result.standardError
        )
    }
}

extension Environment {
    /// Creates an environment with only these variables.
    init(_ variables: [String: String]) {
        let pairs = variables.map { (Key(stringLiteral: $0.key), $0.value) }
        self = .custom(Dictionary(uniqueKeysWithValues: pairs))
    }
}

extension TerminationStatus {
    /// The status as a shell reports it.
    var shellStatus: Int32 {
        switch self {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }
}

extension ProcessResult {
    /// Whether stderr is exactly one line.
    var isOneLine: Bool {
        errorOutput.hasSuffix("\n") && errorOutput.dropLast().allSatisfy { $0 != "\n" }
            && errorOutput.count > 1
    }
}
