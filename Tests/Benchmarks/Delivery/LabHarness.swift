import Federation
import Foundation

/// A lab process, and a temporary directory for the programs that are measured.
struct LabHarness {
    /// The measured program: `$CAMBIST`, or `cambist` in this program's directory.
    static let program =
        ProcessInfo.processInfo.environment["CAMBIST"]
        ?? URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("cambist").path
    /// The Python interpreter that `Tests/Peers/run` installs.
    static let python = FileManager.default.currentDirectoryPath + "/.build/peers/bin/python"
    /// The time limit for the start of a lab, in tenths of a second.
    private static let startLimit = 600

    let directory: String
    let environment: [String: String]

    /// Runs `body` with a lab; `scenario` is the text of a scenario file, or empty for `steady`.
    ///
    /// - Throws: ``BenchmarkError`` if the lab does not start, and the error of `body`.
    static func with<Value>(
        _ scenario: String = "",
        speed: Int = 1,
        time: any TimeSource,
        _ body: (LabHarness) throws -> Value
    ) throws -> Value {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("cambist-benchmark-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let variables = "\(directory)/lab.env"
        let file = "\(directory)/scenario.yaml"
        try scenario.write(toFile: file, atomically: true, encoding: .utf8)
        let lab = ChildProcess(
            command: [
                program, "lab", "--scenario", scenario.isEmpty ? "steady" : file, "--speed", "\(speed)",
                "--env-file", variables, "--config-file", "\(directory)/lab.yaml",
            ],
            environment: ["HOME": directory, "PATH": "/usr/bin:/bin"]
        )
        let process = try lab.start()
        defer {
            kill(process, SIGTERM)
            waitpid(process, nil, 0)
        }
        for _ in 0..<startLimit where !FileManager.default.fileExists(atPath: variables) { usleep(100_000) }
        guard let text = try? String(contentsOfFile: variables, encoding: .utf8) else {
            throw BenchmarkError("the lab did not start")
        }
        return try body(LabHarness(directory: directory, variables: text))
    }

    private init(directory: String, variables: String) {
        self.directory = directory
        var environment = [
            "HOME": directory, "CAMBIST_CONFIG": "\(directory)/lab.yaml",
            "XDG_STATE_HOME": "\(directory)/state",
            "PATH": "\(URL(fileURLWithPath: Self.python).deletingLastPathComponent().path):/usr/bin:/bin",
        ]
        for line in variables.split(separator: "\n") {
            let pair = line.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { continue }
            environment[String(pair[0])] = pair[1].trimmingCharacters(in: ["'"])
        }
        self.environment = environment
    }

    /// The lab's configuration file.
    var configuration: String { "\(directory)/lab.yaml" }

    /// Returns a scenario with `count` mappings of one identity, fifty per account.
    static func oneIdentity(mappings count: Int) -> String {
        let mappings = (0..<count).map { index in
            "  mapping-\(index): {identity: logging, account: \"\(100_000_000_001 + index / 50)\"}"
        }
        return """
            summary: \(count) mappings of one identity
            applications:
              security-aws-logging: {assignment_required: true, assigned: [logging]}
            identities:
              logging: {}
            mappings:
            \(mappings.joined(separator: "\n"))

            """
    }

    /// Returns the measured program with arguments.
    func cambist(_ arguments: String...) -> ChildProcess {
        ChildProcess(command: [Self.program] + arguments, environment: environment)
    }

    /// Writes a file.
    ///
    /// - Returns: The path.
    func write(_ text: String, to name: String) throws -> String {
        let path = "\(directory)/\(name)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }
}
