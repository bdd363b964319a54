package import Foundation

/// The line of JSON that `cambist-lab --exit-with-parent` prints once every server listens.
package struct LabReport: Codable, Hashable, Sendable {
    /// The hidden option of `cambist-lab` that asks for this report and ties the lab to its parent.
    ///
    /// The lab then ends at the end of its standard input, a pipe of which the parent holds the other end.
    package static let option = "--exit-with-parent"

    package var version = 1
    /// The base of every service, without a trailing slash: `http://127.0.0.1:8123`.
    package let url: String
    /// A cambist configuration for the scenario, as YAML.
    package let configuration: String
    /// The variables that clients of the lab need.
    package let environment: [String: String]
    /// The mappings whose watches run when the scenario begins.
    package let watched: [String]
    /// The lab's temporary directory, which it removes when it ends.
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

    /// The variables of a client of the lab: these ones, and over them those of the lab.
    package func environment(over variables: [String: String]) -> [String: String] {
        var merged = variables.merging(environment) { $1 }
        if let profiles = merged["CAMBIST_LAB_AWS_CONFIG_FILE"] { merged["AWS_CONFIG_FILE"] = profiles }
        return merged
    }

    /// The report as one line of JSON, with its line feed.
    package func line() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }
}
