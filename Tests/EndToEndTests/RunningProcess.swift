import Foundation
import Subprocess
import SystemPackage

/// A running `cambist` process whose output streams are files of the harness.
struct RunningProcess: Sendable {
    let process: Int
    private let harness: Harness

    /// The stdout so far.
    var output: String { text("running.out") }

    /// The stderr so far.
    var errorOutput: String { text("running.err") }

    /// Starts `cambist` in the harness's directory, runs `body`, and ends the process with SIGTERM if it is
    /// still running.
    ///
    /// `limits` are shell commands that run before the program, each with its semicolon.
    static func with(
        _ harness: Harness,
        _ arguments: [String],
        _ environment: [String: String],
        limits: String = "",
        _ body: (RunningProcess) async throws -> Void
    ) async throws -> ProcessResult {
        let script = limits + #"ulimit -c unlimited; exec cambist "$@" >"$RUNNING.out" 2>"$RUNNING.err""#
        let result = try await Subprocess.run(
            .name("sh"),
            arguments: Arguments(["-c", script, "cambist"] + arguments),
            environment: Environment(environment.merging(["RUNNING": harness.path("running")]) { $1 }),
            workingDirectory: FilePath(harness.directory.path),
            input: .none,
            output: .discarded,
            error: .discarded
        ) { execution in
            let number = Int(execution.processIdentifier.value)
            do {
                try await body(RunningProcess(process: number, harness: harness))
            } catch {
                try? execution.send(signal: .terminate)
                throw error
            }
            try? execution.send(signal: .terminate)
        }
        return ProcessResult(
            status: result.terminationStatus.shellStatus,
            output: try String(contentsOfFile: harness.path("running.out"), encoding: .utf8),
            errorOutput: try String(contentsOfFile: harness.path("running.err"), encoding: .utf8)
        )
    }

    /// Waits until stdout satisfies `condition` and returns it.
    @discardableResult
    func waitForOutput(_ what: String, where condition: (String) -> Bool) async throws -> String {
        try await eventually {
            condition(output) ? output : nil
        } orElse: {
            "The process never wrote \(what):\n\(output)\n\(errorOutput)"
        }
    }

    /// The processor time that the process has used, in seconds.
    var processorTime: Double {
        get throws {
            let stat = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
            let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
            // proc_pid_stat(5), fields 14 and 15; field 2 is the program's name.
            let ticks = fields.count > 12 ? (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0) : 0
            return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
    }

    /// Sends a signal to the process.
    func send(_ signal: Int32) {
        kill(pid_t(process), signal)
    }

    private func text(_ name: String) -> String {
        (try? String(contentsOfFile: harness.path(name), encoding: .utf8)) ?? ""
    }
}
