package import Foundation

/// A lab that listens, and what clients need to know of it.
package struct RunningLab: Sendable {
    /// The base of every service, without a slash at the end: `http://127.0.0.1:8123`.
    package let url: URL
    /// A cambist configuration for the scenario, as YAML.
    package let configurationText: String
    /// What unmodified clients read from their environment, and the facts of the first mapping.
    package let environment: [(name: String, value: String)]
    private let servers: [LabServer]

    init(
        url: URL,
        configurationText: String,
        environment: [(name: String, value: String)],
        servers: [LabServer]
    ) {
        self.url = url
        self.configurationText = configurationText
        self.environment = environment
        self.servers = servers
    }

    /// Answers what is under way and ends; the ports are free afterwards.
    package func stop() async {
        for server in servers {
            await server.stop()
        }
    }

    /// `NAME=value` lines that a POSIX shell can source; a value is quoted where it needs to be.
    package var environmentText: String {
        environment.map { "\($0.name)=\(Self.quoted($0.value))\n" }.joined()
    }

    private static func quoted(_ value: String) -> String {
        let plain = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "_./:@%+,=-"))
        guard value.isEmpty || value.unicodeScalars.contains(where: { !plain.contains($0) }) else {
            return value
        }
        return "'" + value.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
}
