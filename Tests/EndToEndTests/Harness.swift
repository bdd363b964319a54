import Foundation

/// A temporary directory of one test, and an environment without this machine's configuration.
struct Harness: Sendable {
    let directory: URL

    /// Runs `body` with a new directory, and deletes the directory afterwards.
    static func with<Result>(_ body: (Harness) async throws -> Result) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("cambist-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        return try await body(Harness(directory: directory))
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

    /// Runs `cambist` until it exits.
    func cambist(_ arguments: [String], _ variables: [String: String] = [:]) async throws -> ProcessResult {
        try await Program.run("cambist", arguments, environment: environment.merging(variables) { $1 })
    }
}
