import Foundation
import Testing

/// A temporary directory of one test, and an environment without this machine's configuration.
struct Harness: Sendable {
    let directory: URL

    /// The commands whose stdout may have secrets.
    private static let secretCommands = ["credential-process", "exchange", "exec"]

    /// Runs `body` with a new directory, searches for secrets that a lab issued, and deletes the directory.
    ///
    /// A secret is allowed only in `secretFiles`, and in no process that uses the directory.
    static func with<Result>(
        secretFiles: Set<String> = [],
        _ body: (Harness) async throws -> Result
    ) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("cambist-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let result = try await body(Harness(directory: directory))
        let files = SecretSearch.issued.files(under: directory.path, except: secretFiles)
        #expect(files.isEmpty, "secrets in files")
        SecretSearch.issued.expectNoProcesses(of: directory.path)
        return result
    }

    /// The environment of programs that the test starts.
    var environment: [String: String] {
        [
            "HOME": directory.path,
            "LC_ALL": "C.UTF-8",
            // A backtrace of a deliberate crash takes seconds.
            "SWIFT_BACKTRACE": "enable=no",
            "PATH": Program.directory + ":/usr/local/bin:/usr/bin:/bin",
            "XDG_STATE_HOME": path("state"),
        ]
    }

    /// Returns the path of a file in the directory.
    func path(_ name: String) -> String {
        directory.appendingPathComponent(name).path
    }

    /// Writes a file and returns its path.
    func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
        return path(name)
    }

    /// Runs `cambist` until it exits, and searches its output for secrets.
    func cambist(_ arguments: [String], _ variables: [String: String] = [:]) async throws -> ProcessResult {
        let result = try await Program.run(
            "cambist",
            arguments,
            environment: environment.merging(variables) { $1 }
        )
        let mayPrint = Self.secretCommands.contains(arguments.first ?? "") || arguments.contains("--raw")
        #expect(!SecretSearch.issued.matches(result.errorOutput), "secrets in stderr of \(arguments)")
        #expect(mayPrint || !SecretSearch.issued.matches(result.output), "secrets in stdout of \(arguments)")
        return result
    }
}
