import Foundation
import Subprocess
import SystemPackage

/// A `cambist` that works while a test looks at it; what it writes goes to files of its harness.
struct Running: Sendable {
    let process: Int
    private let harness: Harness

    /// Its output on stdout so far.
    var output: String { text("running.out") }

    /// Its output on stderr so far.
    var complaint: String { text("running.err") }

    /// Starts `cambist` in a directory of the harness, runs `body`, and ends it with SIGTERM if it still runs.
    ///
    /// Its streams are files outside of the harness's directory `home`, in which the program may leave what it likes.
    static func with(
        _ harness: Harness,
        _ arguments: [String],
        _ environment: [String: String],
        _ body: (Running) async throws -> Void
    ) async throws -> Ending {
        let script = #"ulimit -c unlimited; exec cambist "$@" >"$RUNNING.out" 2>"$RUNNING.err""#
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
                try await body(Running(process: number, harness: harness))
            } catch {
                try? execution.send(signal: .terminate)
                throw error
            }
            try? execution.send(signal: .terminate)
        }
        return Ending(
            status: result.terminationStatus.shellStatus,
            output: try String(contentsOfFile: harness.path("running.out"), encoding: .utf8),
            complaint: try String(contentsOfFile: harness.path("running.err"), encoding: .utf8)
        )
    }

    /// Waits until stdout satisfies `condition`, and gives it.
    @discardableResult
    func writes(_ what: String, where condition: (String) -> Bool) async throws -> String {
        try await eventually {
            condition(output) ? output : nil
        } orElse: {
            "It never wrote \(what):\n\(output)\n\(complaint)"
        }
    }

    /// Sends it a signal.
    func send(_ signal: Int32) {
        kill(pid_t(process), signal)
    }

    private func text(_ name: String) -> String {
        (try? String(contentsOfFile: harness.path(name), encoding: .utf8)) ?? ""
    }
}
