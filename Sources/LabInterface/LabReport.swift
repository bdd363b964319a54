package import FoundationEssentials

/// The line of JSON that `cambist-lab --exit-with-parent` prints once all servers are listening.
package struct LabReport: Codable, Hashable, Sendable {
    /// The hidden option with which a parent process starts `cambist-lab` to receive this report.
    ///
    /// With this option, the lab exits when its standard input ends. The standard input is a pipe, and the parent holds
    /// the writing end open.
    package static let option = "--exit-with-parent"

    package var version = 1
    /// The base URL of the services except Service Fabric, without a trailing slash: `http://127.0.0.1:8123`.
    package let url: String
    /// The configuration of cambist for the scenario, as YAML.
    package let configuration: String
    /// The environment variables for clients of the lab.
    package let environment: [String: String]
    /// The names of the mappings that the console begins to watch when the lab has started.
    package let watched: [String]
    /// The lab's temporary directory; the lab removes the directory at its exit.
    package let directory: String

    package init(
        url: String,
        configuration: String,
        environment: [String: String],
        watched: [String],
        directory: String
    ) {
        self.url = url
        self.configuration = configuration
        self.environment = environment
        self.watched = watched
        self.directory = directory
    }

    /// Returns the environment of a client: `variables`, overridden by the lab's variables.
    ///
    /// If the lab has a file with AWS profiles, `AWS_CONFIG_FILE` is set to the path of this file.
    package func environment(over variables: [String: String]) -> [String: String] {
        var merged = variables.merging(environment) { $1 }
        if let profiles = merged["CAMBIST_LAB_AWS_CONFIG_FILE"] { merged["AWS_CONFIG_FILE"] = profiles }
        return merged
    }

    /// Encodes the report as one line of JSON, including the line feed.
    package func line() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }
}
