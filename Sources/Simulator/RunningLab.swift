package import Foundation

/// A lab that listens, and what clients need to know of it.
package struct RunningLab: Sendable {
    /// The base of every service, without a slash at the end: `http://127.0.0.1:8123`.
    package let url: URL
    /// A cambist configuration for the scenario, as YAML.
    package let configurationText: String
    /// What unmodified clients read from their environment, and the facts of the first mapping.
    package let environment: [(name: String, value: String)]
    /// The mappings whose watches run as the scenario begins.
    package let watchedMappings: [String]
    private let servers: [LabServer]
    private let home: LabDirectory
    /// Renews the tokens of service accounts.
    private let kubelet: Task<Void, any Error>

    init(
        url: URL,
        configurationText: String,
        environment: [(name: String, value: String)],
        watchedMappings: [String],
        servers: [LabServer],
        home: LabDirectory,
        kubelet: Task<Void, any Error>
    ) {
        self.url = url
        self.configurationText = configurationText
        self.environment = environment
        self.watchedMappings = watchedMappings
        self.servers = servers
        self.home = home
        self.kubelet = kubelet
    }

    /// Answers what is under way and ends; the ports are free and the lab's files gone afterwards.
    package func stop() async {
        kubelet.cancel()
        for server in servers {
            await server.stop()
        }
        home.remove()
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
