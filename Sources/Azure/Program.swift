import CPrograms
package import Federation
package import FoundationEssentials
import Subprocess
import SystemPackage

/// An external program that runs without a shell, in a separate session, and with a time limit.
///
/// After ``endWithProcess()``, the program is killed at the end of this process. If SIGKILL or SIGPIPE ends this
/// process, the program continues without a time limit.
package struct Program: Sendable {
    package let name: String
    /// The complete environment.
    let variables: [String: String]
    package let limit: Duration
    /// The maximum size of standard output; `nil` discards standard output of any size.
    let outputSize: Int?
    private static let errorSize = 64 * 1024

    package struct Output: Sendable {
        /// The exit status; 128 plus the signal number if a signal ended the program.
        package let status: Int
        package let standardOutput: Data
        /// Standard error with possible secrets masked, because this text is shown and stored.
        package let standardError: String
    }

    package enum Problem: Error, Hashable {
        case notFound
        case notStarted(reason: String)
        case timedOut
        case tooMuchOutput
        case canceled
    }

    package init(name: String, variables: [String: String], limit: Duration, outputSize: Int?) {
        self.name = name
        self.variables = variables
        self.limit = limit
        self.outputSize = outputSize
    }

    /// Ensures that all programs are killed at the end of this process, except after SIGKILL or SIGPIPE.
    ///
    /// Call it once, at startup.
    package static func endWithProcess() { cp_end_with_process() }

    /// Kills all programs.
    ///
    /// Call this method before this process ends by a signal that ``endWithProcess()`` does not handle (for example,
    /// SIGPIPE).
    package static func killAll() { cp_kill_all() }

    /// Starts a timer that ends this process after `limit`.
    ///
    /// The timer kills all programs and exits with `status`.
    package static func endProcess(within limit: Duration, status: Int32) {
        cp_end_within(Int32(clamping: limit.milliseconds), status)
    }

    /// Runs the program, and afterwards kills the remaining processes in the program's session.
    ///
    /// - Parameters:
    ///   - arguments: The arguments, without the program name.
    ///   - input: The standard input.
    ///   - time: The clock for the time limit.
    /// - Returns: The output and the exit status.
    /// - Throws: ``Problem`` if the program did not start, exceeded a limit, or was canceled. A nonzero exit status is
    ///   not an error.
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
            throw .canceled
        }
    }

    private func start(_ arguments: [String], input: String) async throws -> Output {
        guard let outputSize else {
            let (result, status) = try await launch(arguments, input: input, output: .discarded)
            return Output(
                status: status,
                standardOutput: Data(),
                standardError: SecretWords.masked(in: result.standardError)
            )
        }
        let (result, status) = try await launch(arguments, input: input, output: .bytes(limit: outputSize))
        return Output(
            status: status,
            standardOutput: Data(result.standardOutput),
            standardError: SecretWords.masked(in: result.standardError)
        )
    }

    private func launch<Standard: OutputProtocol>(
        _ arguments: [String],
        input: String,
        output: Standard
    ) async throws -> (result: ExecutionResult<Void, Standard, StringOutput<Unicode.UTF8>>, status: Int) {
        let source = try Self.file(holding: input)
        defer { try? source.close() }
        let place = cp_begin()
        guard place >= 0 else { throw Problem.notStarted(reason: "Too many programs are running.") }
        defer { cp_ended(place) }
        let result = try await Subprocess.run(
            configuration(arguments),
            input: .fileDescriptor(source, closeAfterSpawningProcess: false),
            output: output,
            error: .string(limit: Self.errorSize)
        ) { execution in
            cp_started(place, execution.processIdentifier.value)
        }
        switch result.terminationStatus {
        case .exited(let code): return (result, Int(code))
        case .signaled(let signal): return (result, 128 + Int(signal))
        }
    }

    /// Returns a file in memory with the text, which can be a secret.
    ///
    /// A pipe of the Subprocess library would fail for a program that does not exist.
    private static func file(holding text: String) throws -> FileDescriptor {
        if text.isEmpty { return try FileDescriptor.open("/dev/null", .readOnly) }
        let descriptor = cp_memory_file()
        guard descriptor >= 0 else { throw Problem.notStarted(reason: "No file in memory could be created.") }
        let file = FileDescriptor(rawValue: descriptor)
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

    /// The executable: a name is looked up in `PATH`, a path is used unchanged.
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
