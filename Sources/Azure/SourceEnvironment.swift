import Federation
import Foundation
import Transport

/// The facts of this host that select a token source.
package struct SourceEnvironment: Sendable {
    /// The process's environment variables.
    package let variables: [String: String]
    /// The only directory in which the Arc agent may name a key file.
    package let arcKeyDirectory: String
    /// Whether a file exists; used for the programs of the Arc agent and of the Azure CLI.
    package let fileExists: @Sendable (String) -> Bool

    package init(
        variables: [String: String],
        arcKeyDirectory: String = "/var/opt/azcmagent/tokens",
        fileExists: @escaping @Sendable (String) -> Bool
    ) {
        self.variables = variables
        self.arcKeyDirectory = arcKeyDirectory
        self.fileExists = fileExists
    }

    /// Returns this machine with the process's variables.
    package static func machine(variables: [String: String]) -> SourceEnvironment {
        SourceEnvironment(variables: variables) { FileManager.default.fileExists(atPath: $0) }
    }

    /// Whether a program exists at its path or in a directory of `PATH`.
    func hasProgram(_ name: String) -> Bool {
        if name.contains("/") { return fileExists(name) }
        return (value("PATH") ?? "").split(separator: ":").contains { fileExists("\($0)/\(name)") }
    }

    /// Returns a variable's value; an empty one counts as absent.
    func value(_ name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// The context in which a source is created: this host and the identity to serve.
struct SourceSite: Sendable {
    let identity: ManagedIdentity
    let sources: TokenSources

    var environment: SourceEnvironment { sources.environment }
    var time: any TimeSource { sources.time }

    /// The base URL of Entra for this identity.
    var authority: URL {
        identity.settings.authority ?? sources.endpoints.authority ?? EntraClient.publicAuthority
    }

    /// Returns the value of a variable that a source requires.
    func variable(_ name: String, for kind: TokenSourceKind) throws(TokenSourceError) -> Secret {
        guard let value = environment.value(name) else { throw .unavailable(source: kind, missing: name) }
        return Secret(value)
    }

    /// Returns the URL in a variable.
    func address(_ name: String, for kind: TokenSourceKind) throws(TokenSourceError) -> URL {
        guard let value = environment.value(name) else { throw .unavailable(source: kind, missing: name) }
        guard let url = URL(string: value), url.host() != nil else {
            throw .unavailable(source: kind, missing: "an address in \(name)")
        }
        return url
    }

    /// Returns the client of a source's endpoint, with the identity's own timeout if it has one.
    func endpoint(_ kind: TokenSourceKind, _ policy: RetryPolicy, gate: RequestGate? = nil) -> TokenEndpoint {
        var endpoint = TokenEndpoint(
            kind: kind,
            transport: sources.transport,
            time: time,
            policy: policy,
            gate: gate
        )
        if let timeout = identity.settings.timeout { endpoint.limit = timeout }
        return endpoint
    }

    /// Returns the obstacle of a source that reads a file: the file is missing.
    func missingFile(_ file: String?) -> String? {
        guard let file, !environment.fileExists(file) else { return nil }
        return "the file \(file) is missing"
    }

    /// Returns the obstacle of a source that runs a program: the program is missing.
    func missingProgram(_ name: String?) -> String? {
        guard let name, !environment.hasProgram(name) else { return nil }
        return "the program \(name) is missing"
    }
}

extension URL {
    /// Returns this URL with a query appended to its own, if any.
    func asking(_ query: [(name: String, value: String)]) -> URL {
        let separator = self.query() == nil ? "?" : "&"
        return URL(string: absoluteString + separator + FormEncoding.encode(query)) ?? self
    }
}
