import Federation
package import Foundation
package import LabInterface

/// A lab whose servers listen, and the facts that its clients need.
package struct RunningLab: Sendable {
    /// The base of every service, without a trailing slash: `http://127.0.0.1:8123`.
    package let url: URL
    /// A cambist configuration for the scenario, as YAML.
    package let configurationText: String
    /// The variables that unmodified clients read, then the facts of the first mapping.
    package let environment: [(name: String, value: String)]
    /// The mappings whose watches run when the scenario begins.
    package let watchedMappings: [String]
    let servers: [LabServer]
    let home: LabDirectory
    /// Renews the tokens of service accounts.
    let tokenRenewal: Task<Void, any Error>

    /// The facts of this lab for a parent process.
    package var report: LabReport {
        LabReport(
            url: url.absoluteString,
            configuration: configurationText,
            environment: Dictionary(environment.map { ($0.name, $0.value) }) { $1 },
            watched: watchedMappings,
            directory: home.url.path(percentEncoded: false)
        )
    }

    /// Removes the lab's files, finishes the requests in progress and closes the ports.
    package func stop() async {
        // First, for a request in progress may take seconds and the process may be killed meanwhile.
        tokenRenewal.cancel()
        _ = await tokenRenewal.result
        home.remove()
        for server in servers { await server.stop() }
        // A request in progress may have written a file.
        home.remove()
    }

    /// `NAME=value` lines that a POSIX shell can source.
    package var environmentText: String {
        environment.map { "\($0.name)=\(ShellWord.posix($0.value))\n" }.joined()
    }
}
