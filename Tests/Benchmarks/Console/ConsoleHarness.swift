import Federation
import Foundation

/// A temporary directory with configurations for measurements of the console.
struct ConsoleHarness {
    static let columns = 120
    static let rows = 40

    let directory: String
    let time: any TimeSource
    /// The console's state directory.
    private let state: String

    /// Creates the directory; `state` is an existing state directory to use instead of an empty one.
    init(time: any TimeSource, state: String? = nil) throws {
        self.time = time
        directory =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("cambist-benchmark-\(ProcessInfo.processInfo.processIdentifier)").path
        self.state = state ?? directory + "/state"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: directory)
    }

    var environment: [String: String] {
        [
            "HOME": directory, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color",
            "PATH": "/usr/local/bin:/usr/bin:/bin", "XDG_STATE_HOME": state, "TZ": "UTC",
        ]
    }

    /// Starts the console in a terminal and waits until it shows `text`.
    ///
    /// - Throws: ``PseudoTerminalError`` if the console does not start or does not show the text.
    func console(_ configuration: String, showing text: String) throws -> PseudoTerminal {
        let terminal = try terminal(
            LabHarness.program,
            ["console", "--config", configuration]
        )
        guard terminal.wait(for: text) != nil else {
            terminal.close()
            throw PseudoTerminalError.silent(LabHarness.program)
        }
        return terminal
    }

    /// Starts a program in a terminal, in the directory `place` or else in the harness's directory.
    func terminal(_ program: String, _ arguments: [String], in place: String? = nil) throws -> PseudoTerminal
    {
        try PseudoTerminal(
            program,
            arguments,
            environment: environment,
            directory: place ?? directory,
            columns: Self.columns,
            rows: Self.rows,
            time: time
        )
    }

    /// The name of the first mapping of ``configuration(mappings:)``, which the first screen always shows.
    static let firstMapping = "audit-0"

    /// Writes a configuration of `count` mappings without automatic refresh.
    ///
    /// - Returns: The path.
    func configuration(mappings count: Int) throws -> String {
        var text = """
            defaults: {region: eu-west-1, refresh: manual}
            identities:
              logging:
                tenant_id: 2f4a9838-26b7-47ee-be60-ccc1fdec5953
                client_id: 50d69e93-b49a-4251-8683-b9bca79dea7c
                principal_id: 1ea7e6e0-7876-4d1c-aec5-7b1c927ede74
            mappings:

            """
        for number in 0..<count {
            let team = ["audit", "billing", "deploy", "metrics", "payments", "vault"][number % 6]
            text += """
                  \(team)-\(number):
                    identity: logging
                    audience: api://2f4a9838-26b7-47ee-be60-ccc1fdec5953/security-aws-\(team)
                    role_arn: arn:aws:iam::\(111_122_220_000 + number / 50):role/\(team)/reader-\(number * 7919 % count)
                    tags: [\(number % 3 == 0 ? "prod" : "test"), \(team)]

                """
        }
        let path = "\(directory)/mappings-\(count).yaml"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }
}

extension [Duration] {
    /// Returns the smallest element that is at least as large as the given fraction of all elements.
    func percentile(_ fraction: Double) -> Duration {
        let sorted = sorted()
        return sorted.isEmpty
            ? .zero : sorted[Swift.min(count - 1, Int((Double(count) * fraction).rounded(.up)) - 1)]
    }
}

extension Duration {
    /// The duration in milliseconds with two decimals.
    var millisecondsText: String {
        let hundredths = Int((self / .microseconds(10)).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) ms"
    }
}
