import FoundationEssentials
import LabInterface
import Operations
import Subprocess
import SystemPackage

/// The program `cambist-lab` as a child of the console.
///
/// The lab's standard input is a pipe from this process. The pipe closes when this process exits for any reason,
/// including SIGKILL, and the lab exits at the end of its input. The lab has a separate session, so that Ctrl-C does
/// not signal the lab.
struct LabProcess: Sendable {
    /// The time that a lab has to remove its files and exit.
    private static let timeToEnd = Duration.seconds(5)
    /// The maximum size of the lab's messages on standard error, in bytes.
    private static let errorSize = 1 << 20

    let report: LabReport
    private let running: Task<Void, Never>

    /// Starts a lab and returns once every server listens.
    ///
    /// - Parameters:
    ///   - arguments: The options that select the scenario.
    ///   - variables: The environment of this process.
    ///   - ended: Called with a message when the lab ends before ``stop()``.
    /// - Returns: The lab, which runs until ``stop()``.
    /// - Throws: ``CommandFailure`` with the lab's own messages and status.
    static func start(
        _ arguments: [String],
        variables: [String: String],
        ended: @escaping @Sendable (String) -> Void
    ) async throws(CommandFailure) -> LabProcess {
        let program = try LabProgram.installed(variables)
        let (outcomes, continuation) = AsyncStream<Result<LabReport, CommandFailure>>.makeStream()
        let running = Task {
            do {
                let message = try await run(program, arguments) { continuation.yield(.success($0)) }
                continuation.yield(.failure(message.failure))
                if !Task.isCancelled { ended(message.notice) }
            } catch {
                let message = Termination(status: ExitStatus.unreachable.rawValue, errorOutput: "\(error)")
                continuation.yield(.failure(message.failure))
                if !Task.isCancelled { ended(message.notice) }
            }
            continuation.finish()
        }
        let outcome = await withTaskCancellationHandler {
            await outcomes.first { _ in true }
        } onCancel: {
            running.cancel()
        }
        switch outcome {
        case .success(let report): return LabProcess(report: report, running: running)
        case .failure(let failure): throw failure
        case nil:
            await running.value
            throw Termination(status: ExitStatus.interrupted.rawValue, errorOutput: "").failure
        }
    }

    /// Ends the lab and returns when its files are removed.
    func stop() async {
        running.cancel()
        await running.value
    }

    private static func run(
        _ program: String,
        _ arguments: [String],
        report: (LabReport) -> Void
    ) async throws -> Termination {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: timeToEnd)]
        let result = try await Subprocess.run(
            .path(FilePath(program)),
            arguments: Arguments(arguments + [LabReport.option]),
            platformOptions: options,
            input: .inputWriter,
            output: .sequence,
            error: .string(limit: errorSize)
        ) { execution in
            var line = Data()
            var directory: String?
            // The output ends when the lab ends.
            for try await buffer in execution.standardOutput {
                buffer.withUnsafeBytes { line.append(contentsOf: $0) }
                guard directory == nil, line.last == UInt8(ascii: "\n") else { continue }
                let answer = try JSONDecoder().decode(LabReport.self, from: line)
                directory = answer.directory
                report(answer)
            }
            return directory
        }
        // A killed lab does not remove its files.
        if let directory = result.closureResult { try? FileManager.default.removeItem(atPath: directory) }
        let status: Int32 =
            switch result.terminationStatus {
            case .exited(let code): code
            case .signaled(let number): 128 + number
            }
        return Termination(status: status, errorOutput: result.standardError)
    }

    /// The end of a lab: its messages on standard error and its exit status.
    ///
    /// After a signal, the status is 128 plus the number of the signal.
    private struct Termination {
        let status: Int32
        let errorOutput: String

        private var messages: [String] {
            let prefix = "\(LabProgram.name): "
            return errorOutput.split(whereSeparator: \.isNewline).map {
                $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : String($0)
            }
        }

        /// The reason why the lab did not start.
        var failure: CommandFailure {
            CommandFailure(
                ExitStatus(rawValue: status) ?? .internalError,
                code: "lab",
                messagesWithFix: messages.isEmpty
                    ? ["\(LabProgram.name) exited with status \(status) before its servers listened."]
                    : messages,
                fix: "Correct --scenario, or run \(LabProgram.name) directly to see the error."
            )
        }

        /// The notice that a running lab has exited.
        var notice: String {
            let reason = messages.last.map { " \($0)" } ?? ""
            return "The lab exited with status \(status).\(reason) Restart the console to start another."
        }
    }
}
