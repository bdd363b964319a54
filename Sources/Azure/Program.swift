package import Federation
package import Foundation
import Subprocess
import SystemPackage

/// A program, run without a shell in its own session for a limited time.
package struct Program: Sendable {
    package let name: String
    /// The complete environment.
    let variables: [String: String]
    package let limit: Duration
    /// The largest accepted standard output; `nil` discards any amount.
    let outputSize: Int?
    private static let errorSize = 64 * 1024

    package struct Output: Sendable {
        /// The exit status; 128 plus the number for a signal.
        package let status: Int
        package let standardOutput: Data
        package let standardError: String
    }

    package enum Problem: Error, Hashable {
        case notFound
        case notStarted(reason: String)
        case timedOut
        case tooMuchOutput
        case cancelled
    }

    package init(name: String, variables: [String: String], limit: Duration, outputSize: Int?) {
        self.name = name
        self.variables = variables
        self.limit = limit
        self.outputSize = outputSize
    }

    /// Runs the program to its end, and ends the processes that it leaves in its session.
    ///
    /// - Parameters:
    ///   - arguments: The arguments after its name.
    ///   - input: Its standard input.
    ///   - time: The clock of its limit.
    /// - Returns: The output and the exit status.
    /// - Throws: ``Problem`` when it did not start, did not end in time or printed too much; a status other than 0
    ///   is not an error.
    package func run(
        _ arguments: [String],
        input: String = "",
        time: any TimeSource
    ) async throws(Problem) -> Output {
        do {
            let output = try await withThrowingTaskGroup(of: Output?.self) { group in
                group.addTask { try await start(arguments, input: input) }
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

    private func start(_ arguments: [String], input: String) async throws -> Output {
        guard let outputSize else {
            let (result, status) = try await launch(arguments, input: input, output: .discarded)
            return Output(status: status, standardOutput: Data(), standardError: result.standardError)
        }
        let (result, status) = try await launch(arguments, input: input, output: .bytes(limit: outputSize))
        return Output(
            status: status,
            standardOutput: Data(result.standardOutput),
            standardError: result.standardError
        )
    }

    private func launch<Standard: OutputProtocol>(
        _ arguments: [String],
        input: String,
        output: Standard
    ) async throws -> (result: ExecutionResult<Void, Standard, StringOutput<Unicode.UTF8>>, status: Int) {
        let source = try Self.file(holding: input)
        defer { try? source.close() }
        var leader: pid_t?
        // Processes left in its session must not outlive it.
        defer { if let leader { kill(-leader, SIGKILL) } }
        let result = try await Subprocess.run(
            configuration(arguments),
            input: .fileDescriptor(source, closeAfterSpawningProcess: false),
            output: output,
            error: .string(limit: Self.errorSize)
        ) { execution in
            leader = execution.processIdentifier.value
        }
        switch result.terminationStatus {
        case .exited(let code): return (result, Int(code))
        case .signaled(let signal): return (result, 128 + Int(signal))
        }
    }

    /// Returns an unlinked file with a text: the library's own pipe fails if the program does not exist.
    private static func file(holding text: String) throws -> FileDescriptor {
        if text.isEmpty { return try FileDescriptor.open("/dev/null", .readOnly) }
        let path = FileManager.default.temporaryDirectory.appending(path: "input-\(UUID().uuidString)").path
        let file = try FileDescriptor.open(
            FilePath(path),
            .readWrite,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: [.ownerReadWrite]
        )
        try FileManager.default.removeItem(atPath: path)
        try file.writeAll(text.utf8)
        try file.seek(offset: 0, from: .start)
        return file
    }

    private func configuration(_ arguments: [String]) -> Subprocess.Configuration {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
        ]
        let environment = variables.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
        return Configuration(
            executable: executable,
            arguments: Arguments(arguments),
            environment: .custom(Dictionary(uniqueKeysWithValues: environment)),
            platformOptions: options
        )
    }

    /// The program: a name is looked up in `PATH`, a path is used as it is.
    private var executable: Executable {
        name.contains("/") ? .path(FilePath(name)) : .name(name)
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
